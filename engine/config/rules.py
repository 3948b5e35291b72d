"""Rules between the values of a config; those of single values stand in the schema."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from engine.config.reader import Fault
from engine.config.schema import Config
from engine.i18n import _


class Broken(NamedTuple):
    """A rule that the config breaks.

    `what` names values of the config by their keys, that of `key` itself as {value}, and others that are in `more`.
    `fit` is what to do, or the number that would fit.
    """

    key: str
    what: str
    fit: str | float
    more: Mapping[str, object] = MappingProxyType({})


_SAME_LENGTHS = (
    ("train.hop_sizes", "train.fft_sizes"),
    ("train.win_lengths", "train.fft_sizes"),
    ("model.upsample_kernel_sizes", "model.upsample_rates"),
    ("model.resblock_dilation_sizes", "model.resblock_kernel_sizes"),
)


def check(config: Config, fault: Fault) -> None:
    """Raise the first fault found, with its key and what would fit.

    Raises:
        InputError: made by `fault`.
    """
    rules = (_buckets, _lengths, _products, _widths, _kernels, _transforms, _data)
    for key, what, fit, more in itertools.chain.from_iterable(rule(config) for rule in rules):
        name, _unused, index = key.rstrip("]").partition("[")
        value = operator.attrgetter(name)(config)
        names = {"value": value[int(index)] if index else value, **more}
        text = what.format(train=config.train, data=config.data, model=config.model, **names)
        raise fault(key, text, fit if isinstance(fit, str) else _("{value} would fit").format(value=fit))


def _buckets(config: Config) -> Iterator[Broken]:
    """Limits of the buckets must ascend."""
    for i, (before, limit) in enumerate(itertools.pairwise(config.train.buckets), start=1):
        if limit <= before:
            what = _("{value} is not above the limit before it, {before}")
            yield Broken(f"train.buckets[{i}]", what, before + 1, {"before": before})


def _lengths(config: Config) -> Iterator[Broken]:
    """Lists that must have the same length."""
    for key, other in _SAME_LENGTHS:
        has, needed = (len(operator.attrgetter(name)(config)) for name in (key, other))
        if has != needed:
            what = _("has {has} entries where {other} has {needed}")
            yield Broken(key, what, needed, {"has": has, "other": other, "needed": needed})
        if needed == 0:
            yield Broken(other, _("is empty"), _("at least one entry is needed"))


def _products(config: Config) -> Iterator[Broken]:
    model, segment, hop = config.model, config.train.segment_size, config.data.hop_length
    made = model.samples_per_frame
    if made != hop:
        what = _(
            "rates {rates} x iSTFT hop {model.gen_istft_hop_size} x {model.subbands} subbands = {made}, "
            "which is not data.hop_length {data.hop_length}"
        )
        fit = _("data.hop_length {samples} would fit").format(samples=made)
        rates = " x ".join(map(str, model.upsample_rates))
        yield Broken("model.upsample_rates", what, fit, {"rates": rates, "made": made})
    if segment % hop:
        what = _("{value} is not a multiple of data.hop_length {data.hop_length}")
        yield Broken("train.segment_size", what, max(1, round(segment / hop)) * hop)


def _widths(config: Config) -> Iterator[Broken]:
    model = config.model
    if model.hidden_channels % model.n_heads:
        what = _("{value} cannot be shared by {model.n_heads} heads")
        yield Broken("model.hidden_channels", what, _("make it a multiple of model.n_heads"))
    if model.inter_channels % 2:
        yield Broken("model.inter_channels", _("{value} is odd"), _("the flow halves it"))
    if model.upsample_initial_channel % 2 ** len(model.upsample_rates):
        what, times = _("{value} cannot be halved {times} times"), len(model.upsample_rates)
        yield Broken("model.upsample_initial_channel", what, "", {"times": times})
    if model.discriminator_channels % 256:
        yield Broken("model.discriminator_channels", _("{value} is not a multiple of 256"), 256)
    if config.data.n_speakers > 1 and model.gin_channels <= 0:
        what = _("data.n_speakers is {data.n_speakers}, but model.gin_channels is not set")
        yield Broken("model.gin_channels", what, 256)


def _kernels(config: Config) -> Iterator[Broken]:
    """Kernels must keep a length, or multiply it exactly."""
    model = config.model
    for i, kernel in enumerate(model.resblock_kernel_sizes):
        if kernel % 2 == 0:
            what = _("{value} is even, so its convolution would not keep a length")
            yield Broken(f"model.resblock_kernel_sizes[{i}]", what, kernel + 1)
    for i, (kernel, rate) in enumerate(zip(model.upsample_kernel_sizes, model.upsample_rates, strict=True)):
        if kernel < rate or (kernel - rate) % 2:
            what = _("{value} cannot upsample by {rate} exactly")
            yield Broken(f"model.upsample_kernel_sizes[{i}]", what, max(kernel + 1, rate), {"rate": rate})


def _transforms(config: Config) -> Iterator[Broken]:
    """Windows must fit the transforms, and segments must be long enough to be padded by reflection."""
    train, data, model = config.train, config.data, config.model
    hop = model.gen_istft_hop_size
    if model.gen_istft_n_fft % 2 or hop >= model.gen_istft_n_fft:
        what = _("{value} cannot be cut into overlapping hops of {model.gen_istft_hop_size}")
        yield Broken("model.gen_istft_n_fft", what, 4 * hop)
    if data.filter_length < data.hop_length or (data.filter_length - data.hop_length) % 2:
        what = _("{value} does not overlap evenly with data.hop_length {data.hop_length}")
        yield Broken("data.filter_length", what, 4 * data.hop_length)
    if data.win_length > data.filter_length:
        what = _("{value} is longer than data.filter_length {data.filter_length}")
        yield Broken("data.win_length", what, data.filter_length)
    for i, (window, size) in enumerate(zip(train.win_lengths, train.fft_sizes, strict=True)):
        if window > size:
            what = _("{value} is longer than train.fft_sizes[{i}], {size}")
            yield Broken(f"train.win_lengths[{i}]", what, size, {"i": i, "size": size})
    least = (data.filter_length - data.hop_length) // 2
    if model.decoder == "multiband":  # its sub-band loss pads each band
        least = max(least, model.subbands * (max(train.fft_sizes) // 2))
    if train.segment_size <= least:
        what = _("{value} samples are too few for the losses' transforms")
        yield Broken("train.segment_size", what, (least // data.hop_length + 1) * data.hop_length)


def _data(config: Config) -> Iterator[Broken]:
    """Frequencies, lengths of texts, and symbols: texts are split into characters, the first symbol is the blank."""
    data, half = config.data, config.data.sampling_rate / 2
    if data.mel_fmax is not None and not data.mel_fmin < data.mel_fmax <= half:
        what = _("{value} is not between mel_fmin and half the rate")
        yield Broken("data.mel_fmax", what, _("null means half the rate"))
    if data.mel_fmin >= half:
        yield Broken("data.mel_fmin", _("{value} is not below half the rate, {half}"), 0, {"half": half})
    if data.min_text_len > data.max_text_len:
        yield Broken("data.min_text_len", _("{value} is above data.max_text_len {data.max_text_len}"), 1)
    if config.symbols == ():
        fix = _("remove it for the English table, or name them, the blank first")
        yield Broken("symbols", _("is empty"), fix)
    for symbol in config.symbols or ():
        if len(symbol) != 1:
            what, fix = _('holds "{symbol}" of {count} characters'), _("each symbol must be one character")
            yield Broken("symbols", what, fix, {"symbol": symbol, "count": len(symbol)})
