"""MODEL_CARD.md: what a voice was made of, for whoever gets it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.config import Config
from engine.dataset import prepared
from engine.i18n import _
from engine.runs import registry
from engine.runs.events import EventTail
from engine.text.symbol_sets import name as set_name

CARD, SAMPLES = "MODEL_CARD.md", "samples"
_LICENCE = "## Licence"
_VERSIONS = ("vitsdeck", "torch", "phonemizer", "espeak")


@dataclass(frozen=True, slots=True)
class Origin:
    """What the folder of a checkpoint tells of it; empty where there is no run.

    Attributes:
        step: of the checkpoint; None where its name has none.
        clips: that it was trained on; minutes: of them.
        figures: of the validation at this step, tag to value.
        versions: of the libraries that trained it.
        samples: sentences that it spoke at this step: text to the wav.
        texts: ids of the validation clips.
        known: ids that occur in its training clips; empty where they are not known.
    """

    step: int | None = None
    clips: int = 0
    minutes: float = 0.0
    figures: Mapping[str, float] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    samples: Mapping[str, Path] = field(default_factory=dict)
    texts: tuple[tuple[int, ...], ...] = ()
    known: frozenset[int] = frozenset()


def origin(weights: Path, config: Config) -> Origin:
    """What is known of a checkpoint, from the run folder that it lies in."""
    folder, found = weights.parent, re.search(r"_(\d+)\.pth$", weights.name)
    step = int(found[1]) if found else None
    data = prepared.read(folder)
    frames = sum(clip.frames for clip in data.train) if data else 0
    figures: dict[str, float] = {}
    samples: dict[str, Path] = {}
    for event in EventTail(folder / "events.jsonl").read_new():
        if event["kind"] == "metric" and event.get("step") == step:
            named = {
                tag: value
                for tag, value in event["values"].items()
                if tag.startswith(("quality/", "loss/val/"))
            }
            figures |= {tag: value for tag, value in named.items() if value is not None}
        elif event["kind"] == "sample" and event.get("step") == step:
            wav = folder / event["files"]["wav"]
            samples |= {event["text"]: wav} if wav.is_file() else {}
    versions = registry.recorded(folder, "versions") or {}
    return Origin(
        step,
        len(data.train) if data else 0,
        frames * config.data.hop_length / config.data.sampling_rate / 60,
        figures,
        {name: versions[name] for name in _VERSIONS if versions.get(name)},
        samples,
        tuple(clip.ids for clip in data.val) if data else (),
        frozenset(number for clip in data.train for number in clip.ids) if data else frozenset(),
    )


def licence(path: Path) -> str:
    """What a person has written below the last heading of an earlier card; else a request to do so."""
    try:
        _rest, heading, text = path.read_text(encoding="utf-8").partition(f"\n{_LICENCE}\n")
    except OSError:
        heading = text = ""
    return text.strip() if heading else _("Fill in: the licence of the recordings, and that of this voice.")


def card(
    name: str, config: Config, about: Origin, *, precision: str, limits: Sequence[str], licence_text: str
) -> str:
    """The text of MODEL_CARD.md."""
    data, model = config.data, config.model
    speakers = ", ".join(config.speakers or ()) or str(max(1, data.n_speakers))
    rows = {
        _("Recordings"): _("{clips:,} clips, {minutes:.1f} minutes").format(
            clips=about.clips, minutes=about.minutes
        )
        if about.clips
        else "",
        _("Speakers"): speakers,
        _("Sampling rate"): f"{data.sampling_rate} Hz",
        _("Cleaners"): " ".join(data.text_cleaners),
        _("Normaliser"): data.normaliser or _("none"),
        _("Symbols"): set_name(config.symbols),
        _("Decoder"): model.decoder,
        _("Durations"): _("stochastic") if model.use_sdp else _("deterministic"),
        _("Precision"): precision,
        _("Steps"): "" if about.step is None else f"{about.step:,}",
        _("Trained with"): ", ".join(f"{name} {version}" for name, version in about.versions.items()),
    }
    lines = [
        f"# {name}",
        "",
        "| | |",
        "|---|---|",
        *(f"| {key} | {_cell(text)} |" for key, text in rows.items() if text),
    ]
    if about.figures:
        lines += ["", _("## Validation"), "", _("| figure | value |"), "|---|---|"]
        lines += [f"| `{tag}` | {value:.4g} |" for tag, value in sorted(about.figures.items())]
    if about.samples:
        lines += ["", _("## Samples"), ""]
        lines += [f"- [{wav.name}]({SAMPLES}/{wav.name}): `{text}`" for text, wav in about.samples.items()]
    if limits:
        lines += ["", _("## Players"), "", *(f"- {limit}." for limit in limits)]
    lines += ["", _LICENCE, "", licence_text]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
