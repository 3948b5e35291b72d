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
# of the sentences that are held out; each has a chart once it was measured
QUALITY: tuple[tuple[str, str, str], ...] = (
    ("quality/cer/held_out", _("character error"), "CER"),
    ("quality/mel/held_out", _("mel of speech"), _("mel L1")),
    ("quality/mos/held_out", _("predicted opinion"), "MOS"),
    ("quality/wer/held_out", _("word error"), "WER"),
    ("quality/mcd/held_out", _("mel-cepstral distortion"), "MCD"),
)
ADVERSARIAL = ("loss/d/total", "loss/g/fm", "grad_norm_d")  # begin at train.adversarial_start
# in the order of the grid: those of the sentences before the gradient norms
CHARTS = (*METRICS[:6], *QUALITY, *METRICS[6:])
SHORT = {tag: short for tag, _unused, short in (*METRICS, *QUALITY)} | {"loss/val/mel": _("val mel")}
AT_A_GLANCE = (
    *("loss/g/mel", "loss/g/total", "loss/d/total", "loss/g/kl", "loss/val/mel"),
    *("quality/cer/held_out", "quality/mos/held_out", "learning_rate"),
)
