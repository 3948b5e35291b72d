"""A folder with everything that a player needs of a voice, whole or not there.

NAME.onnx, NAME.onnx.json    Piper and Home Assistant
tokens.txt                   sherpa-onnx
pronunciations.txt           `vitsdeck speak`, where the workspace has one
MODEL_CARD.md, samples/      people
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.config import Config
from engine.errors import InputError, cannot_write
from engine.export import check, graph, piper, sherpa
from engine.export.card import CARD, SAMPLES, card, licence, origin
from engine.export.limits import player_limits
from engine.files.permissions import write_own
from engine.i18n import _
from engine.languages import Language
from engine.speak.onnx import quantise
from engine.speak.onnx.extra import require_onnx
from engine.speak.onnx.graphs import TEXTS
from engine.speak.onnx.session import open_session, sentence_feed
from engine.speak.torch_network import read_voice
from engine.speak.voice_text import VoiceText
from engine.text.cleaners import registry
from engine.text.pronunciations import FILE_NAME
from engine.text.symbols import BLANK_ID, PAD, table_of_size

_USUAL_SCALES = (0.667, 1.0, 0.8)  # of noise, length and rhythm noise
_MEASURED = 4  # texts on which an 8-bit file is measured


@dataclass(frozen=True, slots=True)
class Exported:
    """What was made: `files` as seen from `folder`, and what was measured if it was asked for."""

    folder: Path
    name: str
    files: list[str]
    limits: list[str]
    comparison: check.Comparison | None
    loss: check.Loss | None


def export(
    weights: Path,
    config: Config,
    parent: Path,
    *,
    dataset: str,
    language: Language,
    folder: Path | None = None,
    precision: str = "fp32",
    check_text: str = "",
    redo: bool = False,
) -> Exported:
    """Make the folder of a checkpoint, `parent`/NAME unless `folder` is given.

    Args:
        dataset: the middle part of the name, as "anna".
        language: of the workspace, for cleaners that belong to none.
        precision: fp32 or int8.
        check_text: a line that is spoken by torch and by the file.
        redo: replace the export that is there.

    Raises:
        InputError: as `read_voice`; the extra `onnx` is missing; there is a folder already, or it cannot be written;
            no text to find the ranges of 8 bits on.
    """
    require_onnx()
    voice, table_of_voice = read_voice(weights, config, "cpu")
    text = VoiceText(config, table_of_voice, weights)
    symbols = voice.enc_p.emb.num_embeddings
    config = dataclasses.replace(config, symbols=config.symbols or table_of_size(symbols))
    spoken = (weight.numel() for name, weight in voice.named_parameters() if not name.startswith("enc_q."))
    name = piper.voice_name(config, language, dataset, sum(spoken))
    folder = folder or parent / name
    _refuse(folder, redo=redo)
    about = origin(weights, config)
    line = registry.clean_all([check_text], config.data.cleaning, words=text.words)[0] if check_text else ""
    texts = about.texts[:_MEASURED] or ((tuple(text.ids(line)),) if line else ())
    if precision == "int8" and not texts:
        fix = _("give a sentence with --check, or export a checkpoint inside its run folder")
        raise InputError(_("there is no text to find the ranges of 8 bits on"), path=weights, fix=fix)
    is_exact = precision == "fp32"
    content = graph.exported(voice, config, sherpa.metadata(config, language), has_images=is_exact)
    session = open_session(content)
    loss = None
    if precision == "int8":
        content = quantise.quantised(
            content,
            [sentence_feed(ids, scales=_USUAL_SCALES) for ids in texts[:TEXTS]],
            sentence_feed(texts[0]),
        )
        before, session = session, open_session(content)
        loss = check.loss(before, session, texts, config.data)
    # players skip a symbol that is not listed: better than one whose sound was never learnt
    table = {symbol: place for symbol, place in text.table.items() if place in (about.known or {place})}
    table |= {PAD: BLANK_ID}
    limits = player_limits(config, text.words)
    files: dict[str, str | bytes] = {
        f"{name}.onnx": content,
        f"{name}.onnx.json": piper.settings(config, table, name, language, symbols=symbols),
        "tokens.txt": sherpa.tokens(table),
        CARD: card(
            name,
            config,
            about,
            precision=precision,
            limits=limits,
            licence_text=licence(folder / CARD),
        ),
        **{f"{SAMPLES}/{wav.name}": wav.read_bytes() for wav in about.samples.values()},
    }
    if text.words.words:
        files[FILE_NAME] = text.words.path.read_bytes()
    comparison = check.compare(voice, session, text.ids(line)) if line else None
    _write(folder, files)
    return Exported(folder, name, list(files), limits, comparison, loss)


def _refuse(folder: Path, *, redo: bool) -> None:
    """Nothing but an export takes the place of an export."""
    there = [path.name for path in folder.iterdir()] if folder.is_dir() else [folder.name] * folder.exists()
    if not there:
        return
    voices = [name for name in there if name.endswith(".onnx") and f"{name}.json" in there]
    others = set(there) - {
        "tokens.txt",
        FILE_NAME,
        CARD,
        SAMPLES,
        *voices,
        *(f"{name}.json" for name in voices),
    }
    if len(voices) != 1 or others:
        raise InputError(
            _("holds other files than an export"), path=folder, fix=_("name another folder with -o")
        )
    if not redo:
        fix = _("replace it with --redo, or name another folder with -o")
        raise InputError(_("holds an export already"), path=folder, fix=fix)


def _write(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Fill a folder beside `folder` and put it into its place."""
    try:
        with _beside(folder) as made:
            for name, content in files.items():
                (made / name).parent.mkdir(exist_ok=True)
                write_own(made / name, content)
            old = made.parent / "old"
            if folder.exists():
                folder.rename(old)
            try:
                made.rename(folder)
            except BaseException:  # the export that was there goes back, with the licence that a person wrote
                if old.exists() and not folder.exists():
                    old.rename(folder)
                raise
    except OSError as error:
        raise cannot_write(error, folder) from None


@contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    folder.absolute().parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".exporting-", dir=folder.absolute().parent) as place:
        made = Path(place) / "new"
        made.mkdir()
        yield made
