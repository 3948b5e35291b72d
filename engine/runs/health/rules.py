"""The rules. Each looks at a Record and has a finding or none; the reason of every threshold is next to it.

A rule that fires too early is turned off by its reader, so all of them wait for enough points and judge medians.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from engine.runs.health.finding import Finding
from engine.runs.health.record import Record, median

Judgement = tuple[str, str, str]  # level, text and remedy of a Finding
RULES: dict[str, Callable[[Record], Finding | None]] = {}

NEWEST = 50  # logged steps that speak for "now": enough that single odd batches do not count

# Least squares: a score of 1 is "real", 0 is "fake", so a discriminator that cannot tell loses 0.5, one that errs by
# 0.2 on both sides 0.1, and the generator then pays over 0.6 of the 1.0 that it pays a perfect one.
D_LOSS_EACH, G_LOSS_EACH = 0.1, 0.6
DISCRIMINATORS = 6  # the family's: five periods and one scale

# Nats a frame between posterior and prior. Voices that speak settle at 1 to 2; below 0.1 the latent carries nothing.
KL_NATS = 0.1

# Norms wander by a factor of 3 to 5 over a training; the lowest stretch in sight is what they rise from.
NORM_GROWTH, NORM_NEWEST, NORM_BLOCK, NORM_BROKEN = 30.0, 10, 25, 3

# Half of all steps without a gain of 0.5% is a plateau; 2,000 steps and 100 points keep noise (about 10% a batch, so
# some 1.5% for a third of them) and the first minutes out of it. 0.5 is the L1 distance of log mels of a fair voice.
FLAT_STEPS, FLAT_POINTS, FLAT_GAIN, FAIR_MEL = 2000, 100, 0.005, 0.5

# Medians of the recorded real run lie at 0.90 to 0.92 from its first steps on; all frames on one token is 0.
DIAGONAL, DIAGONAL_STEPS = 0.7, 300

# A loader that keeps up costs a few percent; a third of the time is a third of the bill.
WAIT_SHARE, WAIT_NEWEST = 0.3, 20

# A few odd clips are normal; beyond one in fifty something is wrong with the list or the limits.
DROPPED_SHARE = 0.02


def rule(name: str) -> Callable[[Callable[[Record], Judgement | None]], None]:
    """Register a rule of this name."""

    def register(judge: Callable[[Record], Judgement | None]) -> None:
        def find(record: Record) -> Finding | None:
            judgement = judge(record)
            return None if judgement is None else Finding(name, *judgement)

        RULES[name] = find

    return register


@rule("discriminator winning")
def _discriminator_winning(record: Record) -> Judgement | None:
    """The discriminators recognise everything, so their gradient teaches the generator nothing."""
    d_loss, g_loss = record.newest("loss/d/total", NEWEST), record.newest("loss/g/gen", NEWEST)
    if d_loss is None or g_loss is None:
        return None
    if not (d_loss / DISCRIMINATORS < D_LOSS_EACH and g_loss / DISCRIMINATORS > G_LOSS_EACH):
        return None
    return (
        "warning",
        f"the discriminators tell real from made without effort: their loss is {d_loss:.2f} where "
        f"{DISCRIMINATORS / 2:g} is a draw, over {NEWEST} logged steps up to {record.step:,}",
        "listen to the samples; when they stand still, go back to a checkpoint before the loss fell, with more "
        "recordings or a lower learning_rate",
    )


@rule("KL collapse")
def _kl_collapse(record: Record) -> Judgement | None:
    """The posterior has become the prior."""
    loss = record.newest("loss/g/kl", NEWEST, at_least=2 * NEWEST)
    if loss is None or not (nats := loss / (record.facts.c_kl or 1.0)) < KL_NATS:
        return None
    return (
        "warning",
        f"the KL term is {nats:.3f} nats a frame over {NEWEST} logged steps up to {record.step:,} (1 to 2 are "
        "usual): the latent carries nothing of the voice",
        "lower train.c_kl and go back to a checkpoint before the fall",
    )


@rule("exploding gradient")
def _gradient_exploding(record: Record) -> Judgement | None:
    """A gradient's norm has left its range, or is no finite number any more."""
    remedy = "stop, lower train.learning_rate, and resume from a checkpoint before the rise"
    for tag, owner in (("grad_norm_g", "generator"), ("grad_norm_d", "discriminators")):
        newest = record.last(tag, NORM_NEWEST)
        finite = [value for value in newest if math.isfinite(value)]
        if (broken := len(newest) - len(finite)) >= NORM_BROKEN:
            text = f"the gradient of the {owner} was no finite number in {broken} of the last {NORM_NEWEST} "
            return "error", f"{text}logged steps, up to step {record.step:,}", remedy
        usual = min(record.medians(tag, NORM_BLOCK, NORM_NEWEST), default=None)
        if usual is None or not finite or (now := median(finite)) <= NORM_GROWTH * usual:
            continue
        text = f"the gradient norm of the {owner} is {now:.3g}, {now / usual:.0f} times what it was "
        return "error", f"{text}({usual:.3g}), at step {record.step:,}", remedy
    return None


@rule("mel loss flat")
def _mel_flat(record: Record) -> Judgement | None:
    """The mel loss has not fallen over the last half of all steps."""
    curve = record.curves.get("loss/g/mel")
    if curve is None or not curve.long:
        return None
    first, last = curve.long[0][0], curve.long[-1][0]
    half = [point for point in curve.long if point[0] > last - (last - first) / 2]
    if len(half) < FLAT_POINTS or half[-1][0] - half[0][0] < FLAT_STEPS:
        return None
    third = len(half) // 3
    before = median(value for _, value in half[:third])
    now = median(value for _, value in half[-third:])
    if before - now >= FLAT_GAIN * before:
        return None
    text = f"the mel loss has stood still from step {half[0][0]:,} to {last:,}: {before:.2f}, now {now:.2f}"
    if now / (record.facts.c_mel or 1.0) <= FAIR_MEL:
        remedy = "listen to the samples: this may be all that this data gives, and the run can be stopped"
        return "info", text, remedy
    remedy = (
        "check that texts belong to their recordings, then try another learning_rate; this is no voice yet"
    )
    return "warning", text, remedy


@rule("alignment not diagonal")
def _alignment_not_diagonal(record: Record) -> Judgement | None:
    """Text and sound do not run side by side."""
    now = record.newest("alignment/diagonality", NEWEST)
    if now is None or record.step < DIAGONAL_STEPS or not now < DIAGONAL:
        return None
    return (
        "warning",
        f"the alignment of text and sound is {now:.2f} diagonal at step {record.step:,} (0.85 and more is usual)",
        "check that each line's text is what its recording says, and that clips have no long silence at their ends",
    )


@rule("data loader too slow")
def _data_starving(record: Record) -> Judgement | None:
    """The device waits for its data."""
    share = record.newest("time/data_wait", WAIT_NEWEST)
    if share is None or not share > WAIT_SHARE:
        return None
    return (
        "warning",
        f"the device waits for data {share:.0%} of the time, over {WAIT_NEWEST} logged steps up to {record.step:,}",
        "put the recordings on a faster disk, or see what else uses the processor of this machine",
    )


@rule("clips dropped")
def _clips_dropped(record: Record) -> Judgement | None:
    """A noteworthy share of the corpus is not trained on."""
    dropped = record.facts.dropped
    total = record.facts.clips + dropped
    if not total or dropped / total <= DROPPED_SHARE:
        return None
    return (
        "warning",
        f"{dropped:,} of {total:,} clips are left out ({dropped / total:.0%})",
        "the beginning of train.log names each with its reason: mostly too short, too long or too much text",
    )


def findings(record: Record, on_defect: Callable[[str, Exception], None] | None = None) -> list[Finding]:
    """The findings of all rules, in their order; [] for a run that is well.

    Args:
        on_defect: called for a rule that raised, with a name for it; without it the error is raised.
    """
    found = []
    for name, find in RULES.items():
        try:
            found.append(find(record))
        except Exception as error:
            if on_defect is None:
                raise
            on_defect(f"the rule of health {name!r}", error)
    return [finding for finding in found if finding is not None]
