"""The curves of a training: their titles in charts and their short names in lines of figures."""

from __future__ import annotations

from engine.i18n import _

# tag, name in a chart, short name in a line of figures
METRICS: tuple[tuple[str, str, str], ...] = (
    ("loss/g/mel", "mel", "mel"),
    ("loss/g/total", _("generator total"), "G"),
    ("loss/d/total", _("discriminator total"), "D"),
    ("loss/g/kl", "KL", "KL"),
    ("loss/g/fm", _("feature matching"), "fm"),
    ("loss/g/dur", "duration", "dur"),
    ("grad_norm_g", _("gradient norm G"), "|G|"),
    ("grad_norm_d", _("gradient norm D"), "|D|"),
    ("learning_rate", _("learning rate"), "lr"),
)
SHORT = {tag: short for tag, _unused, short in METRICS} | {"loss/val/mel": _("val mel")}
AT_A_GLANCE = ("loss/g/mel", "loss/g/total", "loss/d/total", "loss/g/kl", "loss/val/mel", "learning_rate")
