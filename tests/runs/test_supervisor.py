"""Runs start, end and are stopped as promised, and the folder says how."""

from __future__ import annotations

import json
import os
import shlex
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psutil  # type: ignore[import-untyped,unused-ignore]
import pytest

from engine.errors import InputError
from engine.runs import launch, registry
from engine.runs.events import EventTail
from engine.runs.logs.log_summary import summarize_log
from engine.runs.processes.detach import detached_options
from tests.runs.run_support import Runs, is_alive, wait_until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


def test_worker_runs_to_its_end_detached_and_on_record(runs: Runs) -> None:
    run = runs.start_toy(steps=3)
    assert run.process is not None
    assert run.supervisor is not None
    assert run.is_live
    assert os.getsid(run.process.pid) != os.getsid(0)
    assert run.process.pid == os.getpgid(run.process.pid) != os.getpgid(run.supervisor.pid)
    end = runs.ended("toy")
    assert (end.state, end.step, end.exit_code, end.reason) == ("finished", 3, 0, "")
    log = (end.folder / "train.log").read_text().splitlines()
    assert log[0].startswith("--- 2")
    assert log[0].endswith(f"started: {shlex.join(runs.toy(steps=3))}")
    assert log[1:] == ["step 1", "step 2", "step 3"]
    assert stat.S_IMODE(end.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in end.folder.iterdir() if path.is_file()} == {0o600}
    children = [child for child in psutil.Process().children() if "toy" in " ".join(child.cmdline())]
    assert children == [], "the launcher is left without children"


_MULTILINE = r"""
print("loading", flush=True)
class CudaError(RuntimeError): pass
raise CudaError("device-side assert triggered\nCompile with TORCH_USE_CUDA_DSA\n")
"""


@pytest.mark.parametrize(
    ("code", "exit_code", "reason"),
    [
        ("raise ValueError('boom')", 1, "exit code 1: ValueError: boom"),
        (_MULTILINE, 1, "exit code 1: CudaError: device-side assert triggered"),
        (
            "import sys; sys.exit('filelists/train.txt:7: has 1 column')",
            1,
            "exit code 1: filelists/train.txt:7: has 1 column",
        ),
        (
            "import sys; print('train.txt:7: has 1 column', file=sys.stderr); sys.exit(2)",
            2,
            "train.txt:7: has 1 column",
        ),
        (
            "import os; os.kill(os.getpid(), 9)",
            -9,
            "killed by SIGKILL: somebody's kill -9, or the system out of memory",
        ),
        ("import os; os.kill(os.getpid(), 15)", -15, "killed by SIGTERM"),
        (
            "import faulthandler, os; faulthandler.enable(); os.kill(os.getpid(), 11)",
            -11,
            "killed by SIGSEGV: Fatal Python error: Segmentation fault",
        ),
        ("import sys; sys.exit(3)", 3, "exit code 3"),
    ],
)
def test_worker_that_fails_leaves_its_reason(runs: Runs, code: str, exit_code: int, reason: str) -> None:
    runs.start_python("anna", code)
    run = runs.ended("anna")
    assert (run.state, run.exit_code, run.reason) == ("failed", exit_code, reason)
    events = EventTail(run.folder / "events.jsonl").read_new()
    assert [(event["state"], event["reason"]) for event in events] == [("failed", reason)], (
        "it is not restarted"
    )


def test_last_state_of_the_worker_stays(runs: Runs) -> None:
    code = (
        "import sys; from engine.runs.registry import StateFile\n"
        "StateFile(sys.argv[1]).update(state='finished', reason='3 bad files')\n"
        "sys.exit(1)"
    )
    runs.start("anna", [sys.executable, "-c", code, str(runs.logs / "anna")])
    wait_until(lambda: registry.read_run(runs.logs / "anna").exit_code is not None)
    run = runs.ended("anna")
    assert (run.state, run.reason, run.exit_code) == ("finished", "3 bad files", 1)


def test_program_that_is_not_there_is_a_sentence(runs: Runs) -> None:
    with pytest.raises(InputError, match="cannot start /no/such/program: No such file"):
        runs.start("anna", ["/no/such/program"])
    run = registry.read_run(runs.logs / "anna")
    assert (run.state, run.reason) == ("failed", "cannot start /no/such/program: No such file or directory")
    runs.start_toy("anna", steps=1)
    assert runs.ended("anna").state == "finished"


_DEAF = "import time\nprint('deaf', flush=True)\ntime.sleep(600)"
_STUBBORN = (
    "import signal, time\nfor number in (2, 15): signal.signal(number, signal.SIG_IGN)\n"
    "print('deaf', flush=True)\ntime.sleep(600)"
)


def _start_deaf(runs: Runs, code: str) -> registry.RunSnapshot:
    run = runs.start_python("deaf", code)
    wait_until(lambda: b"\ndeaf" in (run.folder / "train.log").read_bytes())
    return run


def test_worker_that_reads_no_commands_is_stopped_by_a_signal(runs: Runs) -> None:
    run = _start_deaf(runs, _DEAF)
    assert launch.stop(run.folder, wait_s=4)
    end = runs.ended("deaf")
    assert (end.state, end.reason) == ("stopped", "ended by SIGTERM after a stop was asked for")


def test_worker_that_ignores_everything_is_killed_when_now_is_asked(runs: Runs) -> None:
    run = _start_deaf(runs, _STUBBORN)
    assert not launch.stop(run.folder, wait_s=0.4)
    assert registry.read_run(run.folder).is_live
    assert launch.stop(run.folder, now=True, wait_s=20)
    assert runs.ended("deaf").reason == "ended by SIGKILL after a stop was asked for"


def test_sigterm_to_the_supervisor_becomes_a_stop_then_a_signal_then_force(runs: Runs) -> None:
    run = _start_deaf(runs, _STUBBORN)
    assert run.supervisor is not None
    run.supervisor.send_signal(signal.SIGTERM)
    wait_until(lambda: list((run.folder / "inbox").glob("*.json")))
    message = json.loads(next((run.folder / "inbox").glob("*.json")).read_text())
    assert message["command"] == "stop"
    run.supervisor.send_signal(signal.SIGTERM)
    time.sleep(0.2)
    assert registry.read_run(run.folder).is_live, "this worker ignores the second one"
    run.supervisor.send_signal(signal.SIGTERM)
    end = runs.ended("deaf")
    assert (end.state, end.exit_code) == ("stopped", -9)


def test_foreground_run_is_kept_in_this_process(runs: Runs) -> None:
    code = launch.run_foreground(runs.logs / "toy", kind="train", argv=runs.toy(steps=2))
    run = registry.read_run(runs.logs / "toy")
    assert (code, run.state, run.step) == (0, "finished", 2)
    assert run.supervisor is not None
    assert run.supervisor.pid == os.getpid()
    assert launch.run_foreground(runs.logs / "toy", kind="train", argv=[sys.executable, "-c", "1/0"]) == 1
    assert "ZeroDivisionError" in registry.read_run(runs.logs / "toy").reason


def test_second_start_resumes_in_the_same_folder(runs: Runs) -> None:
    first = runs.start("toy", runs.toy(steps=2), config_json='{"a": 1}')
    runs.ended("toy")
    with (first.folder / "train.log").open("ab") as log:
        log.write(b"torn line of a killed worker")
    runs.start_toy(steps=4)
    end = runs.ended("toy")
    assert (end.id, end.created, end.step) == (first.id, first.created, 4)
    assert (end.folder / "config.json").read_text() == '{"a": 1}'
    lines = (end.folder / "train.log").read_text().splitlines()
    output = [line for line in lines if not line.startswith("---")]
    assert output == ["step 1", "step 2", "torn line of a killed worker", "step 3", "step 4"]
    events = EventTail(end.folder / "events.jsonl").read_new()
    assert [event["step"] for event in events if event["kind"] == "metric"] == [1, 2, 3, 4]


def test_secrets_reach_the_worker_and_no_file(runs: Runs) -> None:
    code = "import os, sys; sys.exit(0 if os.environ['API_KEY'] == sys.argv[2] == 'hunter' + '2' else 1)"
    argv = [sys.executable, "-c", code, "--api_key", "hunter2"]
    runs.start("anna", argv, env={**os.environ, "API_KEY": "hunter2"})
    assert runs.ended("anna").exit_code == 0
    for path in (runs.logs / "anna").rglob("*"):
        assert path.is_dir() or b"hunter2" not in path.read_bytes(), path.name


def test_what_a_worker_leaves_behind_is_ended(runs: Runs) -> None:
    code = (
        "import subprocess, sys\n"
        "child = subprocess.Popen(['sleep', '600'])\n"
        "print('child', child.pid, flush=True)\n"
        "sys.exit(5)"
    )
    runs.start_python("anna", code)
    run = runs.ended("anna")
    assert run.exit_code == 5
    child = int((run.folder / "train.log").read_text().rpartition("\nchild ")[2].split()[0])
    wait_until(lambda: not is_alive(child))


def test_files_of_the_workspace_do_not_shadow_the_library(
    runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("json.py", "signal.py", "engine.py"):
        (tmp_path / name).write_text("raise SystemExit('shadowed')")
    monkeypatch.chdir(tmp_path)
    runs.start("toy", [sys.executable, "-P", *runs.toy(steps=1)[1:]])
    assert runs.ended("toy").state == "finished"


def test_supervisor_can_be_started_by_hand(runs: Runs) -> None:
    module = [sys.executable, "-m", "engine.runs.supervisor"]
    command = [*module, str(runs.logs / "toy"), "--", *runs.toy()]
    assert "process" in json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    runs.running("toy")
    second = subprocess.run(command, check=True, capture_output=True)
    assert "live run" in json.loads(second.stdout)["error"]
    assert launch.stop(runs.logs / "toy", wait_s=10)
    usage = subprocess.run([*module, "x"], check=False, capture_output=True)
    assert usage.returncode != 0
    assert b"usage:" in usage.stderr


def test_windows_flags_detach_from_console_group_and_job() -> None:
    flags = detached_options("win32")["creationflags"]
    assert flags == 0x08000000 | 0x00000200 | 0x01000000
    assert "start_new_session" not in detached_options("win32")
    assert detached_options("linux")["start_new_session"] is True


@pytest.mark.parametrize(
    ("log", "words"),
    [
        (b"", ""),
        (b"one\ntwo\n\n  \n---\n", "two"),
        (b"\x1b[31mred\x1b[0m \x07alarm\n", "red alarm"),
        (b"  0%|  | 0/9\r 50%|# | 5/9\r100%|##| 9/9\n", "100%|##| 9/9"),
        (b"[rank0]: Traceback (most recent call last):\n[rank0]:   File x\n[rank0]: OSError: full\n", "OSError: full"),
        (b"Traceback (most recent call last):\n  File x\nKeyError: 1\n\nDuring handling\n\n"
         b"Traceback (most recent call last):\n  File y\nTypeError: 2\nmore of it\n", "TypeError: 2"),
        (b"Traceback (most recent call last):\n  File torn", "File torn"),
        ("ü" .encode() * 1000, "ü" * 300),
        (b"\xff\xfe broken\n", "\ufffd\ufffd broken"),
    ],
)  # fmt: skip
def test_log_is_summarized_by_its_error_or_last_line(tmp_path: Path, log: bytes, words: str) -> None:
    (tmp_path / "train.log").write_bytes(b"ValueError: of an earlier run\n" + log)
    assert summarize_log(tmp_path / "train.log", start=30) == words


def test_run_can_be_stopped_when_no_message_fits_on_the_disk(runs: Runs) -> None:
    run = _start_deaf(runs, _DEAF)
    code = (
        "import resource, sys; from engine.runs import launch\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
        "sys.exit(0 if launch.stop(sys.argv[1], wait_s=10) else 1)"
    )
    subprocess.run([sys.executable, "-c", code, str(run.folder)], check=True)
    assert runs.ended("deaf").exit_code == -signal.SIGTERM
