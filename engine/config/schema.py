"""A voice's config: frozen dataclasses over the family's JSON (`train`, `data`, `model`).

The family writes three booleans to say which decoder it means; here they are one `decoder` choice, written back as
the booleans, so that a config saved here loads in the family's own tools.
"""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass
from typing import Any, Literal

from engine.config.reader import FROM_0, Rule, one_of, setting
from engine.i18n import _
from engine.languages import NORMALISE

Decoder = Literal["multiband", "multistream", "istft"]
DECODER_FLAGS: dict[str, Decoder] = {
    "mb_istft_vits": "multiband",
    "ms_istft_vits": "multistream",
    "istft_vits": "istft",
}
WINDOWS = ("hann_window", "hamming_window", "blackman_window", "bartlett_window")
OPTIMIZERS = ("fused", "foreach", "loop")
PRECISIONS = ("", "fp32", "bf16", "fp16", "auto")
_BELOW_1 = Rule(_("from 0 to below 1"), lambda value: 0 <= value < 1)
_UNUSED = "Not used, here and in the family; kept so that its tools find the key."


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """How to train."""

    log_interval: int = setting("Steps between two lines of the log.", 200)
    eval_interval: int = setting("Steps between two validations; each saves a checkpoint.", 1000)
    seed: int = setting("Decides every random number of the training.", 1234, rule=FROM_0)
    epochs: int = setting("Passes over the training clips.", 20000)
    learning_rate: float = setting("Learning rate of both AdamW optimisers in the first epoch.", 2e-4)
    betas: tuple[float, float] = setting("Betas of both optimisers.", (0.8, 0.99), rule=_BELOW_1)
    eps: float = setting("Epsilon of both optimisers.", 1e-9)
    batch_size: int = setting("Clips a step and device.", 64)
    buckets: tuple[int, ...] = setting(
        "Clips of one bucket share a batch: the most frames of each bucket, ascending; longer clips share one more. "
        "Empty: 300, 400, 500 and so on, as in the family.",
        (),
        family=False,
    )
    fp16_run: bool = setting("Half precision on a GPU; a CPU trains in full precision all the same.", False)
    precision: str = setting(
        "fp32, bf16, fp16 or auto: bf16 where the device has units for it, else fp16 on a GPU and fp32 on a CPU. "
        "Empty: what fp16_run says.",
        "",
        rule=Rule(_("fp32, bf16, fp16, auto or empty"), lambda value: value in PRECISIONS),
        family=False,
    )
    compile: bool = setting(
        "Compile the discriminators, on a GPU with Triton only. The first steps then take minutes.",
        False,
        family=False,
    )
    optimizer: str = setting(
        "How AdamW updates the weights: fused, all in one kernel; foreach or loop, slower, as in the family's tools.",
        "fused",
        rule=one_of(*OPTIMIZERS),
        family=False,
    )
    lr_decay: float = setting("Multiplies the learning rate after each epoch.", 0.999875)
    segment_size: int = setting("Samples of a clip that the decoder is trained on in a step.", 8192)
    init_lr_ratio: float = setting(_UNUSED, 1.0)
    warmup_epochs: int = setting(_UNUSED, 0, rule=FROM_0)
    adversarial_start: int = setting(
        "Steps without the discriminators at the start: a small voice learns words sooner.",
        0,
        rule=FROM_0,
        family=False,
    )
    whisper_model: str = setting(
        "Folder of a faster-whisper model that counts misunderstood characters at each validation; empty: none.",
        "",
        family=False,
    )
    ema: float = setting(
        "Decay of a moving average of the generator's weights, which speaks instead of them, as 0.999; 0: none.",
        0.0,
        rule=_BELOW_1,
        family=False,
    )
    c_mel: float = setting("Weight of the mel loss.", 45.0, rule=FROM_0)
    c_kl: float = setting("Weight of the KL loss.", 1.0, rule=FROM_0)
    fft_sizes: tuple[int, ...] = setting(
        "FFT sizes of the multiband decoder's sub-band STFT loss, one a resolution, in samples of a band.",
        (384, 683, 171),
    )
    hop_sizes: tuple[int, ...] = setting("Hops of the sub-band STFT loss.", (30, 60, 10))
    win_lengths: tuple[int, ...] = setting("Window lengths of the sub-band STFT loss.", (150, 300, 60))
    window: str = setting("Window of the sub-band STFT loss.", "hann_window", rule=one_of(*WINDOWS))


@dataclass(frozen=True, slots=True)
class DataConfig:
    """What to train on."""

    training_files: str = setting("Filelist of the training clips.", "filelists/train.txt.cleaned")
    validation_files: str = setting("Filelist of the validation clips.", "filelists/val.txt.cleaned")
    text_cleaners: tuple[str, ...] = setting("Cleaners of the texts, in their order.", ("english_cleaners2",))
    normaliser: str = setting(
        'Rules that write numbers and signs as words before the cleaners, as "de-1"; empty: none.',
        "",
        family=False,
    )
    max_wav_value: float = setting("Full scale of the wav files' samples.", 32768.0)
    sampling_rate: int = setting("Samples a second of the clips.", 22050)
    filter_length: int = setting("FFT size of the spectrograms, in samples.", 1024)
    hop_length: int = setting("Samples a frame; must be what the decoder makes of one.", 256)
    win_length: int = setting("Window of the spectrograms, in samples.", 1024)
    n_mel_channels: int = setting("Mel bands.", 80)
    mel_fmin: float = setting("Lowest frequency of the mel bands, in Hz.", 0.0, rule=FROM_0)
    mel_fmax: float | None = setting("Highest frequency of the mel bands, in Hz; null: half the rate.", None)
    add_blank: bool = setting("Whether a blank stands between the symbols of a text.", True)
    n_speakers: int = setting("Speakers of the filelists; 0 for one voice.", 0, rule=FROM_0)
    cleaned_text: bool = setting("Whether the filelists hold text that the cleaners wrote.", True)
    min_text_len: int = setting("Clips with fewer symbols are left out.", 1)
    max_text_len: int = setting("Clips with more symbols are left out.", 190)
    max_frames: int = setting("Training clips with more frames are left out.", 1000, family=False)

    @property
    def cleaning(self) -> tuple[str, ...]:
        """The normaliser, if any, then the cleaners."""
        return ((NORMALISE + self.normaliser,) if self.normaliser else ()) + self.text_cleaners

    @property
    def n_spec_channels(self) -> int:
        """Bins of the linear spectrogram."""
        return self.filter_length // 2 + 1


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """Sizes of the network."""

    decoder: Decoder = setting(
        "In the file three booleans, one true: " + ", ".join(DECODER_FLAGS) + ".", "multiband"
    )
    subbands: int = setting("Bands of the decoder; the plain iSTFT decoder has 1, written as false.", 4)
    gen_istft_n_fft: int = setting("FFT size of the decoder's inverse transform.", 16)
    gen_istft_hop_size: int = setting("Hop of the decoder's inverse transform.", 4)
    inter_channels: int = setting("Channels of the latent z.", 192)
    hidden_channels: int = setting("Channels of text encoder, posterior encoder and flow.", 192)
    filter_channels: int = setting("Channels inside the text encoder's feed-forward layers.", 768)
    n_heads: int = setting("Attention heads of the text encoder.", 2)
    n_layers: int = setting("Layers of the text encoder.", 6)
    kernel_size: int = setting("Kernel of the text encoder's feed-forward layers.", 3)
    p_dropout: float = setting("Dropout of the text encoder.", 0.1, rule=_BELOW_1)
    resblock: str = setting("Kind of the decoder's residual blocks.", "1", rule=one_of("1", "2"))
    resblock_kernel_sizes: tuple[int, ...] = setting("Kernels of the residual blocks.", (3, 7, 11))
    resblock_dilation_sizes: tuple[tuple[int, ...], ...] = setting(
        "Dilations of each of the residual blocks.", ((1, 3, 5), (1, 3, 5), (1, 3, 5))
    )
    upsample_rates: tuple[int, ...] = setting("Factors of the decoder's upsampling layers.", (4, 4))
    upsample_initial_channel: int = setting(
        "Channels before the first upsampling layer; each layer halves them.", 512
    )
    upsample_kernel_sizes: tuple[int, ...] = setting("Kernels of the upsampling layers.", (16, 16))
    n_layers_q: int = setting(_UNUSED, 3)
    use_spectral_norm: bool = setting("Spectral instead of weight norm in the discriminators.", False)
    use_sdp: bool = setting("The stochastic duration predictor instead of the plain one.", False)
    gin_channels: int = setting("Channels of a speaker's embedding; 0 for one voice.", 0, rule=FROM_0)
    discriminator_channels: int = setting(
        "Channels of the discriminators' widest layers; 256 lets two processor cores train.",
        1024,
        family=False,
    )

    @property
    def samples_per_frame(self) -> int:
        """Samples that the decoder makes of one frame; must equal the data's hop length."""
        return math.prod(self.upsample_rates) * self.gen_istft_hop_size * self.subbands


@dataclass(frozen=True, slots=True)
class Config:
    """A whole config file."""

    train: TrainConfig = dataclasses.field(default_factory=TrainConfig)
    data: DataConfig = dataclasses.field(default_factory=DataConfig)
    model: ModelConfig = dataclasses.field(default_factory=ModelConfig)
    symbols: tuple[str, ...] | None = setting(
        "Symbols in the order of their ids, the blank first; without it the English table.",
        None,
        family=False,
    )
    speakers: tuple[str, ...] | None = setting(
        "Names of the speakers in the order of their ids.", None, family=False
    )

    def to_json(self) -> str:
        """The family's JSON, one key a line; `load` reads it back equal."""
        sections = {
            "train": _plain(self.train),
            "data": _plain(self.data),
            "model": _family_model(self.model),
        }
        blocks = []
        for name, values in sections.items():
            lines = (f"    {json.dumps(key)}: {json.dumps(value)}" for key, value in values.items())
            blocks.append(f'  "{name}": {{\n' + ",\n".join(lines) + "\n  }")
        for name, names in (("speakers", self.speakers), ("symbols", self.symbols)):
            if names is not None:
                blocks.append(f'  "{name}": {json.dumps(list(names), ensure_ascii=False)}')
        return "{\n" + ",\n".join(blocks) + "\n}\n"


def _plain(section: Any) -> dict[str, Any]:
    """A section's values; a key that the family does not read is left out while it holds its default."""
    return {
        each.name: value
        for each in dataclasses.fields(section)
        if (value := getattr(section, each.name)) != each.default or each.metadata["family"]
    }


def _family_model(model: ModelConfig) -> dict[str, Any]:
    values = _plain(model)
    decoder = values.pop("decoder")
    if decoder == "istft":
        values["subbands"] = False
    return {key: choice == decoder for key, choice in DECODER_FLAGS.items()} | values
