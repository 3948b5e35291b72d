"""Rules between the values of a config; those of single values stand in the schema."""

from __future__ import annotations

import math

from engine.config.reader import Fault
from engine.config.schema import Config


def check(config: Config, fault: Fault) -> None:
    """Raise the first fault found, with its key and what would fit.

    Raises:
        InputError: made by `fault`.
    """
    _check_products(config, fault)
    _check_lengths(config, fault)
    _check_widths(config, fault)
    _check_kernels(config, fault)
    _check_transforms(config, fault)
    _check_data(config, fault)
    _check_symbols(config, fault)


def _check_products(config: Config, fault: Fault) -> None:
    model, data, segment = config.model, config.data, config.train.segment_size
    made = model.samples_per_frame
    if made != data.hop_length:
        rates = " x ".join(str(rate) for rate in model.upsample_rates)
        product = f"rates {rates} x iSTFT hop {model.gen_istft_hop_size} x {model.subbands} subbands = {made}"
        what = f"{product}, which is not data.hop_length {data.hop_length}"
        raise fault("model.upsample_rates", what, _fitting_product(config))
    if segment % data.hop_length:
        nearest = max(1, round(segment / data.hop_length)) * data.hop_length
        what = f"{segment} is not a multiple of data.hop_length {data.hop_length}"
        raise fault("train.segment_size", what, f"{nearest} would fit")


def _fitting_product(config: Config) -> str:
    """The change of one key that makes the product equal the hop length."""
    model, hop = config.model, config.data.hop_length
    rest, remainder = divmod(hop, model.gen_istft_hop_size * model.subbands)
    root = math.isqrt(rest)
    if remainder == 0 and len(model.upsample_rates) == 2 and root * root == rest:
        return f"model.upsample_rates [{root}, {root}] would fit"
    return f"data.hop_length {model.samples_per_frame} would fit"


def _check_lengths(config: Config, fault: Fault) -> None:
    """Lists that must have the same length."""
    pairs = (
        ("train.hop_sizes", "train.fft_sizes"),
        ("train.win_lengths", "train.fft_sizes"),
        ("model.upsample_kernel_sizes", "model.upsample_rates"),
        ("model.resblock_dilation_sizes", "model.resblock_kernel_sizes"),
    )
    for key, other in pairs:
        has, needed = len(_value(config, key)), len(_value(config, other))
        if has != needed:
            raise fault(key, f"has {has} entries where {other} has {needed}", f"{needed} would fit")
        if needed == 0:
            raise fault(other, "is empty", "at least one entry is needed")


def _value(config: Config, key: str) -> tuple[int, ...]:
    section, _, name = key.partition(".")
    values: tuple[int, ...] = getattr(getattr(config, section), name)
    return values


def _check_widths(config: Config, fault: Fault) -> None:
    model = config.model
    if model.hidden_channels % model.n_heads:
        what = f"{model.hidden_channels} cannot be shared by {model.n_heads} heads"
        raise fault("model.hidden_channels", what, "make it a multiple of model.n_heads")
    if model.inter_channels % 2:
        raise fault("model.inter_channels", f"{model.inter_channels} is odd", "the flow halves it")
    if model.upsample_initial_channel % 2 ** len(model.upsample_rates):
        what = f"{model.upsample_initial_channel} cannot be halved {len(model.upsample_rates)} times"
        raise fault("model.upsample_initial_channel", what)
    wide = model.discriminator_channels
    if wide % 256:
        nearest = max(1, round(wide / 256)) * 256
        raise fault(
            "model.discriminator_channels", f"{wide} is not a multiple of 256", f"{nearest} would fit"
        )
    if config.data.n_speakers > 1 and model.gin_channels <= 0:
        what = f"data.n_speakers is {config.data.n_speakers}, but model.gin_channels is not set"
        raise fault("model.gin_channels", what, "256 would fit")


def _check_kernels(config: Config, fault: Fault) -> None:
    """Kernels must keep a length, or multiply it exactly."""
    model = config.model
    for i, kernel in enumerate(model.resblock_kernel_sizes):
        if kernel % 2 == 0:
            what = f"{kernel} is even, so its convolution would not keep a length"
            raise fault(f"model.resblock_kernel_sizes[{i}]", what, f"{kernel + 1} would fit")
    for i, (kernel, rate) in enumerate(zip(model.upsample_kernel_sizes, model.upsample_rates, strict=True)):
        if kernel < rate or (kernel - rate) % 2:
            what = f"{kernel} cannot upsample by {rate} exactly"
            fitting = max(kernel + 1, rate) if kernel >= rate else rate
            raise fault(f"model.upsample_kernel_sizes[{i}]", what, f"{fitting} would fit")


def _check_transforms(config: Config, fault: Fault) -> None:
    """Windows must fit the transforms, and segments must be long enough to be padded by reflection."""
    train, data, model = config.train, config.data, config.model
    if model.gen_istft_n_fft % 2 or model.gen_istft_hop_size >= model.gen_istft_n_fft:
        hop = model.gen_istft_hop_size
        what = f"{model.gen_istft_n_fft} cannot be cut into overlapping hops of {hop}"
        raise fault("model.gen_istft_n_fft", what, f"{4 * hop} would fit")
    if data.filter_length < data.hop_length or (data.filter_length - data.hop_length) % 2:
        what = f"{data.filter_length} does not overlap evenly with data.hop_length {data.hop_length}"
        raise fault("data.filter_length", what, f"{4 * data.hop_length} would fit")
    if data.win_length > data.filter_length:
        what = f"{data.win_length} is longer than data.filter_length {data.filter_length}"
        raise fault("data.win_length", what, f"{data.filter_length} would fit")
    for i, (window, size) in enumerate(zip(train.win_lengths, train.fft_sizes, strict=True)):
        if window > size:
            what = f"{window} is longer than train.fft_sizes[{i}], {size}"
            raise fault(f"train.win_lengths[{i}]", what, f"{size} would fit")
    least = (data.filter_length - data.hop_length) // 2
    if model.decoder == "multiband":  # its sub-band loss pads each band
        least = max(least, model.subbands * (max(train.fft_sizes) // 2))
    if train.segment_size <= least:
        fitting = (least // data.hop_length + 1) * data.hop_length
        what = f"{train.segment_size} samples are too few for the losses' transforms"
        raise fault("train.segment_size", what, f"{fitting} would fit")


def _check_data(config: Config, fault: Fault) -> None:
    data = config.data
    half = data.sampling_rate / 2
    if data.mel_fmax is not None and not data.mel_fmin < data.mel_fmax <= half:
        what = f"{data.mel_fmax} is not between mel_fmin and half the rate"
        raise fault("data.mel_fmax", what, "null means half the rate")
    if data.mel_fmin >= half:
        raise fault("data.mel_fmin", f"{data.mel_fmin} is not below half the rate, {half}", "0 would fit")
    if data.min_text_len > data.max_text_len:
        what = f"{data.min_text_len} is above data.max_text_len {data.max_text_len}"
        raise fault("data.min_text_len", what, "1 would fit")


def _check_symbols(config: Config, fault: Fault) -> None:
    """Texts are split into characters; the first symbol is the blank."""
    if config.symbols is None:
        return
    if not config.symbols:
        raise fault(
            "symbols", "is empty", "remove it for the English table, or name the symbols, the blank first"
        )
    for symbol in config.symbols:
        if len(symbol) != 1:
            what = f'holds "{symbol}" of {len(symbol)} characters'
            raise fault("symbols", what, "each symbol must be one character")
