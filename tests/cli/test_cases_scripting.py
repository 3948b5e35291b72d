"""Cases from the field about scripts and the command line; ids name the rows of the table they come from."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual._xterm_parser import XTermParser

from engine import workspace
from engine.errors import InputError
from tests.cli_support import vitsdeck
from tests.nightly.terminals.terminal import Terminal
from tests.transcribe.desk import GOOGLE, Desk
from tests.transcribe.support import SpeechServer, record
from tui.app import terminal
from tui.cli import output
from tui.cli.table import COMMANDS, application
from tui.panes import number_key
from tui.panes.transcription.task import Plan, run_command

VERBS = [name for rows in COMMANDS.values() for name in rows]
ERROR = {"code", "message", "path", "line", "fix", "details"}


@pytest.mark.parametrize("verb", VERBS)
def test_json_with_an_error_is_one_object_for_every_verb(tmp_path: Path, verb: str) -> None:
    done = vitsdeck(tmp_path, verb, "--json", "--no-such-option")
    assert done.returncode == 2
    assert (done.json["ok"], done.json["error"]["code"]) == (False, 2)
    assert "No such option: --no-such-option" in done.json["error"]["message"]
    assert f"see `vitsdeck {verb} --help`" in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "found"),
    [
        (["runs"], 2, {"message": "not inside a vitsdeck workspace", "fix": "vitsdeck init"}),
        (["train"], 2, {"message": "Missing option '--model'"}),
        (["split"], 2, {"message": "Missing argument 'MANIFEST'"}),
        (["train", "-m", "x", "--steps", "many"], 2, {"message": "Invalid value for '--steps'"}),
        (["no-such-verb"], 2, {"message": "No such command 'no-such-verb'"}),
        (["check", "bad.txt"], 1, {"message": "some inputs are bad"}),
        (["speak", "hi", "--checkpoint", "G.pth"], 2, {"path": "G.pth"}),
        (["preprocess", "--filelists", "no.txt", "--text_cleaners", "basic_cleaners"], 2, {"path": "no.txt"}),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_json_with_an_error_says_what_the_sentence_says(
    tmp_path: Path, words: list[str], code: int, found: dict[str, Any]
) -> None:
    (tmp_path / "bad.txt").write_text("none.wav|Hello.\nno bar\n")
    done = vitsdeck(tmp_path, *words, "--json")
    assert (done.returncode, done.json["ok"], done.json["error"]["code"]) == (code, False, code), done.stderr
    assert set(done.json["error"]) == ERROR
    for key, part in found.items():
        assert part in str(done.json["error"][key])


def test_json_of_an_error_is_not_printed_for_a_text_behind_two_dashes(tmp_path: Path) -> None:
    assert vitsdeck(tmp_path, "speak", "-m", "x", "--", "--json").stdout == ""


@pytest.mark.parametrize(
    ("ends", "code", "message"),
    [
        (
            InputError("is bad", path="a", line=3, fix="fix it", details=["more"]),
            2,
            "a:3: is bad; fix it\n  more",
        ),
        (KeyboardInterrupt(), 130, "interrupted"),
        (
            ZeroDivisionError("1 // 0"),
            70,
            "this is a defect of vitsdeck (ZeroDivisionError: 1 // 0); run again",
        ),
        (FileNotFoundError(2, "No such file", "a.wav"), 2, "a.wav: No such file"),
        (ImportError("none", name="soxr"), 2, "ImportError: none; `vitsdeck doctor` says what is missing"),
    ],
    ids=["input", "ctrl-c", "defect", "system", "library"],
)
def test_end_of_a_command_is_a_sentence_an_exit_code_and_one_json_object(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    ends: BaseException,
    code: int,
    message: str,
) -> None:
    def fails() -> int:
        output.echo_json({"half": "done"})
        raise ends

    monkeypatch.delenv("VITSDECK_DEBUG", raising=False)
    assert output.outcome(fails, json=True) == code
    said = capsys.readouterr()
    assert said.err.removeprefix("error: ").startswith(message)
    assert "Traceback" not in said.err
    answer = json.loads(said.out)
    assert (answer["ok"], answer["half"], answer["error"]["code"]) == (False, "done", code)
    assert answer["error"]["message"].startswith(message.partition("\n")[0])
    assert code == 2 or answer["error"].keys() == ERROR
    monkeypatch.setenv("VITSDECK_DEBUG", "1")
    output.outcome(fails)
    assert ("Traceback" in capsys.readouterr().err) == (code == 70 or isinstance(ends, OSError | ImportError))


def test_every_verb_has_a_row_in_the_page_about_json(root: Path) -> None:
    page = (root / "docs" / "reference" / "json.md").read_text()
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    assert [verb for verb in VERBS if not any(f"`{verb}" in row for row in rows)] == []


@pytest.mark.parametrize(
    "words",
    [
        ["-5 degrees"],
        ["-5 degrees", "-m", "anna"],
        ["-m", "anna", "--json", "-5 degrees"],
        ["-m", "anna", "-12"],
        ["--noise-scale", "-0.5", "--seed", "-3", "- what?"],
        ["--", "-m"],
    ],
    ids=" ".join,
)
def test_speak_minus_5_degrees_is_spoken(words: list[str]) -> None:
    root = application()
    text = next(word for word in reversed(words) if word.startswith("-") and word not in ("-m", "--json"))
    outer = root.make_context("vitsdeck", ["speak"])
    found = root.commands["speak"].make_context("speak", list(words), parent=outer).params
    assert found["text"] == ("-m" if words[0] == "--" else text)
    assert found["name"] == ("anna" if "anna" in words else None)


def test_a_word_that_is_no_option_is_told_where_to_stand(tmp_path: Path) -> None:
    done = vitsdeck(tmp_path, "speak", "-hello")
    assert done.returncode == 2 and "put -- before a word that is no option" in done.stderr


@pytest.fixture(scope="module")
def _server() -> Iterator[SpeechServer]:
    server = SpeechServer()
    yield server
    server.close()


@pytest.fixture
def desk(tmp_path: Path, _server: SpeechServer) -> Desk:
    """A workspace for transcriptions beside a speech service on this machine."""
    return Desk(tmp_path, _server)


def test_sum_before_a_start_names_this_start_and_the_month_apart(desk: Desk) -> None:
    record(desk.folder / "raw" / "a.wav", 3.0, 1)
    shutil.copy(desk.folder / "raw" / "a.wav", desk.folder / "raw" / "b.wav")
    done = desk.transcribe("--dry-run")
    assert done.returncode == 0, done.stderr
    assert "this start: $0.00; month so far: $0.00" in done.stderr
    assert "1 with the same sound as another" in done.stderr
    assert "already" not in done.stderr


def test_dry_run_of_a_transcription_with_one_unreadable_wav_exits_1(desk: Desk) -> None:
    record(desk.folder / "raw" / "a.wav", 3.0, 1)
    (desk.folder / "raw" / "torn.wav").write_bytes((desk.folder / "raw" / "a.wav").read_bytes()[:50])
    done = desk.transcribe("--dry-run", "--json")
    assert (done.returncode, done.json["ok"], done.json["error"]["code"]) == (1, False, 1)
    assert "torn.wav" in done.json["error"]["message"]
    assert [Path(each["path"]).name for each in done.json["files"] if each["fault"]] == ["torn.wav"]
    for name in ("a.wav", "torn.wav"):
        (desk.folder / "raw" / name).unlink()
    record(desk.folder / "raw" / "a.wav", 3.0, 1)
    assert desk.transcribe("--dry-run").returncode == 0


def test_dry_run_with_one_unreadable_wav_is_a_plan_for_the_pane(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", desk.env["XDG_DATA_HOME"])
    record(desk.folder / "raw" / "a.wav", 3.0, 1)
    (desk.folder / "raw" / "torn.wav").write_bytes(b"RIFF")
    words = ["transcribe", "raw", "--out", "m.txt", *GOOGLE, "--dry-run", "--json"]
    plan, why = Plan.of(asyncio.run(run_command(words, desk.folder, None)))
    assert why == "" and plan is not None
    assert [bool(each.fault) for each in plan.recordings] == [False, True]


BYTES = b"\x80\x1b[M \xc8!\x1b[200~Gr\xfc\xdfe\x1b[201~x\xff"


@pytest.mark.skipif(sys.platform == "win32", reason="bytes come from a POSIX terminal")
def test_one_byte_that_is_no_utf_8_is_dropped_from_keys_pastes_and_mouse_reports() -> None:
    terminal.read_any_bytes()
    from textual.drivers import linux_driver

    decode = linux_driver.getincrementaldecoder("utf-8")().decode  # type: ignore[attr-defined]
    found = list(XTermParser().feed("".join(decode(BYTES[i : i + 1]) for i in range(len(BYTES)))))
    pastes = [event.text for event in found if isinstance(event, events.Paste)]
    typed = [event.character for event in found if isinstance(event, events.Key) and event.is_printable]
    assert (pastes, typed) == (["Gre"], ["x"])
    assert decode("Grüße".encode()) == "Grüße"


# a dashboard with a key that ends it by a defect
BREAKING = """
import sys
from tui.app.app import VitsdeckApp
from tui.cli import main
async def broken(app): raise ZeroDivisionError("on purpose")
VitsdeckApp.action_show_training = broken
sys.argv = ["vitsdeck"]
main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are for POSIX systems")
def test_one_byte_that_is_no_utf_8_ends_no_dashboard_and_a_defect_exits_70(
    tmp_path: Path, root: Path
) -> None:
    workspace.init(tmp_path)
    env = {"PYTHONPATH": str(root)}
    with Terminal([sys.executable, "-c", BREAKING], columns=100, cwd=tmp_path, env=env) as deck:
        deck.wait_for("1 Overview", "^q quit", seconds=60)
        os.write(deck._fd, BYTES)
        deck.press(number_key("training"))  # it still hears keys
        assert deck.wait_end(60) == 70
        said = deck.text
    assert "error: this is a defect of vitsdeck (ZeroDivisionError: on purpose)" in " ".join(said.split())
    assert "Traceback" not in said
