"""`vitsdeck doctor` as a person and a script meet it: rows, a summary, an exit code, a report."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from engine import doctor as doctors
from tests.cli_support import ROOT
from tui.cli.doctor import doctor
from tui.cli.output import outcome


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return tmp_path


def only(monkeypatch: pytest.MonkeyPatch, *names: str, **limits: float) -> None:
    """The real checks, but only these."""
    monkeypatch.setattr(
        doctors, "Examination", functools.partial(doctors.Examination, names=names, limits=limits)
    )


def test_rows_come_one_by_one_and_a_summary_last(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    only(monkeypatch, "python", "compiler")
    assert outcome(lambda: doctor(report=folder / "r.txt")) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("ok              python      3.") for line in lines)
    assert lines[-1].endswith(" not applicable") and ", 0 failed, " in lines[-1]
    report = (folder / "r.txt").read_text(encoding="utf-8")
    assert report.startswith("vitsdeck ") and "python" in report


def test_failed_check_is_exit_code_1_with_its_fix(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    only(monkeypatch, "torch", torch=0.01)
    assert outcome(doctor) == 1
    rows = capsys.readouterr().out.splitlines()
    assert rows[0].split() == ["fail", "torch", "no", "answer", "within", "0.01", "s"]
    assert rows[1].split()[0] == "->" and "dmesg" in rows[1]
    assert rows[2] == "fail: 0 ok, 0 warnings, 1 failed, 0 not applicable"
