"""Rules between the values of a config; those of single values stand in the schema."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from engine.config.reader import Fault
from engine.config.schema import Config

Broken = tuple[str, str, str]  # key, what is wrong with it, what would fit
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
    rules = (_lengths, _products, _widths, _kernels, _transforms, _data)
    for key, what, fix in itertools.chain.from_iterable(rule(config) for rule in rules):
        raise fault(key, what, fix)


def _lengths(config: Config) -> Iterator[Broken]:
    """Lists that must have the same length."""
    for key, other in _SAME_LENGTHS:
        has, needed = (len(getattr(getattr(config, name[:5]), name[6:])) for name in (key, other))
        if has != needed:
            yield key, f"has {has} entries where {other} has {needed}", f"{needed} would fit"
        if needed == 0:
            yield other, "is empty", "at least one entry is needed"


def _products(config: Config) -> Iterator[Broken]:
    model, data, segment = config.model, config.data, config.train.segment_size
    made = model.samples_per_frame
    if made != data.hop_length:
        rates = " x ".join(str(rate) for rate in model.upsample_rates)
        product = f"rates {rates} x iSTFT hop {model.gen_istft_hop_size} x {model.subbands} subbands = {made}"
        what = f"{product}, which is not data.hop_length {data.hop_length}"
        yield "model.upsample_rates", what, f"data.hop_length {made} would fit"
    if segment % data.hop_length:
        nearest = max(1, round(segment / data.hop_length)) * data.hop_length
        what = f"{segment} is not a multiple of data.hop_length {data.hop_length}"
        yield "train.segment_size", what, f"{nearest} would fit"


def _widths(config: Config) -> Iterator[Broken]:
    model, speakers = config.model, config.data.n_speakers
    if model.hidden_channels % model.n_heads:
        what = f"{model.hidden_channels} cannot be shared by {model.n_heads} heads"
        yield "model.hidden_channels", what, "make it a multiple of model.n_heads"
    if model.inter_channels % 2:
        yield "model.inter_channels", f"{model.inter_channels} is odd", "the flow halves it"
    if model.upsample_initial_channel % 2 ** len(model.upsample_rates):
        what = f"{model.upsample_initial_channel} cannot be halved {len(model.upsample_rates)} times"
        yield "model.upsample_initial_channel", what, ""
    if model.discriminator_channels % 256:
        what = f"{model.discriminator_channels} is not a multiple of 256"
        yield "model.discriminator_channels", what, "256 would fit"
    if speakers > 1 and model.gin_channels <= 0:
        what = f"data.n_speakers is {speakers}, but model.gin_channels is not set"
        yield "model.gin_channels", what, "256 would fit"


def _kernels(config: Config) -> Iterator[Broken]:
    """Kernels must keep a length, or multiply it exactly."""
    model = config.model
    for i, kernel in enumerate(model.resblock_kernel_sizes):
        if kernel % 2 == 0:
            what = f"{kernel} is even, so its convolution would not keep a length"
            yield f"model.resblock_kernel_sizes[{i}]", what, f"{kernel + 1} would fit"
    for i, (kernel, rate) in enumerate(zip(model.upsample_kernel_sizes, model.upsample_rates, strict=True)):
        if kernel < rate or (kernel - rate) % 2:
            what = f"{kernel} cannot upsample by {rate} exactly"
            yield f"model.upsample_kernel_sizes[{i}]", what, f"{max(kernel + 1, rate)} would fit"


def _transforms(config: Config) -> Iterator[Broken]:
    """Windows must fit the transforms, and segments must be long enough to be padded by reflection."""
    train, data, model = config.train, config.data, config.model
    hop = model.gen_istft_hop_size
    if model.gen_istft_n_fft % 2 or hop >= model.gen_istft_n_fft:
        what = f"{model.gen_istft_n_fft} cannot be cut into overlapping hops of {hop}"
        yield "model.gen_istft_n_fft", what, f"{4 * hop} would fit"
    if data.filter_length < data.hop_length or (data.filter_length - data.hop_length) % 2:
        what = f"{data.filter_length} does not overlap evenly with data.hop_length {data.hop_length}"
        yield "data.filter_length", what, f"{4 * data.hop_length} would fit"
    if data.win_length > data.filter_length:
        what = f"{data.win_length} is longer than data.filter_length {data.filter_length}"
        yield "data.win_length", what, f"{data.filter_length} would fit"
    for i, (window, size) in enumerate(zip(train.win_lengths, train.fft_sizes, strict=True)):
        if window > size:
            what = f"{window} is longer than train.fft_sizes[{i}], {size}"
            yield f"train.win_lengths[{i}]", what, f"{size} would fit"
    least = (data.filter_length - data.hop_length) // 2
    if model.decoder == "multiband":  # its sub-band loss pads each band
        least = max(least, model.subbands * (max(train.fft_sizes) // 2))
    if train.segment_size <= least:
        fitting = (least // data.hop_length + 1) * data.hop_length
        what = f"{train.segment_size} samples are too few for the losses' transforms"
        yield "train.segment_size", what, f"{fitting} would fit"


def _data(config: Config) -> Iterator[Broken]:
    """Frequencies, lengths of texts, and symbols: texts are split into characters, the first symbol is the blank."""
    data, half = config.data, config.data.sampling_rate / 2
    if data.mel_fmax is not None and not data.mel_fmin < data.mel_fmax <= half:
        what = f"{data.mel_fmax} is not between mel_fmin and half the rate"
        yield "data.mel_fmax", what, "null means half the rate"
    if data.mel_fmin >= half:
        yield "data.mel_fmin", f"{data.mel_fmin} is not below half the rate, {half}", "0 would fit"
    if data.min_text_len > data.max_text_len:
        what = f"{data.min_text_len} is above data.max_text_len {data.max_text_len}"
        yield "data.min_text_len", what, "1 would fit"
    if config.symbols == ():
        yield "symbols", "is empty", "remove it for the English table, or name them, the blank first"
    for symbol in config.symbols or ():
        if len(symbol) != 1:
            what = f'holds "{symbol}" of {len(symbol)} characters'
            yield "symbols", what, "each symbol must be one character"
