"""What `vitsdeck export` leaves: a whole folder or none, which our own `speak` plays; figures, limits and the card."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import onnx
import pytest

from engine import languages
from engine.audio.wav import read
from engine.config import Config
from engine.errors import InputError
from engine.export import piper, sherpa
from engine.export.limits import player_limits
from engine.speak.onnx import extra
from engine.speak.onnx.exported import exported_config
from engine.text import pronunciations
from engine.text.symbols import PAD
from tests.cli_support import vitsdeck
from tests.export.support import STEP, TINY, config_for, export_run, run_of

TEXTS = ["Hello there, world.", "One more line.", "The quick fox jumps over a lazy dog."]
NAME = "en_US-anna-low"
SILENT = ("--noise_scale", "0", "--noise_scale_w", "0")


@pytest.fixture(scope="module")
def anna(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder."""
    return run_of(tmp_path_factory.mktemp("runs") / "anna", config_for("english_cleaners2"), TEXTS)


def test_exported_voice_is_spoken_and_compared(anna: Path, tmp_path: Path) -> None:
    checkpoint = str(anna / f"G_{STEP}.pth")
    done = vitsdeck(tmp_path, "export", "--checkpoint", checkpoint, "--check", "Hello.", "-o", "v", "--json")
    assert done.returncode == 0, done.stderr
    found = done.json
    assert found["comparison"]["difference"] < 1e-4
    assert found["comparison"]["torch_samples"] == found["comparison"]["file_samples"] > 0
    assert (found["name"], found["loss"], found["limits"]) == (NAME, None, [])
    assert sorted(found["files"]) == sorted(
        path.relative_to(tmp_path / "v").as_posix() for path in (tmp_path / "v").rglob("*") if path.is_file()
    )
    assert not list(tmp_path.glob(".exporting-*"))
    voice = f"v/{NAME}.onnx"
    for out, weights in (("torch.wav", [checkpoint, "--precision", "fp32"]), ("file.wav", [voice])):
        said = vitsdeck(tmp_path, "speak", TEXTS[0], "-o", out, *SILENT, "--checkpoint", *weights)
        assert said.returncode == 0, said.stderr
    ours, theirs = read(tmp_path / "torch.wav")[0], read(tmp_path / "file.wav")[0]
    assert len(ours) == len(theirs) > 0
    assert np.abs(ours - theirs).max() <= 2 / 32768
    for out, seed in (("a.wav", "1"), ("b.wav", "1"), ("c.wav", "2")):
        assert (
            vitsdeck(tmp_path, "speak", "Hi.", "--checkpoint", voice, "-o", out, "--seed", seed).returncode
            == 0
        )
    spoken = [(tmp_path / f"{name}.wav").read_bytes() for name in "abc"]
    assert spoken[0] == spoken[1] != spoken[2]


def test_voice_of_another_hop_is_known_again(tmp_path: Path) -> None:
    base = dataclasses.replace(
        TINY,
        data=dataclasses.replace(TINY.data, hop_length=240),
        train=dataclasses.replace(TINY.train, segment_size=4800),
        model=dataclasses.replace(TINY.model, upsample_rates=(5, 3), upsample_kernel_sizes=(15, 9)),
    )
    config = config_for("english_cleaners2", base=base)
    made = export_run(run_of(tmp_path / "anna", config, TEXTS), config)
    assert exported_config(made.folder / f"{made.name}.onnx").data.hop_length == 240


def test_card_names_data_figures_and_keeps_the_licence(anna: Path, tmp_path: Path) -> None:
    made = export_run(anna, config_for("english_cleaners2"), folder=tmp_path / "v")
    card = (made.folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    for said in (
        f"# {NAME}",
        "| Recordings | 3 clips, 0.3 minutes |",
        "| Cleaners | english_cleaners2 |",
        f"| Steps | {STEP} |",
        "| `loss/val/mel` | 21.5 |",
        "| `quality/mel/held_out` | 0.75 |",
        "[1.wav](samples/1.wav)",
        "Fill in: the licence",
    ):
        assert said in card
    assert "loss/g/total" not in card
    assert (made.folder / "samples" / "1.wav").is_file()
    (made.folder / "MODEL_CARD.md").write_text(card.partition("Fill in")[0] + "CC0.\n", encoding="utf-8")
    with pytest.raises(InputError, match="holds an export already; replace it with --redo"):
        export_run(anna, config_for("english_cleaners2"), folder=tmp_path / "v")
    export_run(anna, config_for("english_cleaners2"), folder=tmp_path / "v", redo=True)
    assert (made.folder / "MODEL_CARD.md").read_text(encoding="utf-8").endswith("## Licence\n\nCC0.\n")
    (made.folder / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="holds other files than an export"):
        export_run(anna, config_for("english_cleaners2"), folder=tmp_path / "v", redo=True)
    assert (made.folder / "notes.txt").read_text() == "mine"


def test_files_hold_what_players_look_for_and_no_paths(anna: Path, tmp_path: Path) -> None:
    config = config_for("english_cleaners2")
    made = export_run(
        anna, dataclasses.replace(config, train=dataclasses.replace(config.train, whisper_model="/x"))
    )
    text = (made.folder / f"{NAME}.onnx.json").read_text(encoding="utf-8")
    settings = json.loads(text)
    assert "/x" not in text and ".txt" not in text
    assert settings["espeak"] == {"voice": "en-us"} and settings["phoneme_type"] == "espeak"
    assert [settings["phoneme_id_map"][key] for key in ("^", "_", "$")] == [[], [0], []]
    rows = (made.folder / "tokens.txt").read_text(encoding="utf-8").splitlines()
    symbols = [row.rpartition(" ")[0] for row in rows]
    assert len(symbols) == len(set(symbols)) and {"^ 0", "$ 0", "_ 0", "  16"} <= set(rows)
    model = onnx.load(made.folder / f"{NAME}.onnx")
    props = {each.key: each.value for each in model.metadata_props}
    wanted = {
        "sample_rate": "22050",
        "n_speakers": "1",
        "language": "en",
        "comment": "piper",
        "voice": "en-us",
    }
    assert wanted.items() <= props.items()


def test_pronunciations_are_said_and_go_with_the_voice(tmp_path: Path) -> None:
    config = config_for("english_cleaners2")
    run = run_of(tmp_path / "run", config, TEXTS)
    (run / "pronunciations.txt").write_text("fox|dˈɔɡ\n", encoding="utf-8")
    done = vitsdeck(tmp_path, "export", "--checkpoint", f"run/G_{STEP}.pth", "-o", "v")
    assert "warning: no player reads pronunciations.txt" in done.stderr
    voice = tmp_path / "v" / "en_US-run-low.onnx"
    said = vitsdeck(tmp_path, "speak", "The fox.", "--checkpoint", str(voice), "-o", "a.wav", "--json")
    assert said.json["phonemes"].endswith(" dˈɔɡ.")


def test_eight_bits_are_measured_and_touch_the_residual_convolutions_alone(
    anna: Path, tmp_path: Path
) -> None:
    config = config_for("english_cleaners2")
    made = export_run(anna, config, folder=tmp_path / "v", precision="int8", check_text="Hello.")
    assert made.loss is not None and made.loss.mel is not None and made.loss.snr_db is not None
    assert 0 < made.loss.mel < 0.2
    assert made.loss.snr_db > 20
    assert made.comparison is not None
    assert made.comparison.torch_samples == made.comparison.file_samples
    assert 1e-4 < made.comparison.difference < 0.1
    model = onnx.load(made.folder / f"{NAME}.onnx")
    whole = {node.output[0] for node in model.graph.node if node.op_type == "DequantizeLinear"}
    eight = [node.name for node in model.graph.node if node.op_type == "Conv" and node.input[1] in whole]
    assert len(eight) == 12 and all("/dec/resblocks" in name for name in eight)
    assert {each.key for each in model.metadata_props} >= {"comment", "sample_rate"}


def test_eight_bits_without_texts_and_without_the_extra_are_one_sentence(
    anna: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "alone").mkdir()
    alone = tmp_path / "alone" / f"G_{STEP}.pth"
    alone.write_bytes((anna / alone.name).read_bytes())
    config = config_for("english_cleaners2")
    with pytest.raises(
        InputError, match="no text to find the ranges of 8 bits on; give a sentence with --check"
    ):
        export_run(alone.parent, config, precision="int8")
    monkeypatch.setattr(extra, "find_spec", lambda name: None if name == "onnx" else name)
    with pytest.raises(InputError, match=r"onnx is not installed; .*\[onnx\]"):
        export_run(anna, config)


def test_faults_of_a_call_are_one_sentence(anna: Path, tmp_path: Path) -> None:
    checkpoint = str(anna / f"G_{STEP}.pth")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "x.onnx").write_bytes(b"not a graph")
    for words, sentence in (
        (("export",), "name either a run or a checkpoint"),
        (("export", "--checkpoint", checkpoint, "--precision", "int4"), "choose one of fp32, int8"),
        (("export", "--checkpoint", checkpoint, "-o", "file"), "holds other files than an export"),
        (("export", "--checkpoint", checkpoint, "-o", "file/v"), "cannot be written"),
        (("speak", "hi", "--checkpoint", "x.onnx"), "x.onnx.json: cannot be read"),
    ):
        done = vitsdeck(tmp_path, *words)
        assert done.returncode == 2 and sentence in done.stderr, done.stderr
    (tmp_path / "x.onnx.json").write_text("{}")
    assert (
        "holds no settings of vitsdeck" in vitsdeck(tmp_path, "speak", "hi", "--checkpoint", "x.onnx").stderr
    )
    (tmp_path / "x.onnx.json").write_text(
        json.dumps({"vitsdeck": json.loads(config_for("espeak:de").to_json())})
    )
    done = vitsdeck(tmp_path, "speak", "hi", "--checkpoint", "x.onnx")
    assert done.returncode == 2 and "cannot be loaded by onnxruntime" in done.stderr


@pytest.mark.parametrize(
    ("cleaner", "dataset", "parameters", "name"),
    [
        ("espeak:de", "anna", 20_000_000, "de_DE-anna-medium"),
        ("english_cleaners2", "my-voice 2", 27_000_000, "en_US-my_voice_2-high"),
        ("espeak:en-gb", "x", 7_000_000, "en_GB-x-low"),
        ("espeak:fr-ch", "x", 7_000_000, "fr_CH-x-low"),
        ("chinese_cleaners", "x", 7_000_000, "zh_CN-x-low"),
        ("espeak:sw", "x", 7_000_000, "sw-x-low"),
        ("basic_cleaners", "x", 7_000_000, "de_DE-x-low"),
    ],
)
def test_name_is_one_that_piper_knows(cleaner: str, dataset: str, parameters: int, name: str) -> None:
    config = _with_cleaner(cleaner)
    assert piper.voice_name(config, languages.find("de"), dataset, parameters) == name


def test_what_no_player_has_is_said(tmp_path: Path) -> None:
    (tmp_path / "pronunciations.txt").write_text("Nguyen|wˈɪn\n", encoding="utf-8")
    words = pronunciations.read(tmp_path / "pronunciations.txt", "en")
    none = pronunciations.Pronunciations()
    assert player_limits(_with_cleaner("english_cleaners2"), none) == []
    config = _with_cleaner("english_cleaners2")
    normalised = dataclasses.replace(config, data=dataclasses.replace(config.data, normaliser="en-1"))
    assert [limit.partition(":")[0] for limit in player_limits(normalised, words)] == [
        "no player has the normaliser en-1",
        "no player reads pronunciations.txt",
    ]
    for cleaner in ("japanese_cleaners", "korean_pronounced_cleaners", "basic_cleaners", "english_cleaners"):
        assert player_limits(_with_cleaner(cleaner), none)[0].startswith(
            f"no player has {cleaner}: it can be"
        )


@pytest.mark.parametrize(("table", "c"), [({PAD: 0, "ç": 1}, "c 1"), ({PAD: 0, "ç": 1, "c": 2}, "c 2")])
def test_symbol_that_sherpa_takes_apart_is_found_by_its_letter(table: dict[str, int], c: str) -> None:
    assert {c, "ç 1", "^ 0", "$ 0", "_ 0"} == set(sherpa.tokens(table).splitlines())


def test_voice_of_no_player_takes_phonemes() -> None:
    config = _with_cleaner("korean_cleaners")
    table = {PAD: 0, "ㄱ": 1, "ㅏ": 2}
    settings = json.loads(piper.settings(config, table, "ko_KR-x-low", languages.find("ko"), symbols=3))
    assert settings["phoneme_type"] == "text"
    assert settings["phoneme_id_map"] == {"_": [0], "ㄱ": [1], "ㅏ": [2], "^": [], "$": []}


def _with_cleaner(cleaner: str) -> Config:
    config = config_for("english_cleaners2")
    return dataclasses.replace(config, data=dataclasses.replace(config.data, text_cleaners=(cleaner,)))
