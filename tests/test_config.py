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

from engine import config
from engine.config import Config, DataConfig, ModelConfig, TrainConfig
from engine.config.describe import config_rows, settings_rows
from engine.config.schema import WINDOWS
from engine.errors import InputError

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = sorted((ROOT / "configs").glob("*.json"))
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


def refusal(tree: dict[str, Any]) -> str:
    with pytest.raises(InputError) as caught:
        config.parse(json.dumps(tree, indent=2), "my.json")
    assert caught.value.line is not None
    return str(caught.value)


def test_every_config_of_the_issue_is_shipped_and_loads() -> None:
    assert {path.stem: config.load(path).model.decoder for path in SHIPPED} == DECODERS


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_config_reads_back_what_it_writes(path: Path) -> None:
    read = config.load(path)
    assert config.parse(read.to_json()) == read
    # and the family's tools see the same values in it
    before, after = json.loads(path.read_text()), json.loads(read.to_json())
    for section in before:
        assert before[section].items() <= after[section].items()


FAULTS: list[tuple[str, Any, str]] = [
    # each value by itself
    ("train.learning_rat", 1, "unknown key; did you mean learning_rate?"),
    ("model.zzz", 1, "unknown key; remove it"),
    ("train.batch_size", "64", 'is "64"; it must be a whole number'),
    ("train.batch_size", 6.5, "is 6.5; it must be a whole number"),
    ("train.batch_size", True, "is true; it must be a whole number"),
    ("train.batch_size", 0, "is 0; it must be above 0"),
    ("train.c_kl", -1.0, "is -1.0; it must be 0 or above"),
    ("train.betas", 0.8, "is 0.8; it must be a list"),
    ("train.betas", [0.8], "has 1 entries; it must have 2"),
    ("train.betas[1]", 1.0, "is 1.0; it must be from 0 to below 1"),
    ("train.fp16_run", 1, "is 1; it must be true or false"),
    ("train.fft_sizes[1]", "683", 'is "683"; it must be a whole number'),
    ("train.learning_rate", float("nan"), "is NaN; it must be a finite number"),
    ("train.window", "zeros", 'is "zeros"; it must be one of hann_window'),
    ("model.p_dropout", 1.5, "is 1.5; it must be from 0 to below 1"),
    ("model.resblock", "3", 'is "3"; it must be one of 1, 2'),
    ("data.sampling_rate", -1, "is -1; it must be above 0"),
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
]


@pytest.mark.parametrize(("key", "value", "words"), FAULTS)
def test_fault_is_named_with_its_key_and_what_would_fit(
    tree: dict[str, Any], key: str, value: Any, words: str
) -> None:
    section, name, *index = key.rstrip("]").replace("[", ".").split(".")
    if index:
        tree[section][name][int(index[0])] = value
    else:
        tree[section][name] = value
    assert f" {key}: {words}" in refusal(tree)


@pytest.mark.parametrize(
    ("section", "key", "value", "words"),
    [
        (
            "model",
            "upsample_rates",
            [8, 8],
            "= 1024, which is not data.hop_length 256; model.upsample_rates .4, 4",
        ),
        ("data", "hop_length", 512, "model.upsample_rates: .* not data.hop_length 512; data.hop_length 256"),
        ("data", "n_speakers", 4, "model.gin_channels: data.n_speakers is 4, .* is not set; 256 would fit"),
        ("model", "mb_istft_vits", False, "model: no decoder is chosen; set exactly one"),
        ("model", "resblock_dilation_sizes", [[1, 3, 5], [1, 0, 5], [1]], r"_sizes\[1\]\[1\]: is 0"),
    ],
)
def test_fault_may_be_told_of_another_key(
    tree: dict[str, Any], section: str, key: str, value: Any, words: str
) -> None:
    tree[section][key] = value
    assert re.search(words, refusal(tree))


def test_line_of_a_fault_is_the_line_of_its_key(tree: dict[str, Any]) -> None:
    tree["train"]["betas"] = [0.8, "x"]
    tree["data"]["training_files"] = "betas"
    text = json.dumps(tree).replace('"betas":', '\n\n"betas":')
    with pytest.raises(InputError, match=r"my.json:3: train.betas\[1\]"):
        config.parse(text, "my.json")


@pytest.mark.parametrize("section", ["train", "data", "model"])
def test_a_missing_section_is_named(tree: dict[str, Any], section: str) -> None:
    del tree[section]
    with pytest.raises(InputError, match=f"{section}: this section is missing"):
        config.parse(json.dumps(tree))


def test_an_unknown_section_is_named(tree: dict[str, Any]) -> None:
    assert "extra: unknown key; the sections are train, data and model" in refusal(tree | {"extra": {}})


@pytest.mark.parametrize(
    ("text", "words"), [("[]", "must be a JSON object"), ("{", "c.json:1: is not JSON"), ("", "is not JSON")]
)
def test_what_is_no_config_is_refused(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        config.parse(text, "c.json")


def test_a_config_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such config"):
        config.load(tmp_path / "x.json")
    (tmp_path / "y.json").write_bytes(b'{"train": "\xff"}')
    with pytest.raises(InputError, match="is not UTF-8"):
        config.load(tmp_path / "y.json")
    with pytest.raises(InputError, match="cannot be read"):
        config.load(tmp_path)


def test_a_key_that_stands_twice_is_named_with_its_second_line(tree: dict[str, Any]) -> None:
    tree["train"]["batch_size"] = 4
    spoilt = json.dumps(tree, indent=2).replace('"batch_size": 4,', '"batch_size": 4,\n"batch_size": 9,')
    line = spoilt.splitlines().index('"batch_size": 9,') + 1
    with pytest.raises(InputError, match=f"my.json:{line}: batch_size: is there twice"):
        config.parse(spoilt, "my.json")


def test_a_config_nested_beyond_reason_is_refused() -> None:
    with pytest.raises(InputError, match="nested too deeply"):
        config.parse("[" * 100_000)


def test_lists_that_are_read_side_by_side_may_not_be_empty(tree: dict[str, Any]) -> None:
    tree["train"] |= {"fft_sizes": [], "hop_sizes": [], "win_lengths": []}
    assert "train.fft_sizes: is empty" in refusal(tree)


def test_the_plain_istft_decoder_has_one_band_whatever_the_file_says(tree: dict[str, Any]) -> None:
    tree["model"] |= {"mb_istft_vits": False, "istft_vits": True, "subbands": False, "upsample_rates": [8, 8]}
    read = config.parse(json.dumps(tree))
    assert (read.model.decoder, read.model.subbands) == ("istft", 1)
    assert json.loads(read.to_json())["model"]["subbands"] is False


def test_speakers_may_be_a_map_of_names_to_ids(tree: dict[str, Any]) -> None:
    tree["speakers"] = {"b": 1, "a": 0}
    assert config.parse(json.dumps(tree)).speakers == ("a", "b")


@pytest.mark.parametrize(
    ("symbols", "words"),
    [
        ([], "symbols: is empty"),
        (["_", "ts"], 'holds "ts" of 2 characters; each symbol must be one character'),
    ],
)
def test_a_symbol_set_that_no_text_can_be_read_with_is_refused(
    tree: dict[str, Any], symbols: list[str], words: str
) -> None:
    assert words in refusal(tree | {"symbols": symbols})


whole = st.integers(1, 10_000)
share = st.floats(1e-9, 1e9)
words = st.text(st.characters(codec="utf-8"), max_size=8)


@st.composite
def configs(draw: st.DrawFn) -> Config:
    rates = tuple(draw(st.lists(st.integers(1, 8), min_size=1, max_size=4)))
    decoder = draw(st.sampled_from(["multiband", "multistream", "istft"]))
    bands = 1 if decoder == "istft" else draw(st.integers(1, 8))
    sizes = draw(st.lists(whole, min_size=1, max_size=3))
    model = ModelConfig(
        decoder=decoder,
        subbands=bands,
        upsample_rates=rates,
        upsample_kernel_sizes=tuple(rate + 2 * draw(st.integers(0, 8)) for rate in rates),
        upsample_initial_channel=2 ** len(rates) * draw(st.integers(1, 64)),
        n_heads=2,
        hidden_channels=2 * draw(whole),
        inter_channels=2 * draw(whole),
        p_dropout=draw(st.floats(0, 0.9)),
        use_sdp=draw(st.booleans()),
        gin_channels=draw(st.integers(1, 512)),
        discriminator_channels=256 * draw(st.integers(1, 8)),
    )
    hop = model.samples_per_frame
    window_samples = hop * (1 + 2 * draw(st.integers(0, 3)))  # overlaps evenly with any hop
    data = DataConfig(
        filter_length=window_samples,
        win_length=draw(st.integers(1, window_samples)),
        training_files=draw(words),
        text_cleaners=tuple(draw(st.lists(words, max_size=3))),
        hop_length=hop,
        sampling_rate=draw(st.integers(16000, 48000)),
        mel_fmax=draw(st.none() | st.floats(100, 8000)),
        n_speakers=draw(st.integers(0, 300)),
        max_text_len=draw(whole),
    )
    train = TrainConfig(
        learning_rate=draw(share),
        segment_size=hop * draw(st.integers(4, 64)) + hop * -(-bands * max(sizes) // (2 * hop)),
        fft_sizes=tuple(sizes),
        hop_sizes=tuple(sizes),
        win_lengths=tuple(sizes),
        window=draw(st.sampled_from(WINDOWS)),
    )
    names = st.none() | st.lists(words, max_size=4).map(tuple)
    letters = st.none() | st.lists(st.characters(codec="utf-8"), min_size=1, max_size=4).map(tuple)
    return Config(train, data, model, draw(letters), draw(names))


@given(configs())
def test_any_config_reads_back_equal(made: Config) -> None:
    assert config.parse(made.to_json()) == made


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
    assert ours == {row.key for row in config_rows() if not row.family}
