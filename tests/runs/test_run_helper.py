"""Questions to a child process are answered, refused or given up; never left hanging."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import InputError
from engine.runs.processes.helper import Helper, HelperError
from tests.runs.run_support import is_alive, wait_until

_CHILD = """
import json, os, signal, sys, time
for line in sys.stdin:
    asked = json.loads(line)
    op, reply = asked["op"], {"id": asked["id"]}
    if op == "echo": reply.update(text=asked["text"])
    elif op == "pid": reply.update(pid=os.getpid())
    elif op == "bad": reply.update(error="a.txt:3: has 1 column")
    elif op == "count":
        for done in (1, 2, 3):
            time.sleep(asked["seconds"])
            print(json.dumps({**reply, "progress": [done, 3]}), flush=True)
    elif op == "sleep": time.sleep(asked["seconds"])
    elif op == "print": print("loading weights"); print("[1, 2]"); print('{"id": 999}'); print('{"id": [1]}')
    elif op == "die": print("MemoryError: no room", file=sys.stderr, flush=True); os._exit(3)
    elif op == "shout": sys.stderr.write("x" * 1000000 + chr(10))
    elif op == "stubborn": signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print(json.dumps(reply), flush=True)
if op == "stubborn": time.sleep(600)
"""


@pytest.fixture
def helper(tmp_path: Path) -> Iterator[Helper]:
    script = tmp_path / "child.py"
    script.write_text(_CHILD)
    with Helper([sys.executable, str(script)]) as helper:
        yield helper


def test_answers_come_back_and_the_child_is_kept(helper: Helper) -> None:
    assert helper.ask("echo", text="zwölf\n") == {"text": "zwölf\n"}
    assert helper.ask("pid") == helper.ask("pid")


def test_bad_input_is_an_input_error(helper: Helper) -> None:
    with pytest.raises(InputError, match=r"a\.txt:3: has 1 column"):
        helper.ask("bad")
    assert helper.ask("echo", text="next") == {"text": "next"}


def test_what_libraries_print_is_no_answer(helper: Helper) -> None:
    assert helper.ask("print") == {}
    assert helper.ask("shout") == {}


def test_late_answer_is_dropped(helper: Helper) -> None:
    with pytest.raises(TimeoutError, match=r"no answer to 'sleep' within 0\.1 s"):
        helper.ask("sleep", timeout_s=0.1, seconds=0.4)
    assert helper.ask("echo", text="next") == {"text": "next"}


def test_progress_is_told_and_extends_the_time(helper: Helper) -> None:
    told: list[list[int]] = []
    assert helper.ask("pid")["pid"]
    answer = helper.ask("count", timeout_s=3.0, seconds=1.1, on_report=lambda at: told.append(at["progress"]))
    assert answer == {} and told == [[1, 3], [2, 3], [3, 3]]


def test_dead_child_is_reported_with_its_error_and_replaced(helper: Helper) -> None:
    with pytest.raises(HelperError, match=r"ended \(exit code 3\): MemoryError: no room"):
        helper.ask("die")
    first = helper.ask("pid")["pid"]
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: not is_alive(first))
    wait_until(lambda: _answers(helper))
    assert helper.ask("pid")["pid"] != first


def _answers(helper: Helper) -> bool:
    try:
        return bool(helper.ask("pid"))
    except HelperError:  # the kill was seen while asking
        return False


def test_program_that_is_not_there_is_an_error() -> None:
    with Helper(["/no/such/program"]) as helper, pytest.raises(HelperError, match="cannot start /no/such"):
        helper.ask("echo")


def test_threads_get_their_own_answers(helper: Helper) -> None:
    wrong: list[object] = []

    def ask(name: str) -> None:
        for number in range(50):
            text = f"{name} {number}"
            if helper.ask("echo", text=text) != {"text": text}:
                wrong.append(text)

    threads = [threading.Thread(target=ask, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_closing_ends_a_child_that_will_not_listen(helper: Helper) -> None:
    helper.ask("stubborn")
    pid = helper.ask("pid")["pid"]
    helper.ask("stubborn")
    helper.close()
    assert not is_alive(pid)
    with pytest.raises(HelperError, match="closed"):
        helper.ask("echo", text="x")
    helper.close()


def test_closing_frees_whoever_still_waits(helper: Helper) -> None:
    helper.ask("pid")
    errors: list[BaseException] = []

    def ask() -> None:
        try:
            helper.ask("sleep", timeout_s=60, seconds=60)
        except HelperError as error:
            errors.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(0.1)
    helper.close()
    thread.join(timeout=10)
    assert len(errors) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
def test_child_ends_with_a_dashboard_that_was_killed(tmp_path: Path) -> None:
    script = tmp_path / "child.py"
    script.write_text(_CHILD)
    code = (
        "import sys, time; from engine.runs.processes.helper import Helper\n"
        "print(Helper([sys.executable, sys.argv[1]]).ask('pid')['pid'], flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(script)], stdout=subprocess.PIPE) as dashboard:
        assert dashboard.stdout is not None
        pid = int(dashboard.stdout.readline())
        dashboard.kill()
    wait_until(lambda: not is_alive(pid))
