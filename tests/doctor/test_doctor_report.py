"""A bug report is meant for strangers: it has every check and nothing that is nobody's business."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.doctor import Result, compose, counts, mask, overall, summary

RESULTS = [
    Result("torch", "ok", "2.14.1"),
    Result("driver", "fail", "no driver", "sudo reboot", "line one\nline two"),
    Result("gpu", "not applicable", "no GPU"),
    Result("disk", "warning", "3 GB free"),
]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "ada"))
    monkeypatch.setenv("LOGNAME", "ada_l")
    return tmp_path / "ada"


def test_a_report_has_every_check_its_fix_and_its_details() -> None:
    text = compose(RESULTS)
    assert text.startswith("vitsdeck ")
    for words in (
        "ok              torch",
        "fail            driver",
        "-> sudo reboot",
        "--- driver ---\nline one\nline two",
    ):
        assert words in text


@pytest.mark.parametrize(
    "line",
    [
        "OPENAI_API_KEY=sk-hunter2",
        "api_key: hunter2",
        'password = "hunter2"',
        "HF_TOKEN=hunter2 python train.py",
        "Authorization: Bearer hunter2hunter2",
        "https://ada:hunter2@files.example.org/simple",
        "vitsdeck transcribe --api-key hunter2 --fast",
    ],
)
def test_secrets_are_masked_in_whatever_form(line: str) -> None:
    text = mask(line)
    assert "hunter2" not in text
    assert "***" in text


def test_what_is_no_secret_stays() -> None:
    for line in (
        "CUDA_MODULE_LOADING set to: LAZY",
        "Is debug build: False",
        "[pip3] numpy==2.4.6",
        "keyboard: us",
    ):
        assert mask(line) == line


def test_home_and_name_are_masked(home: Path) -> None:
    assert mask(f"{home}/voices and {home}") == "~/voices and ~"
    assert mask(f"{home}lina/voices") == f"{home}lina/voices", "another folder that begins alike"
    assert mask("/mnt/ada_l/wavs by ada_l") == "/mnt/USER/wavs by USER"


def test_the_worst_verdict_speaks_for_all() -> None:
    assert overall(RESULTS) == "fail"
    assert overall([RESULTS[0], RESULTS[3]]) == "warning"
    assert overall([RESULTS[0], RESULTS[2]]) == "ok"
    assert summary(RESULTS) == "1 ok, 1 warning, 1 failed, 1 not applicable"
    assert sum(counts(RESULTS).values()) == len(RESULTS)
