"""How a voice is to speak: the numbers that people choose, and their limits."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from engine.config import Config
from engine.errors import InputError
from engine.i18n import _
from engine.speak.network import Scales
from engine.speak.speakers import check_speaker

# beyond a few the sound is noise; far beyond, no number at all
LIMITS = {
    "length_scale": (0.05, 20.0),
    "noise_scale": (0.0, 10.0),
    "noise_scale_w": (0.0, 10.0),
    "pauses": (0.0, 20.0),
}


@dataclass(frozen=True, slots=True)
class Manner:
    """How to speak.

    Attributes:
        speaker: id of the speaker, for voices that have several.
        noise_scale: how much the prior varies (0 is flat); noise_scale_w: the same for rhythm.
        length_scale: above 1 speaks slower.
        seed: the same seed speaks the same twice; None draws a new one.
        pauses: how long the silence between sentences is, as a multiple of the usual one.
    """

    speaker: int = 0
    noise_scale: float = 0.667
    noise_scale_w: float = 0.8
    length_scale: float = 1.0
    seed: int | None = None
    pauses: float = 1.0

    def check(self, config: Config) -> None:
        """Raises InputError: a speaker that is not there, a scale or a seed outside its limits."""
        check_speaker(config, self.speaker)
        for name, (least, most) in LIMITS.items():
            value = getattr(self, name)
            if not least <= value <= most:  # what is not a number is outside, too
                fix = _("choose one from {least:g} to {most:g}").format(least=least, most=most)
                raise InputError(_("{name} is {value}").format(name=name, value=value), fix=fix)
        check_seed(self.seed)

    @property
    def scales(self) -> Scales:
        """What the network takes of it."""
        return Scales(self.noise_scale, self.noise_scale_w, self.length_scale)

    def drawn_seed(self) -> int:
        """The seed, or a new one."""
        return secrets.randbits(64) if self.seed is None else self.seed


def check_seed(seed: int | None) -> None:
    """Raises InputError: a seed that no generator takes."""
    if seed is not None and not 0 <= seed < 1 << 64:
        fix = _("choose a whole number from 0 to 18446744073709551615")
        raise InputError(_("seed is {seed}").format(seed=seed), fix=fix)
