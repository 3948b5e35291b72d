"""The libraries of the extra `onnx`."""

from __future__ import annotations

from importlib.util import find_spec

from engine.errors import InputError
from engine.i18n import _


def require_onnx() -> None:
    """Raise InputError where onnx or onnxruntime is not installed."""
    for name in ("onnx", "onnxruntime"):
        if find_spec(name) is None:
            fix = _("in vitsdeck's folder: `pip install -e '.[{extra}]'`").format(extra="onnx")
            raise InputError(_("{name} is not installed").format(name=name), fix=fix)
