"""The rules. Each looks at a Record and says one thing or nothing; every threshold stands with its reason.

A rule that fires too early is turned off by its reader, so all of them wait for enough points and judge medians.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from engine.runs.health.finding import Finding
from engine.runs.health.record import Record, median

Rule = Callable[[Record], Finding | None]

NEWEST = 50  # logged steps that speak for "now": enough that single odd batches do not count

# Least squares: a score of 1 is "real", 0 is "fake", so a discriminator that cannot tell loses 0.5, one that errs by
# 0.2 on both sides 0.1, and the generator then pays over 0.6 of the 1.0 that it pays a perfect one.
D_LOSS_EACH, G_LOSS_EACH = 0.1, 0.6
DISCRIMINATORS = 6  # the family's: five periods and one scale

# Nats a frame between posterior and prior. Voices that speak settle at 1 to 2; below 0.1 the latent tells nothing.
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


def discriminator_winning(record: Record) -> Finding | None:
    """The discriminators see through everything, so their gradient says nothing."""
    judges, fooled = record.last("loss/d/total", NEWEST), record.last("loss/g/gen", NEWEST)
    count = DISCRIMINATORS
    if not judges or not fooled:
        return None
    judge, fool = median(judges) / count, median(fooled) / count
    if not (judge < D_LOSS_EACH and fool > G_LOSS_EACH):
        return None
    return Finding(
        "discriminator winning",
        "warning",
        f"the discriminators tell real from made without effort: their loss is {judge * count:.2f} where "
        f"{count / 2:g} is a draw, over {NEWEST} logged steps up to {record.step:,}",
        "listen to the samples; when they stand still, go back to a checkpoint before the loss fell, with more "
        "recordings or a lower learning_rate",
    )


def kl_collapse(record: Record) -> Finding | None:
    """The posterior has become the prior."""
    values = record.last("loss/g/kl", 2 * NEWEST)
    if not values:
        return None
    nats = median(values[-NEWEST:]) / (record.facts.c_kl or 1.0)
    if not nats < KL_NATS:
        return None
    return Finding(
        "KL collapse",
        "warning",
        f"the KL term is {nats:.3f} nats a frame over {NEWEST} logged steps up to {record.step:,} (1 to 2 are "
        "usual): the latent carries nothing of the voice",
        "lower train.c_kl and go back to a checkpoint before the fall",
    )


def gradient_exploding(record: Record) -> Finding | None:
    """A gradient's norm has left its range, or is no number any more."""
    for tag, whose in (("grad_norm_g", "generator"), ("grad_norm_d", "discriminators")):
        newest = record.last(tag, NORM_NEWEST)
        broken = sum(not math.isfinite(value) for value in newest)
        if broken >= NORM_BROKEN:
            text = f"the {whose}' gradient" if whose.endswith("s") else f"the {whose}'s gradient"
            text += f" was no finite number in {broken} of the last {NORM_NEWEST} logged steps"
            return Finding("exploding gradient", "error", f"{text}, up to step {record.step:,}", _CALMER)
        usual = min(record.medians(tag, NORM_BLOCK, NORM_NEWEST), default=None)
        finite = [value for value in newest if math.isfinite(value)]
        if usual is None or not finite or median(finite) <= NORM_GROWTH * usual:
            continue
        now = median(finite)
        text = (
            f"the gradient norm of the {whose} is {now:.3g}, {now / usual:.0f} times what it was "
            f"({usual:.3g}), at step {record.step:,}"
        )
        return Finding("exploding gradient", "error", text, _CALMER)
    return None


_CALMER = "stop, lower train.learning_rate, and go on from a checkpoint before the rise"


def mel_flat(record: Record) -> Finding | None:
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
        return Finding("mel loss flat", "info", text, remedy)
    remedy = (
        "check that texts belong to their recordings, then try another learning_rate; this is no voice yet"
    )
    return Finding("mel loss flat", "warning", text, remedy)


def alignment_not_diagonal(record: Record) -> Finding | None:
    """Text and sound do not run side by side."""
    values = record.last("alignment/diagonality", NEWEST)
    if not values or record.step < DIAGONAL_STEPS:
        return None
    now = median(values)
    if not now < DIAGONAL:
        return None
    return Finding(
        "alignment not diagonal",
        "warning",
        f"the alignment of text and sound is {now:.2f} diagonal at step {record.step:,} (0.85 and more is usual)",
        "check that each line's text is what its recording says, and that clips have no long silence at their ends",
    )


def data_starving(record: Record) -> Finding | None:
    """The device waits for its data."""
    values = record.last("time/data_wait", WAIT_NEWEST)
    if not values:
        return None
    share = median(values)
    if not share > WAIT_SHARE:
        return None
    return Finding(
        "data loader too slow",
        "warning",
        f"the device waits for data {share:.0%} of the time, over {WAIT_NEWEST} logged steps up to {record.step:,}",
        "put the recordings on a faster disk, or see what else uses the processor of this machine",
    )


def clips_dropped(record: Record) -> Finding | None:
    """A noteworthy share of the corpus is not trained on."""
    facts = record.facts
    total = facts.clips + facts.dropped
    if not total or facts.dropped / total <= DROPPED_SHARE:
        return None
    return Finding(
        "clips dropped",
        "warning",
        f"{facts.dropped:,} of {total:,} clips are left out ({facts.dropped / total:.0%})",
        "the beginning of train.log names each with its reason: mostly too short, too long or too much text",
    )


RULES: dict[str, Rule] = {
    "discriminator winning": discriminator_winning,
    "KL collapse": kl_collapse,
    "exploding gradient": gradient_exploding,
    "mel loss flat": mel_flat,
    "alignment not diagonal": alignment_not_diagonal,
    "data loader too slow": data_starving,
    "clips dropped": clips_dropped,
}


def findings(record: Record, on_defect: Callable[[str, Exception], None] | None = None) -> list[Finding]:
    """What all rules say, in their order; [] for a run that is well.

    Args:
        on_defect: told of a rule that raised, with a name for it; the other rules are heard. Without it the error is
            raised.
    """
    found = []
    for name, rule in RULES.items():
        try:
            finding = rule(record)
        except Exception as error:
            if on_defect is None:
                raise
            on_defect(f"the rule of health {name!r}", error)
        else:
            found += [finding] if finding is not None else []
    return found
