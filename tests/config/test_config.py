"""Configs: the family's files load, every fault is named with its line and what would fit, and writing reads back."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docs.config_rows import config_rows, settings_rows
from engine import config
from engine.config import DataConfig, ModelConfig, TrainConfig
from engine.errors import InputError

ROOT = Path(__file__).resolve().parents[2]
DECODERS = {
    "ljs_mb_istft_vits": "multiband",
    "ljs_mini_mb_istft_vits": "multiband",
    "ljs_ms_istft_vits": "multistream",
    "ljs_istft_vits": "istft",
    "ljs_mini_istft_vits": "istft",
    "small_cpu": "multiband",
}


@pytest.fixture
def tree() -> dict[str, Any]:
    """The usual config as plain JSON, to be spoilt."""
    found: dict[str, Any] = json.loads((ROOT / "configs" / "ljs_mb_istft_vits.json").read_text())
    return found


@pytest.mark.parametrize("name", DECODERS)
def test_a_shipped_config_loads_and_reads_back_what_it_writes(name: str) -> None:
    path = ROOT / "configs" / f"{name}.json"
    read = config.load(path)
    assert read.model.decoder == DECODERS[name]
    assert config.parse(read.to_json()) == read
    # and the family's tools see the same values in it
    before, after = json.loads(path.read_text()), json.loads(read.to_json())
    for section in before:
        assert before[section].items() <= after[section].items()


FAULTS: list[tuple[str, Any, str]] = [
    # one of each rule; test_reader has those of types
    ("train.batch_size", 0, "is 0; it must be above 0"),
    ("train.c_kl", -1.0, "is -1.0; it must be 0 or above"),
    ("train.betas[1]", 1.0, "is 1.0; it must be from 0 to below 1"),
    ("train.window", "zeros", 'is "zeros"; it must be one of hann_window'),
    ("model.resblock", "3", 'is "3"; it must be one of 1, 2'),
    # values with each other
    ("train.segment_size", 8000, "8000 is not a multiple of data.hop_length 256; 7936 would fit"),
    ("train.segment_size", 1280, "1280 samples are too few for the losses' transforms; 1536 would fit"),
    ("train.hop_sizes", [30, 60], "has 2 entries where train.fft_sizes has 3; 3 would fit"),
    ("train.win_lengths[2]", 172, "172 is longer than train.fft_sizes[2], 171; 171 would fit"),
    ("data.mel_fmax", 20000.0, "20000.0 is not between mel_fmin and half the rate; null means half the rate"),
    ("data.mel_fmin", 11025, "11025.0 is not below half the rate, 11025.0; 0 would fit"),
    ("data.win_length", 2048, "2048 is longer than data.filter_length 1024; 1024 would fit"),
    ("data.filter_length", 255, "255 does not overlap evenly with data.hop_length 256; 1024 would fit"),
    ("data.min_text_len", 300, "300 is above data.max_text_len 190; 1 would fit"),
    ("model.hidden_channels", 193, "193 cannot be shared by 2 heads"),
    ("model.inter_channels", 191, "191 is odd"),
    ("model.upsample_initial_channel", 510, "510 cannot be halved 2 times"),
    ("model.discriminator_channels", 300, "300 is not a multiple of 256; 256 would fit"),
    ("model.resblock_kernel_sizes[1]", 8, "8 is even"),
    ("model.upsample_kernel_sizes[1]", 15, "15 cannot upsample by 4 exactly; 16 would fit"),
    ("model.upsample_kernel_sizes[0]", 2, "2 cannot upsample by 4 exactly; 4 would fit"),
    ("model.gen_istft_n_fft", 15, "15 cannot be cut into overlapping hops of 4; 16 would fit"),
    ("model.gen_istft_n_fft", 4, "4 cannot be cut into overlapping hops of 4; 16 would fit"),
    # the decoder
    ("model.decoder", "istft", "unknown key; set one of mb_istft_vits"),
    (
        "model.ms_istft_vits",
        True,
        "two decoders are chosen: mb_istft_vits and ms_istft_vits; set exactly one",
    ),
    ("model.mb_istft_vits", "yes", 'is "yes"; it must be true or false'),
    # of the whole file
    ("symbols", [], "is empty"),
    ("symbols", ["_", "ts"], 'holds "ts" of 2 characters; each symbol must be one character'),
    ("extra", {}, "unknown key; the sections are train, data and model"),
    ("train", None, "this section is missing"),
]
OF_ANOTHER_KEY: list[tuple[str, Any, str]] = [
    (
        "model.upsample_rates",
        [8, 8],
        "= 1024, which is not data.hop_length 256; data.hop_length 1024 would fit",
    ),
    ("data.n_speakers", 4, " model.gin_channels: data.n_speakers is 4"),
    ("model.mb_istft_vits", False, " model: no decoder is chosen; set exactly one"),
    ("model.resblock_dilation_sizes", [[1, 3, 5], [1, 0, 5], [1]], "_sizes[1][1]: is 0"),
]


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [*((key, value, f" {key}: {words}") for key, value, words in FAULTS), *OF_ANOTHER_KEY],
)
def test_fault_is_named_with_its_key_and_what_would_fit(
    tree: dict[str, Any], key: str, value: Any, words: str
) -> None:
    *above, last = re.findall(r"[^.\[\]]+", key)
    place: Any = tree
    for part in above:
        place = place[part]
    place[int(last) if isinstance(place, list) else last] = value
    if value is None:
        del place[last]
    with pytest.raises(InputError) as caught:
        config.parse(json.dumps(tree, indent=2), "my.json")
    assert words in f" {caught.value}"
    assert caught.value.line is not None or value is None


def test_the_plain_istft_decoder_has_one_band_whatever_the_file_says(tree: dict[str, Any]) -> None:
    tree["model"] |= {"mb_istft_vits": False, "istft_vits": True, "subbands": False, "upsample_rates": [8, 8]}
    read = config.parse(json.dumps(tree))
    assert (read.model.decoder, read.model.subbands) == ("istft", 1)
    assert json.loads(read.to_json())["model"]["subbands"] is False


def test_buckets_must_ascend(tree: dict[str, Any]) -> None:
    tree["train"]["buckets"] = [200, 400]
    assert config.parse(json.dumps(tree)).train.buckets == (200, 400)
    tree["train"]["buckets"] = [200, 400, 400]
    with pytest.raises(InputError, match=r"train\.buckets\[2\]: 400 is not above .* 400; 401 would fit"):
        config.parse(json.dumps(tree))
    tree["train"]["buckets"] = [0, 400]
    with pytest.raises(InputError, match=r"train\.buckets\[0\]: is 0; it must be above 0"):
        config.parse(json.dumps(tree))


def test_speakers_may_be_a_map_of_names_to_ids(tree: dict[str, Any]) -> None:
    tree["speakers"] = {"b": 1, "a": 0}
    assert config.parse(json.dumps(tree)).speakers == ("a", "b")


words = st.text(st.characters(codec="utf-8"), max_size=8)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)
keys = [
    (section, each.name)
    for section, kind in (("train", TrainConfig), ("data", DataConfig), ("model", ModelConfig))
    for each in dataclasses.fields(kind)
]


@given(st.sampled_from(keys), json_values)
def test_any_value_anywhere_loads_or_is_an_input_error(key: tuple[str, str], value: Any) -> None:
    spoilt: dict[str, Any] = json.loads((ROOT / "configs" / "ljs_mb_istft_vits.json").read_text())
    spoilt[key[0]][key[1]] = value
    with contextlib.suppress(InputError):
        read = config.parse(json.dumps(spoilt))
        assert config.parse(read.to_json()) == read


def test_every_key_of_both_files_is_described() -> None:
    described = {row.key: row for row in (*config_rows(), *settings_rows())}
    shipped = json.loads((ROOT / "configs" / "ljs_mb_istft_vits.json").read_text())
    assert {f"{section}.{key}" for section, keys in shipped.items() for key in keys} <= set(described)
    assert described["train.betas"][1:3] == ("list of 2 x number", "[0.8, 0.99]")
    assert described["data.mel_fmax"].type == "number or null"
    assert described["transcribe.language"].default == '""'
    assert [key for key, row in described.items() if not row.meaning.endswith(".")] == []
    ours = {"symbols", "speakers", "data.normaliser", "data.max_frames", "model.discriminator_channels"}
    ours |= {"train.adversarial_start", "train.whisper_model", "train.ema"}
    ours |= {"train.precision", "train.compile", "train.optimizer", "train.buckets"}
    assert ours == {row.key for row in config_rows() if not row.family}
