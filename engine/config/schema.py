"""Settings of one voice: frozen dataclasses over the seed family's JSON (`train`, `data`, `model`).

The family writes three booleans to say which decoder it means; here they are read into one `decoder` choice and
written back as the booleans, so that a config saved here loads in the family's own tools.
"""

from __future__ import annotations

import dataclasses
import json
import math
import types
import typing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from engine.config.rules import check
from engine.errors import InputError
from engine.languages import NORMALISE

T = typing.TypeVar("T")
Decoder = Literal["multiband", "multistream", "istft"]
DECODER_FLAGS: dict[str, Decoder] = {
    "mb_istft_vits": "multiband",
    "ms_istft_vits": "multistream",
    "istft_vits": "istft",
}


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """How to train. Intervals count steps; `segment_size` counts samples."""

    log_interval: int = 200
    eval_interval: int = 1000
    seed: int = 1234
    epochs: int = 20000
    learning_rate: float = 2e-4
    betas: tuple[float, float] = (0.8, 0.99)
    eps: float = 1e-9
    batch_size: int = 64
    fp16_run: bool = False
    lr_decay: float = 0.999875
    segment_size: int = 8192
    init_lr_ratio: float = 1.0
    warmup_epochs: int = 0
    c_mel: float = 45.0
    c_kl: float = 1.0
    # the sub-band STFT loss of the multiband decoder, one entry per resolution
    fft_sizes: tuple[int, ...] = (384, 683, 171)
    hop_sizes: tuple[int, ...] = (30, 60, 10)
    win_lengths: tuple[int, ...] = (150, 300, 60)
    window: str = "hann_window"


@dataclass(frozen=True, slots=True)
class DataConfig:
    """What to train on. Lengths are in samples, frequencies in Hz (`mel_fmax` None: half the rate)."""

    training_files: str = "filelists/train.txt.cleaned"
    validation_files: str = "filelists/val.txt.cleaned"
    text_cleaners: tuple[str, ...] = ("english_cleaners2",)
    normaliser: str = ""  # what reads numbers and signs before the cleaners, as "de-1"; ours
    max_wav_value: float = 32768.0
    sampling_rate: int = 22050
    filter_length: int = 1024
    hop_length: int = 256
    win_length: int = 1024
    n_mel_channels: int = 80
    mel_fmin: float = 0.0
    mel_fmax: float | None = None
    add_blank: bool = True
    n_speakers: int = 0
    cleaned_text: bool = True
    min_text_len: int = 1
    max_text_len: int = 190
    max_frames: int = (
        1000  # longer training clips are left out; ours: for devices that long clips do not fit into
    )

    @property
    def cleaning(self) -> tuple[str, ...]:
        """All that a text goes through: the normaliser where there is one, then the cleaners."""
        return ((NORMALISE + self.normaliser,) if self.normaliser else ()) + self.text_cleaners

    @property
    def n_spec_channels(self) -> int:
        """Bins of the linear spectrogram."""
        return self.filter_length // 2 + 1


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """Sizes of the network. `decoder` stands for the family's three booleans."""

    decoder: Decoder = "multiband"
    subbands: int = 4  # 1 for the plain iSTFT decoder; the family writes `false` there
    gen_istft_n_fft: int = 16
    gen_istft_hop_size: int = 4
    inter_channels: int = 192
    hidden_channels: int = 192
    filter_channels: int = 768
    n_heads: int = 2
    n_layers: int = 6
    kernel_size: int = 3
    p_dropout: float = 0.1
    resblock: str = "1"
    resblock_kernel_sizes: tuple[int, ...] = (3, 7, 11)
    resblock_dilation_sizes: tuple[tuple[int, ...], ...] = ((1, 3, 5), (1, 3, 5), (1, 3, 5))
    upsample_rates: tuple[int, ...] = (4, 4)
    upsample_initial_channel: int = 512
    upsample_kernel_sizes: tuple[int, ...] = (16, 16)
    n_layers_q: int = 3
    use_spectral_norm: bool = False
    use_sdp: bool = False
    gin_channels: int = 0
    discriminator_channels: int = 1024  # of the widest layers; ours: 256 lets two processor cores train

    @property
    def samples_per_frame(self) -> int:
        """Samples the decoder makes of one frame; must be the data's hop length."""
        return math.prod(self.upsample_rates) * self.gen_istft_hop_size * self.subbands


@dataclass(frozen=True, slots=True)
class Config:
    """A whole config file. `symbols` and `speakers` are optional lists at its top level."""

    train: TrainConfig = dataclasses.field(default_factory=TrainConfig)
    data: DataConfig = dataclasses.field(default_factory=DataConfig)
    model: ModelConfig = dataclasses.field(default_factory=ModelConfig)
    symbols: tuple[str, ...] | None = None
    speakers: tuple[str, ...] | None = None

    def to_json(self) -> str:
        """The family's JSON, one key a line; `load` reads it back equal."""
        sections = {
            "train": _plain(self.train),
            "data": _plain(self.data),
            "model": _family_model(self.model),
        }
        blocks = []
        for name, values in sections.items():
            lines = (f"    {json.dumps(key)}: {json.dumps(value)}" for key, value in values.items())
            blocks.append(f'  "{name}": {{\n' + ",\n".join(lines) + "\n  }")
        for name, names in (("speakers", self.speakers), ("symbols", self.symbols)):
            if names is not None:
                blocks.append(f'  "{name}": {json.dumps(list(names), ensure_ascii=False)}')
        return "{\n" + ",\n".join(blocks) + "\n}\n"


def load(path: str | Path) -> Config:
    """Read and check a config file.

    Raises:
        InputError: the first fault found, with the file's line, the key's path and the value that would fit.
    """
    return parse(read_text(path), path)


def read_text(path: str | Path) -> str:
    """The text of a config file; a BOM, as Windows' Notepad writes it, is passed over. Raises InputError as `load`."""
    path = Path(path)
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(
            "no such config", path=path, fix="see the shipped ones with `vitsdeck init`"
        ) from None
    except UnicodeDecodeError as error:
        raise InputError(f"is not UTF-8 (byte {error.start})", path=path, fix="save it as UTF-8") from None
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", path=path) from None


def parse(text: str, path: str | Path = "config.json") -> Config:
    """Check the text of a config file; `path` is only named in errors. Raises InputError as `load` does."""
    reader = _Reader(text, str(path))
    try:
        tree = json.loads(text, object_pairs_hook=reader.object)
    except json.JSONDecodeError as error:
        raise InputError(f"is not JSON: {error.msg}", path=path, line=error.lineno) from None
    except RecursionError:
        raise InputError("is nested too deeply to be a config", path=path, line=1) from None
    if not isinstance(tree, dict):
        raise reader.fault("", "must be an object with train, data and model")
    for key in tree:
        if key not in ("train", "data", "model", "symbols", "speakers"):
            raise reader.fault(key, "unknown key", "the sections are train, data and model")
    for key in ("train", "data", "model"):
        if not isinstance(tree.get(key), dict):
            raise reader.fault(key, "this section is missing or not an object")
    config = Config(
        train=reader.section(TrainConfig, "train", tree["train"]),
        data=reader.section(DataConfig, "data", tree["data"]),
        model=reader.section(ModelConfig, "model", _our_model(tree["model"], reader)),
        symbols=_names(tree.get("symbols"), "symbols", reader),
        speakers=_names(tree.get("speakers"), "speakers", reader),
    )
    check(config, reader.fault)
    return config


def line_of(path: str | Path, key: str) -> int | None:
    """The line of a config file on which a key as `data.text_cleaners` stands; None when it cannot be told."""
    try:
        text = read_text(path)
    except InputError:
        return None
    return _Reader(text, str(path)).line_of(key)


class _Reader:
    """Turns JSON values into dataclass fields and knows on which line a key stands."""

    def __init__(self, text: str, path: str) -> None:
        self.text = text
        self.path = path

    def fault(self, key: str, what: str, fix: str = "") -> InputError:
        sentence = f"{key}: {what}" if key else what
        return InputError(sentence, path=self.path, line=self.line_of(key), fix=fix)

    def object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """A JSON object; JSON itself lets the last of two equal keys win without a word."""
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            first = self.text.find(f'"{twice}"')
            line = self.text.count("\n", 0, self.text.find(f'"{twice}"', first + 1)) + 1
            raise InputError(f"{twice}: stands here twice", path=self.path, line=line, fix="remove one")
        return found

    def line_of(self, key: str) -> int | None:
        position = 0
        for part in key.split("."):
            name = part.partition("[")[0]
            found = self.text.find(f'"{name}"', position) if name else -1
            if found < 0:
                break
            position = found
        return self.text.count("\n", 0, position) + 1 if position else None

    def section(self, kind: type[T], name: str, values: dict[str, Any]) -> T:
        hints = typing.get_type_hints(kind)
        arguments: dict[str, Any] = {}
        for key, value in values.items():
            where = f"{name}.{key}"
            if key not in hints:
                near = ", ".join(_nearest(key, list(hints)))
                raise self.fault(where, "unknown key", f"did you mean {near}?" if near else "remove it")
            arguments[key] = self.value(hints[key], value, where)
        return kind(**arguments)

    def value(self, hint: Any, value: Any, where: str) -> Any:
        """`value` as `hint` says, or an InputError that names what would fit."""
        if isinstance(hint, types.UnionType):
            if value is None:
                return None
            hint = next(arm for arm in typing.get_args(hint) if arm is not type(None))
        if typing.get_origin(hint) is tuple:
            return self.items(hint, value, where)
        if typing.get_origin(hint) is Literal:
            return value
        if hint is float and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        if type(value) is not hint:
            raise self.fault(where, f"is {json.dumps(value)}", f"it must be {_WORDS[hint]}")
        if hint is float and not math.isfinite(value):
            raise self.fault(where, f"is {value}", "it must be a finite number")
        return value

    def items(self, hint: Any, value: Any, where: str) -> tuple[Any, ...]:
        arms = typing.get_args(hint)
        if not isinstance(value, list):
            raise self.fault(where, f"is {json.dumps(value)}", "it must be a list")
        if arms[-1] is not Ellipsis and len(value) != len(arms):
            raise self.fault(where, f"has {len(value)} entries", f"it must have {len(arms)}")
        return tuple(self.value(arms[0], item, f"{where}[{i}]") for i, item in enumerate(value))


_WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "a string"}


def _nearest(key: str, names: list[str]) -> list[str]:
    import difflib

    return difflib.get_close_matches(key, names, n=1)


def _names(value: Any, key: str, reader: _Reader) -> tuple[str, ...] | None:
    if value is None:
        return None
    if isinstance(value, dict):  # some forks of the family map speaker names to ids
        value = [name for name, _ in sorted(value.items(), key=lambda pair: pair[1])]
    return typing.cast("tuple[str, ...]", reader.value(tuple[str, ...], value, key))


def _our_model(values: dict[str, Any], reader: _Reader) -> dict[str, Any]:
    """The family's booleans folded into `decoder`."""
    ours = dict(values)
    if "decoder" in ours:  # our own name for the choice, never the file's
        raise reader.fault(
            "model.decoder", "unknown key", "set one of " + ", ".join(DECODER_FLAGS) + " to true"
        )
    for key in DECODER_FLAGS:
        reader.value(bool, ours.get(key, False), f"model.{key}")
    chosen = [key for key in DECODER_FLAGS if ours.pop(key, False)]
    if len(chosen) != 1:
        what = "two decoders are chosen: " + " and ".join(chosen) if chosen else "no decoder is chosen"
        where = f"model.{chosen[-1]}" if chosen else "model"
        raise reader.fault(where, what, "set exactly one of " + ", ".join(DECODER_FLAGS) + " to true")
    ours["decoder"] = DECODER_FLAGS[chosen[0]]
    if ours["decoder"] == "istft":
        ours["subbands"] = 1  # the family writes false; whatever stands there is not used
    return ours


def _plain(section: Any) -> dict[str, Any]:
    """A section's fields; those that the family does not know are left out while they hold their default."""
    values = {f.name: getattr(section, f.name) for f in dataclasses.fields(section)}
    defaults = {f.name: f.default for f in dataclasses.fields(section)}
    for key in (
        "normaliser",
        "min_text_len",
        "max_text_len",
        "max_frames",
        "gin_channels",
        "discriminator_channels",
    ):
        if key in values and values[key] == defaults[key]:
            del values[key]
    return values


def _family_model(model: ModelConfig) -> dict[str, Any]:
    values = _plain(model)
    decoder = values.pop("decoder")
    flags: dict[str, Any] = {key: choice == decoder for key, choice in DECODER_FLAGS.items()}
    if decoder == "istft":
        values["subbands"] = False
    return flags | values
