"""Reading a voice's config: the family's JSON, checked, as a `Config`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.config import reader
from engine.config.reader import Source
from engine.config.rules import check
from engine.config.schema import DECODER_FLAGS, Config
from engine.errors import InputError
from engine.i18n import _


def load(path: str | Path) -> Config:
    """Read and check a config file.

    Raises:
        InputError: the first fault found, with the file's line, the key's path and the value that would fit.
    """
    return from_source(open_source(path))


def parse(text: str, path: str | Path = "config.json") -> Config:
    """Check the text of a config file; `path` is only named in errors. Raises InputError as `load` does."""
    return from_source(reader.parse(text, path))


def open_source(path: str | Path) -> Source:
    """A config file, parsed but not yet checked. Raises InputError."""
    if not Path(path).exists():
        raise InputError(_("no such config"), path=path, fix=_("see the shipped ones with `vitsdeck init`"))
    return reader.read(path)


def from_source(source: Source) -> Config:
    """The config that was parsed. Raises InputError as `load` does."""
    tree = dict(source.tree)
    for key in tree:
        if key not in ("train", "data", "model", "symbols", "speakers"):
            raise source.fault(key, _("unknown key"), _("the sections are train, data and model"))
    for key in ("train", "data", "model"):
        if not isinstance(tree.get(key), dict):
            raise source.fault(key, _("this section is missing or not an object"))
    speakers = tree.get("speakers")
    if isinstance(speakers, dict):  # some forks of the family map speaker names to ids
        tree["speakers"] = [name for name, _unused in sorted(speakers.items(), key=lambda pair: pair[1])]
    tree["model"] = _with_decoder(tree["model"], source)
    config = source.section(Config, tree)
    check(config, source.fault)
    return config


def _with_decoder(model: dict[str, Any], source: Source) -> dict[str, Any]:
    """The family's booleans folded into `decoder`."""
    flags = ", ".join(DECODER_FLAGS)
    if "decoder" in model:  # our own name for the choice, never the file's
        fix = _("set one of {flags} to true").format(flags=flags)
        raise source.fault("model.decoder", _("unknown key"), fix)
    chosen = [key for key in DECODER_FLAGS if source.value(bool, model.get(key, False), f"model.{key}")]
    if len(chosen) != 1:
        what = _("no decoder is chosen")
        if chosen:
            what = _("two decoders are chosen: {flags}").format(flags=_(" and ").join(chosen))
        where = f"model.{chosen[-1]}" if chosen else "model"
        raise source.fault(where, what, _("set exactly one of {flags} to true").format(flags=flags))
    ours = {key: value for key, value in model.items() if key not in DECODER_FLAGS}
    decoder = DECODER_FLAGS[chosen[0]]
    # the family writes false for the subbands of the plain decoder; whatever stands there is not used
    return ours | {"decoder": decoder} | ({"subbands": 1} if decoder == "istft" else {})
