"""The rules. Each looks at a Record and says one thing or nothing; every threshold stands with its reason.

A rule that fires too early is turned off by its reader, so all of them wait for enough points and judge medians.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

from engine.runs.disk_space import size_text
from engine.runs.health.finding import Finding
from engine.runs.health.record import Record, median

Rule = Callable[[Record], Finding | None]

NEWEST = 50  # logged steps that speak for "now": enough that single odd batches do not count

# Least squares: a score of 1 is "real", 0 is "fake", so a discriminator that cannot tell loses 0.5, one that errs by
# 0.2 on both sides 0.1, and the generator then pays over 0.6 of the 1.0 that it pays a perfect one.
D_LOSS_EACH, G_LOSS_EACH = 0.1, 0.6

# Nats a frame between posterior and prior. Voices that speak settle at 1 to 2; below 0.1 the latent tells nothing.
KL_NATS = 0.1

# Norms wander by a factor of 3 to 5 over a training; the lowest stretch in sight is what they rise from.
NORM_GROWTH, NORM_NEWEST, NORM_BLOCK, NORM_BROKEN = 30.0, 10, 25, 3

# Half of all steps without a gain of 0.5% is a plateau; 2,000 steps and 100 points keep noise (about 10% a batch, so
# some 1.5% for a third of them) and the first minutes out of it. 0.5 is the L1 distance of log mels of a fair voice.
FLAT_STEPS, FLAT_POINTS, FLAT_GAIN, FAIR_MEL = 2000, 100, 0.005, 0.5

# Medians of the recorded real run lie at 0.90 to 0.92 from its first steps on; all frames on one token is 0.
DIAGONAL, DIAGONAL_STEPS = 0.7, 300

# With a hundredth of the rate that the config chose, weights hardly move any more.
RATE_FLOOR = 0.01

# What a crash may cost. Below half an hour nobody minds; a run's own rhythm may be longer, but not for ever.
CHECKPOINT_LEAST_S, CHECKPOINT_MOST_S, CHECKPOINT_RHYTHM = 1800.0, 3 * 3600.0, 2.0

# Growth is judged over an hour, so that one checkpoint is not taken for a trend; two more must always fit.
DISK_SPAN_S, DISK_SOON_S, DISK_NOW_S, DISK_CHECKPOINTS = 3600.0, 24 * 3600.0, 3600.0, 2

# A loader that keeps up costs a few percent; a third of the time is a third of the bill.
WAIT_SHARE, WAIT_NEWEST = 0.3, 20

# A few odd clips are normal; beyond one in fifty something is wrong with the list or the limits.
DROPPED_SHARE = 0.02


def discriminator_winning(record: Record) -> Finding | None:
    """The discriminators see through everything, so their gradient says nothing."""
    judges, fooled = record.last("loss/d/total", NEWEST), record.last("loss/g/gen", NEWEST)
    count = record.facts.discriminators
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


def learning_rate_at_floor(record: Record) -> Finding | None:
    """The schedule has taken the rate to where nothing moves."""
    curve = record.curves.get("learning_rate")
    if curve is None or not curve.recent:
        return None
    now, highest = curve.recent[-1][1], max(value for _, value in [*curve.long, *curve.recent])
    begun = max(record.facts.learning_rate or 0.0, highest)
    is_rising = now > curve.recent[0][1]  # a warm-up begins as low as this
    if is_rising or highest <= 0 or not now <= RATE_FLOOR * begun or len(curve.recent) < NORM_NEWEST:
        return None
    return Finding(
        "learning rate at its floor",
        "warning",
        f"the learning rate has fallen to {now:.3g}, from {begun:.3g}: steps change hardly anything at step "
        f"{record.step:,}",
        "stop here, or set train.lr_decay nearer to 1 and go on",
    )


def no_checkpoint(record: Record) -> Finding | None:
    """Too much work would be lost by a crash."""
    if record.started is None:
        return None
    times = [record.started, *(time for time, _ in record.checkpoints)]
    rhythm = max((b - a for a, b in pairwise(times)), default=0.0)
    allowed = CHECKPOINT_MOST_S
    if record.checkpoints:
        allowed = min(allowed, max(CHECKPOINT_LEAST_S, CHECKPOINT_RHYTHM * rhythm))
    passed = record.now - times[-1]
    if passed <= allowed:
        return None
    since = f"the last one, of step {record.checkpoints[-1][1]:,}" if record.checkpoints else "the start"
    return Finding(
        "no checkpoint for long",
        "warning",
        f"no checkpoint for {_hours(passed)} since {since}: a crash now would cost that much",
        "write one now by stopping and resuming the run, and set train.eval_interval lower",
    )


def disk_filling(record: Record) -> Finding | None:
    """The disk will be full before the run is over."""
    if not record.free_bytes:
        return None
    now, free = record.free_bytes[-1]
    size = record.checkpoint_bytes
    remedy = (
        "delete old runs or move them elsewhere; the newest checkpoints and the best one of each are enough"
    )
    if size and free < DISK_CHECKPOINTS * size:
        text = f"{size_text(free)} are free on the disk, and a checkpoint takes {size_text(size)}"
        return Finding("disk filling", "error", text, remedy)
    begun, then = record.free_bytes[0]
    for time, amount in record.free_bytes:  # the newest stretch that is long enough
        if now - time < DISK_SPAN_S:
            break
        begun, then = time, amount
    if now - begun < DISK_SPAN_S or then <= free:
        return None
    growth = (then - free) / (now - begun)
    left_s = free / growth
    if left_s > DISK_SOON_S or left_s > _time_left(record):
        return None
    text = f"{size_text(free)} are free on the disk and {size_text(growth * 3600)} an hour go: full in {_hours(left_s)}"
    return Finding("disk filling", "error" if left_s < DISK_NOW_S else "warning", text, remedy)


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
    "learning rate at its floor": learning_rate_at_floor,
    "no checkpoint for long": no_checkpoint,
    "disk filling": disk_filling,
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


def _time_left(record: Record) -> float:
    """Seconds to the last step at the pace so far; infinite when nobody knows."""
    total, curve = record.facts.total_steps, record.curves.get("loss/g/total")
    if not total or curve is None or not curve.long or record.started is None:
        return math.inf
    done, passed = record.step - curve.long[0][0], record.now - record.started
    return math.inf if done <= 0 else max(0, total - record.step) * passed / done


def _hours(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"
