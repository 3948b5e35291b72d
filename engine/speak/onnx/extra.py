"""The libraries of the extra `onnx`."""

from __future__ import annotations

from importlib.util import find_spec

from engine.errors import InputError
from engine.i18n import _


def require_onnx() -> None:
    """Raise InputError where onnx or onnxruntime is not installed."""
    require("onnx", "onnxruntime")


def require(*names: str) -> None:
    """Raise InputError where a library of the extra is not installed."""
    for name in names:
        if not is_installed(name):
            fix = _("in vitsdeck's folder: `pip install -e '.[{extra}]'`").format(extra="onnx")
            raise InputError(_("{name} is not installed").format(name=name), fix=fix)


def is_installed(name: str) -> bool:
    """Whether a library is there, without loading it."""
    return find_spec(name) is not None
