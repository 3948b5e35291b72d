"""`vitsdeck transcribe` and `vitsdeck cost`, as a person types them."""

from __future__ import annotations

import importlib.util
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.runs import registry
from tests.cli_support import environment, vitsdeck
from tests.runs.run_support import wait_until
from tests.transcribe.desk import GOOGLE, Desk
from tests.transcribe.support import SpeechServer, record, record_many
from tests.transcribe.test_transcribe_promises import service_account


def test_a_folder_becomes_a_manifest_that_split_takes(desk: Desk) -> None:
    record_many(desk.folder / "raw", 8)
    done = desk.transcribe("--yes", "--json")
    assert done.returncode == 0, done.stderr
    assert done.json["chunks"] == 8
    assert done.json["cost"]["settled_ms"] == sum(desk.server.billed().values())
    assert "billed for" in done.stderr
    assert " of free time left" in done.stderr
    assert desk.vitsdeck("split", "m.txt").returncode == 0
    lists = [(desk.folder / "filelists" / f"{name}.txt").read_text() for name in ("train", "val", "test")]
    assert sum(text.count("raw/0_") for text in lists) == 8
    runs = desk.vitsdeck("runs", "--json").json["runs"]
    assert [(run["name"], run["kind"], run["state"]) for run in runs] == [
        ("transcribe-m", "transcribe", "finished")
    ]


def test_the_sum_is_shown_before_anything_is_sent_and_nobody_is_asked_without_a_terminal(desk: Desk) -> None:
    record(desk.folder / "raw" / "a.wav", 61.0, 1)
    done = desk.transcribe()
    assert done.returncode == 2
    assert "nobody is here to agree to the sum; give --yes" in done.stderr
    assert "1 recording, 1 min 01 s of sound, 2 chunks to send" in done.stderr
    assert "this start: $0.00; month so far: $0.00" in done.stderr
    plan = desk.transcribe("--dry-run", "--json").json
    assert (plan["chunks"], plan["micros"], plan["free_ms"]) == (2, 0, plan["billed_ms"])
    assert desk.server.facts()["calls"] == []
    assert not (desk.folder / "logs" / "transcribe-m").exists()


def test_the_accounts_own_budget_is_in_the_quote_and_in_the_reason_for_the_end(desk: Desk) -> None:
    record_many(desk.folder / "raw", 4, seconds=(1.2, 1.8))
    v2 = ["--api", "v2", "--project", "p"]
    assert desk.vitsdeck("cost", "--budget", "0.005").returncode == 0
    done = desk.transcribe(*v2, "--dry-run", "--json", "--budget", "3")
    assert "budget of $0.0050 of the account default ends it early; $0.0056 would be enough" in done.stderr
    assert "change it with `vitsdeck cost --account default --budget USD`" in done.stderr
    done = desk.transcribe(*v2, "--yes", "--workers", "1")
    assert done.returncode == 1
    assert "raise --budget, or `vitsdeck cost --account default --budget USD`, to go on" in done.stderr
    assert 0 < len(desk.server.facts()["bill"]) < 4
    assert desk.vitsdeck("cost", "--budget", "none").returncode == 0
    done = desk.transcribe(*v2, "--dry-run", "--json", "--budget", "0.02")
    assert "the budget of $0.02 a month is enough" in done.stderr
    assert desk.transcribe(*v2, "--yes", "--budget", "0.02").returncode == 0


def test_a_transcript_is_kept_and_a_redo_names_what_it_replaces(desk: Desk) -> None:
    record_many(desk.folder / "raw", 2)
    assert desk.transcribe("--yes").returncode == 0
    done = desk.transcribe("--yes")
    assert "every recording has its transcript" in done.stderr
    done = desk.transcribe("--redo", "--dry-run")
    assert "2 transcripts would be redone:\n  raw/0_0000.wav" in done.stderr
    assert desk.transcribe("--redo", "--yes").returncode == 0
    assert len(desk.server.facts()["calls"]) == 4
    older = desk.transcribe("--again", "--resend-unconfirmed", "--agreed", "0", "--json")
    assert (older.returncode, len(older.json["redo"])) == (0, 2), "spellings of the version before"


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl+C as a signal")
def test_ctrl_c_stops_cleanly_and_the_same_command_goes_on(desk: Desk) -> None:
    record_many(desk.folder / "raw", 40)
    desk.server.behave(work_s=0.15)
    words = ["transcribe", "raw", "--out", "m.txt", *GOOGLE, "--endpoint", desk.server.endpoint, "--yes"]
    process = subprocess.Popen(
        [sys.executable, "-m", "tui.cli", *words, "--workers", "2"],
        cwd=desk.folder,
        env=environment(desk.env),
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_until(lambda: len(desk.server.facts()["bill"]) >= 3)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130, said
    assert "the same command continues from here" in said
    assert registry.read_run(desk.folder / "logs" / "transcribe-m").state == "stopped"
    cost = desk.vitsdeck("cost", "--json").json["accounts"][0]
    assert cost["settled_ms"] == sum(desk.server.billed().values())
    assert (cost["reserved_ms"], cost["unconfirmed_ms"], cost["queued_ms"]) == (0, 0, 0)
    desk.server.tell(mode={})
    assert desk.transcribe("--yes").returncode == 0
    assert len((desk.folder / "m.txt").read_text().splitlines()) == 40
    assert len(desk.server.facts()["calls"]) == 40


def test_detached_it_goes_on_by_itself_and_stop_ends_it(desk: Desk) -> None:
    record_many(desk.folder / "raw", 60)
    desk.server.behave(work_s=0.2)
    begun = desk.transcribe("--yes", "--detach", "--json", "--workers", "2")
    assert begun.returncode == 0
    assert begun.json["run"]["is_live"]
    wait_until(lambda: len(desk.server.facts()["bill"]) >= 2)
    queued = desk.vitsdeck("cost", "--json").json["accounts"][0]["queued_ms"]
    assert queued > 10_000
    second = desk.transcribe("--yes")
    assert second.returncode == 2
    assert "a live run has the name" in second.stderr
    stopped = desk.vitsdeck("stop", "transcribe-m")
    assert stopped.returncode == 0 and "checkpoint" not in stopped.stderr
    assert "to stop after the calls under way" in stopped.stderr and "continues from here" in stopped.stderr
    assert registry.read_run(desk.folder / "logs" / "transcribe-m").state == "stopped"


def test_a_second_stop_waits_for_replies_and_now_says_what_it_costs(desk: Desk) -> None:
    record_many(desk.folder / "raw", 6)
    desk.server.behave(work_s=6.0)
    assert desk.transcribe("--yes", "--detach", "--workers", "2").returncode == 0
    wait_until(lambda: len(desk.server.facts()["calls"]) == 2)
    first = desk.vitsdeck("stop", "transcribe-m", "--wait", "0.3")
    assert first.returncode == 1 and "after the calls under way" in first.stderr
    second = desk.vitsdeck("stop", "transcribe-m", "--wait", "0.3")
    assert second.returncode == 1 and "is already stopping: 2 calls under way; --now" in second.stderr
    hard = desk.vitsdeck("stop", "transcribe-m", "--now")
    assert "at once: calls under way may be billed, count as spent" in hard.stderr
    assert desk.vitsdeck("cost", "--json").json["accounts"][0]["unconfirmed_ms"] > 0


NO_CREDENTIALS = (
    "--credentials FILE",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "gcloud auth application-default login",
)
NOT_CREDENTIALS = ("", "not json", "[]", '{"type": "service_account", "private_key": "PRIVATE"}')


@pytest.mark.parametrize("content", [None, *NOT_CREDENTIALS])
def test_credentials_that_are_missing_or_none_are_named_and_not_quoted(
    desk: Desk, content: str | None
) -> None:
    record_many(desk.folder / "raw", 1)
    words = ["transcribe", "raw", "--out", "m.txt", *GOOGLE, "--yes"]
    if content is None:
        done = desk.vitsdeck(*words)
        assert all(way in done.stderr for way in NO_CREDENTIALS)
    else:
        (desk.folder / "key.json").write_text(content)
        done = desk.vitsdeck(*words, "--credentials", "key.json")
        assert "key.json: cannot be used as credentials" in done.stderr
        assert "PRIVATE" not in done.stderr
    assert done.returncode == 2
    assert not (desk.folder / "logs" / "transcribe-m").exists()


def test_an_expired_key_ends_the_job_with_what_to_do(desk: Desk) -> None:
    record_many(desk.folder / "raw", 10)
    _, key = service_account(desk.folder / "keys" / "key.json")
    desk.server.behave(faults={"UNAUTHENTICATED": 1.0})
    done = desk.transcribe("--yes", "--workers", "1", "--credentials", str(key))
    assert done.returncode == 2
    assert "make a new one in Google's console" in done.stderr
    assert len(desk.server.facts()["calls"]) == 1
    assert desk.server.facts()["tokens"]


BAD: dict[str, tuple[str, str]] = {
    "language": ("--language english,please", '"english,please" is not a language code'),
    "provider": ("--provider nobody", 'there is no provider "nobody"; choose one of google'),
    "api": ("--api v3", 'there is no google api "v3"'),
    "rate": ("--rate 100", "a rate of 100 Hz is not between"),
    "budget": ("--budget lots", '"lots" is not a sum of money'),
    "credentials": ("--credentials nowhere.json", "nowhere.json: no such file with credentials"),
    "project": ("--api v2", "V2 needs a project"),
    "sphinx": ("--provider pocketsphinx --language de-DE", "only for English"),
    "whisper rate": ("--provider whisper --rate 8000", "whisper needs 16000 Hz, not 8000; leave --rate out"),
    "whisper": ("--provider whisper", "pip install -e '.[whisper]'"),
    "folder": ("--out raw", "raw: is a folder"),
    "not a folder": ("--out file/m.txt", "cannot be written"),
    "columns": ("--out three.txt", "three.txt:1: is not a manifest of path|text"),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_fault_in_the_words_is_one_sentence_and_nothing_is_sent(desk: Desk, fault: str) -> None:
    words, sentence = BAD[fault]
    if fault == "whisper" and importlib.util.find_spec("faster_whisper"):
        pytest.skip("faster-whisper is installed")
    record_many(desk.folder / "raw", 1)
    (desk.folder / "file").write_text("")
    (desk.folder / "three.txt").write_text("a.wav|speaker|text\n")
    done = desk.transcribe("--yes", *words.split())
    assert done.returncode == 2, done.stderr
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert sentence in errors[0]
    assert desk.server.facts()["calls"] == []


def test_an_empty_folder_and_unreadable_recordings_are_named(desk: Desk) -> None:
    (desk.folder / "raw").mkdir()
    assert "holds no recording" in desk.transcribe("--yes").stderr
    (desk.folder / "raw" / "bad.wav").write_bytes(b"RIFF")
    record(desk.folder / "raw" / "good.wav", 1.0, 1)
    done = desk.transcribe("--yes", "--json")
    assert done.returncode == 1
    assert [Path(bad["path"]).name for bad in done.json["faulty"]] == ["bad.wav"]
    assert (desk.folder / "m.txt").read_text().count("\n") == 1
    again = desk.transcribe("--yes")  # nothing but the bad one is left
    assert (again.returncode, len(desk.server.facts()["calls"])) == (1, 1)
    assert "bad.wav" in again.stderr
    assert "every recording has its transcript" not in again.stderr


def test_without_a_workspace_names_are_seen_from_the_manifest(tmp_path: Path, server: SpeechServer) -> None:
    record_many(tmp_path / "corpus" / "wavs", 3)
    env = {"XDG_DATA_HOME": str(tmp_path / "data")}
    words = ["transcribe", "corpus/wavs", "--out", "corpus/metadata.txt", *GOOGLE, "--yes"]
    done = vitsdeck(tmp_path, *words, "--endpoint", server.endpoint, env=env)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "corpus" / "metadata.txt").read_text().startswith("wavs/0_0000.wav|words of")
    assert vitsdeck(tmp_path, "split", "corpus/metadata.txt", env=env).returncode == 0


def test_a_run_folder_with_a_broken_config_is_a_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    registry.prepare(folder, kind="transcribe", argv=["x"], config_json=json.dumps({"v": 1}))
    argv = [sys.executable, "-m", "engine.transcribe", "--run", str(folder)]
    done = subprocess.run(argv, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "is not the config of a transcription" in done.stdout
    assert registry.read_run(folder).state == "failed"
