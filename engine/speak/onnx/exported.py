"""An exported voice, NAME.onnx with NAME.onnx.json, that speaks like a checkpoint; without torch."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from engine import config as configs
from engine.config import Config
from engine.errors import InputError
from engine.i18n import _
from engine.speak.network import LONGEST_S, Network, Scales, Windows, too_long
from engine.speak.onnx.session import open_session, run, sentence_feed
from engine.speak.synthesis import Speaker
from engine.speak.voice_text import VoiceText
from engine.speak.windows import Array
from engine.text.symbols import ENGLISH_178

ENDING = ".onnx"
OWN_KEY = "vitsdeck"  # the part of NAME.onnx.json with the config


def load(path: Path, config: Config) -> Speaker:
    """An exported voice, ready to speak. Raises InputError as `open_session`."""
    return Speaker(ExportedNetwork(path, config), VoiceText(config, config.symbols or ENGLISH_178, path))


def exported_config(path: Path) -> Config:
    """The config of an exported voice. Raises InputError: there is none in NAME.onnx.json, or it has a fault."""
    settings = Path(f"{path}.json")
    try:
        tree = json.loads(settings.read_text(encoding="utf-8"))
        own = tree[OWN_KEY]
    except OSError as error:
        what = _("cannot be read ({reason})").format(reason=error.strerror)
        raise InputError(what, path=settings, fix=_("keep it beside the .onnx file")) from None
    except (ValueError, KeyError, TypeError):
        what = _("holds no settings of vitsdeck")
        raise InputError(what, path=settings, fix=_("name a voice that `vitsdeck export` made")) from None
    return configs.parse(json.dumps(own), settings)


class ExportedNetwork(Network):
    """One graph for a whole sentence. Its noise is drawn inside, so that a seed gives other sounds than in torch."""

    runtime = "onnx"

    def __init__(self, path: Path, config: Config) -> None:
        self.precision = "as exported"
        self.rate, self.hop = config.data.sampling_rate, config.data.hop_length
        self._path = path
        self._session = open_session(path)

    def say(
        self, ids: Sequence[int], speaker: int, scales: Scales, seed: Sequence[int], windows: Windows | None
    ) -> Iterator[Array]:
        """As `Network.say`; always in one piece."""
        del windows
        if seed[1] == 0:  # the first sentence of a text: the graph takes a seed when it is loaded
            self._session = open_session(self._path, seed[0])
        named = (scales.noise, scales.length, scales.rhythm)
        wave_L = run(self._session, sentence_feed(ids, speaker, named))[0, 0]
        if len(wave_L) >= int(LONGEST_S * self.rate / self.hop) * self.hop:  # where the graph cuts it
            raise too_long()
        yield wave_L
