"""The command speak: into a file, to standard output, or each line of a text into a file of its own."""

from __future__ import annotations

import contextlib
import dataclasses
import sys
from pathlib import Path
from typing import Annotated, Any

from typer import Argument, Option

from engine.audio import sink
from engine.config import Config
from engine.errors import InputError, cannot_read
from engine.i18n import _, plural
from engine.speak.choice import AUTO, PRECISIONS, RUNTIMES
from engine.speak.lines import joined, speak_lines
from engine.speak.loading import load_speaker
from engine.speak.manner import Manner
from engine.speak.speakers import speaker_id
from engine.speak.synthesis import Speaker
from engine.text.preprocess import unread
from engine.text.rows import Row
from tui.cli.options import Json
from tui.cli.output import EXIT_INTERRUPTED, EXIT_PARTLY, echo, echo_json, error, notify, warn
from tui.cli.progress import Progress
from tui.cli.speech import chosen
from tui.cli.speech.chosen import CheckpointConfig, Out, RunName, Seed


def speak(
    text: Annotated[str | None, Argument(help=_("What to say, of any length."))] = None,
    file: Annotated[Path | None, Option(help=_("Say what this file holds; - reads standard input."))] = None,
    name: RunName = None,
    out: Out = None,
    out_dir: Annotated[
        Path | None,
        Option(
            "--out_dir",
            help=_(
                "With --file: each line into a wav of its own in this folder; the same command again "
                "continues. With -o also all of them in one file."
            ),
        ),
    ] = None,
    stream: Annotated[
        bool, Option("--stream", help=_("Write a wav to standard output while it is made, as for | aplay."))
    ] = False,
    raw: Annotated[
        bool, Option("--raw", help=_("With --stream: samples alone, 16 bits, mono, without a header."))
    ] = False,
    checkpoint: Annotated[
        str | None,
        Option(
            metavar="best|newest|STEP|FILE",
            help=_(
                "With -m: best (where there is one), newest or a step. Else a G_*.pth with its --config, or an "
                "exported .onnx."
            ),
        ),
    ] = None,
    config: CheckpointConfig = None,
    speaker: Annotated[str, Option(help=_("The speaker, by name or number."))] = "0",
    noise_scale: Annotated[float, Option("--noise_scale", help=_("How much the voice varies."))] = 0.667,
    noise_scale_w: Annotated[float, Option("--noise_scale_w", help=_("How much the rhythm varies."))] = 0.8,
    length_scale: Annotated[float, Option("--length_scale", help=_("Above 1 speaks slower."))] = 1.0,
    pauses: Annotated[float, Option(help=_("Above 1: longer pauses between sentences."))] = 1.0,
    seed: Seed = None,
    runtime: Annotated[
        str,
        Option(
            metavar="|".join(RUNTIMES),
            help=_("auto is onnx where it was used before with this checkpoint, else torch."),
        ),
    ] = AUTO,
    precision: Annotated[
        str,
        Option(
            metavar="|".join(PRECISIONS),
            help=_(
                "auto is, with torch, bf16 where the device has units for it, else fp32. int8 needs onnx."
            ),
        ),
    ] = AUTO,
    json: Json = False,
) -> int:
    """Speak a text into a sound file, sentence by sentence."""
    _check(out, out_dir, file, stream=stream, raw=raw, json=json)
    spoken = _text(text, file)
    weights, settings = chosen.weights_and_config(name, checkpoint, config)
    number = speaker_id(settings, speaker)
    target = None if stream or (out_dir and not out) else chosen.target(out, name or weights.stem)
    if name is not None:
        weights = chosen.run_weights(weights, checkpoint or "")
    manner = Manner(number, noise_scale, noise_scale_w, length_scale, seed, pauses)
    manner.check(settings)
    try:
        voice = _load(weights, settings, runtime, precision)
        if stream:
            return _stream(voice, spoken, manner, raw=raw)
        if out_dir is not None and file is not None:
            return _speak_lines(voice, spoken, manner, file, out_dir, weights, target, json=json)
        assert target is not None  # noqa: S101 - there is none with --stream and --out_dir alone
        facts = _speak_to_file(voice, spoken, target, manner) | {"checkpoint": weights}
    except KeyboardInterrupt:
        kept = _("interrupted: no file is written; with --out_dir what is done would be kept")
        if stream:
            kept = _("interrupted")
        elif out_dir is not None:
            kept = _("interrupted: the lines that are done are kept, and the same command continues")
        notify(kept)
        return EXIT_INTERRUPTED
    facts["unread"] = _unread(spoken, settings)
    chosen.show(facts, json=json)
    return 0


def speak_to_file(text: str, weights: Path, settings: Config, target: Path, manner: Manner) -> dict[str, Any]:
    """Speak into `target` with the checkpoint `weights`; returns what --json prints."""
    voice = _load(weights, settings, AUTO, AUTO)
    return _speak_to_file(voice, text, target, manner) | {"checkpoint": weights}


def _check(
    out: Path | None, out_dir: Path | None, file: Path | None, *, stream: bool, raw: bool, json: bool
) -> None:
    """Raises InputError: flags that do not go together."""
    if raw and not stream:
        raise InputError(_("--raw belongs to --stream"), fix=_("add --stream, or leave --raw out"))
    if out_dir is not None and file is None:
        raise InputError(_("--out_dir takes the lines of a file"), fix=_("name it with --file"))
    if out is not None and out_dir is not None and out.absolute().parent == out_dir.absolute():
        what = _("-o lies in --out_dir, among the files of the lines")
        raise InputError(what, path=out, fix=_("put it beside the folder"))
    if not stream:
        return
    others = (("-o", out), ("--out_dir", out_dir), ("--json", json))
    used = [flag for flag, value in others if value]
    if used:
        what = _("--stream writes to standard output, so {flag} cannot be used").format(flag=used[0])
        raise InputError(what, fix=_("leave one of them out"))
    if sys.stdout.isatty():
        what = _("--stream would write sound to the terminal")
        raise InputError(what, fix=_("pipe it into a player, as in `vitsdeck speak ... --stream | aplay`"))


def _load(weights: Path, settings: Config, runtime: str, precision: str) -> Speaker:
    def on_making() -> None:
        notify(_("making the files that onnxruntime speaks with, once for this checkpoint"))

    return load_speaker(weights, settings, runtime=runtime, precision=precision, on_making=on_making)


def _speak_to_file(voice: Speaker, text: str, target: Path, manner: Manner) -> dict[str, Any]:
    with Progress(_("speaking"), _("sentences")) as progress:
        speech = voice.say_to_file(text, target, manner, on_progress=progress.update)
    return dataclasses.asdict(speech) | {"path": target}


def _stream(voice: Speaker, text: str, manner: Manner, *, raw: bool) -> int:
    with contextlib.closing(voice.stream(text, manner, is_live=True)) as parts:
        waves = (part.wave for part in parts)
        sink.write_stream(sys.stdout.buffer, waves, voice.network.rate, has_header=not raw)
    _unread(text, voice.config)
    return 0


def _speak_lines(
    voice: Speaker,
    text: str,
    manner: Manner,
    file: Path,
    folder: Path,
    weights: Path,
    target: Path | None,
    *,
    json: bool,
) -> int:
    stat = weights.stat()
    version = f"{weights.name} {stat.st_size} {stat.st_mtime_ns}"
    with Progress(_("speaking"), _("lines")) as progress:
        found = speak_lines(
            voice, text, folder, manner, source=file, checkpoint=version, on_progress=progress.update
        )
    if not found.files:
        target = None
    if target is not None:
        joined(found.files, target, voice.network.rate)
    for fault in found.faults:
        error(fault)
    facts = {"path": target or folder, "checkpoint": weights, "files": found.files, "seconds": found.seconds}
    if json:
        echo_json(facts | {"spoken": found.spoken, "unread": _unread(text, voice.config)})
    else:
        _unread(text, voice.config)
        echo(str(facts["path"]))
        done = plural("{n:,} line", "{n:,} lines", len(found.files))
        notify(_("{lines}, {spoken} of them spoken now").format(lines=done, spoken=found.spoken))
    return EXIT_PARTLY if found.faults else 0


def _unread(text: str, settings: Config) -> list[str]:
    """Characters that the cleaners read nothing of; they are said."""
    rows = (Row((line,), number) for number, line in enumerate(text.splitlines(), 1))
    found = list(unread(rows, 0, settings.data.cleaning))
    if found:
        warn(_("these are read as nothing: {characters}").format(characters=" ".join(found)))
    return found


def _text(text: str | None, file: Path | None) -> str:
    if text is not None and file is None:
        return text
    if text is not None or file is None:
        fix = _('as in `vitsdeck speak "Hello." -m NAME`, or --file TEXT')
        raise InputError(_("name a text or a file"), fix=fix)
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as fault:
        what = _("is not UTF-8 (byte {byte})").format(byte=fault.start)
        raise InputError(what, path=file, fix=_("save it as UTF-8")) from None
    except OSError as fault:
        raise cannot_read(fault, file) from None
