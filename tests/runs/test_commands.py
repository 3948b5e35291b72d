"""Commands arrive once, in order; what is no command, or of somebody else, is refused, removed and reported."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from engine.errors import InputError
from engine.runs import commands, launch
from engine.runs.commands import Inbox, Message
from tests.runs.fault_support import ToyRun

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links, pipes and owners of POSIX")
REFUSED = pytest.mark.promise(
    "R20", "commands: other owner, symlink, over 64 KB, unknown command refused; run folder 0700"
)
NOBODY = 65534


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Inbox(tmp_path)  # makes the folders
    return tmp_path


def _plant(folder: Path, name: str, **changes: object) -> Path:
    path = folder / "inbox" / f"{name}.json"
    path.write_text(json.dumps({"v": 1, "id": name, "command": "ping", "args": {}} | changes))
    return path


def test_commands_come_in_order_and_once(folder: Path) -> None:
    inbox = Inbox(folder)
    assert inbox.poll() == []
    sent = [commands.send(folder, command, number=n) for n, command in enumerate(commands.COMMANDS)]
    assert commands.is_waiting(folder, sent[0])
    expected = [Message(sent[n], command, {"number": n}) for n, command in enumerate(commands.COMMANDS)]
    assert inbox.poll() == expected
    assert inbox.poll() == []
    assert not commands.is_waiting(folder, sent[0])
    assert inbox.take_refusals() == []


def test_reply_reaches_the_one_who_asked(folder: Path) -> None:
    inbox = Inbox(folder)
    message_id = commands.send(folder, "free_memory")
    assert commands.wait_reply(folder, message_id, 0) is None

    def answer() -> None:
        for message in inbox.poll():
            inbox.reply(message, before=2 << 30, path=Path("x"))

    threading.Timer(0.05, answer).start()
    reply = commands.wait_reply(folder, message_id, 10)
    assert reply is not None
    found = [reply[key] for key in ("id", "command", "before", "path")]
    assert found == [message_id, "free_memory", 2 << 30, "x"]
    assert _names(folder / "outbox") == [], "an answer that was read is taken away"


def test_a_poll_takes_few_of_a_flood(folder: Path) -> None:
    """A flood must not hold up a training step."""
    for number in range(150):
        (folder / "inbox" / f"{number}.json").write_bytes(b"[" * number)
    inbox = Inbox(folder)
    assert inbox.poll() == [] and len(inbox.take_refusals()) == 100
    assert inbox.poll() == [] and len(inbox.take_refusals()) == 50


def test_answers_that_nobody_reads_do_not_pile_up(folder: Path) -> None:
    inbox = Inbox(folder)
    for number in range(120):
        inbox.reply(Message(f"{number:020d}", "ping"))
    assert len(_names(folder / "outbox")) == 101


def test_unknown_commands_and_huge_arguments_are_not_even_sent(folder: Path) -> None:
    with pytest.raises(ValueError, match="no such command"):
        commands.send(folder, "rm")
    with pytest.raises(ValueError, match="65536 bytes"):
        commands.send(folder, "ping", text="x" * 70000)
    assert Inbox(folder).poll() == []


def test_sending_to_no_run_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a run"):
        commands.send(tmp_path / "nowhere", "ping")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"command": "rm -rf"}, "no command"),
        ({"command": ["stop"]}, "no command"),
        ({"command": None}, "no command"),
        ({"id": "other"}, "id is not its name"),
        ({"id": 5}, "id is not its name"),
        ({"args": "x"}, "not an object"),
        ({"args": {"x": "y" * 70000}}, "65536 are allowed"),
    ],
)
@REFUSED
def test_message_that_breaks_a_rule_is_refused(folder: Path, changes: dict[str, object], why: str) -> None:
    _plant(folder, "bad", **changes)
    good = commands.send(folder, "stop")
    inbox = Inbox(folder)
    assert [message.id for message in inbox.poll()] == [good]
    (refusal,) = inbox.take_refusals()
    assert "bad.json" in refusal
    assert why in refusal
    assert _names(folder / "inbox") == []
    assert inbox.take_refusals() == []


@REFUSED
def test_only_regular_files_are_read(folder: Path, tmp_path: Path) -> None:
    inbox = Inbox(folder)
    outside = tmp_path / "outside.json"
    outside.write_text(json.dumps({"id": "link", "command": "stop", "args": {}}))
    (folder / "inbox" / "link.json").symlink_to(outside)
    (folder / "inbox" / "loop.json").symlink_to("loop.json")
    (folder / "inbox" / "nowhere.json").symlink_to("/nowhere/at/all")
    os.mkfifo(folder / "inbox" / "pipe.json")
    (folder / "inbox" / "folder.json").mkdir()
    (folder / "inbox" / "folder.json" / "x").write_text("x")
    before = Path.cwd()
    os.chdir(folder / "inbox")  # the name of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("socket.json")
    finally:
        os.chdir(before)
    assert inbox.poll() == [], "and a pipe without a writer is not waited for"
    refusals = inbox.take_refusals()
    assert len(refusals) == 6
    assert any("symbolic link" in refusal for refusal in refusals)
    assert outside.exists(), "the link is removed, not what it points to"
    assert inbox.poll() == []
    assert inbox.take_refusals() == []


def as_another_user(script: str, *words: str | Path) -> bool:
    """Run a line of shell as user 65534, its words as $1 and so on; whether the system let it."""
    command = ["/bin/sh", "-c", script, "sh", *map(str, words)]
    done = subprocess.run(
        command, check=False, user=NOBODY, group=NOBODY, extra_groups=[], stderr=subprocess.DEVNULL, cwd="/"
    )
    return done.returncode == 0


def message(name: str, command: str = "stop_now") -> str:
    return json.dumps({"v": 1, "id": name, "command": command, "args": {}})


@REFUSED
@pytest.mark.skipif(
    sys.platform != "win32" and os.geteuid() != 0, reason="only root can act as a second user"
)
def test_another_user_can_neither_reach_the_inbox_nor_be_obeyed_in_it(toy: ToyRun) -> None:
    toy.start()
    toy.steps_on()
    inbox = toy.folder / "inbox"
    assert {stat.S_IMODE(path.stat().st_mode) for path in (toy.folder, inbox)} == {0o700}
    parents = [toy.folder.parent, *toy.folder.parent.parents]
    opened = [path for path in parents if path.stat().st_uid == 0 and not path.stat().st_mode & 0o001]
    try:
        for path in opened:  # as on a machine where the workspace itself is for all to see
            path.chmod(path.stat().st_mode | 0o055)
        assert as_another_user('ls "$1"', toy.folder.parent), "the way there is open"
        assert not as_another_user('printf %s "$2" > "$1"', inbox / "0.json", message("0"))
        assert not as_another_user('cat "$1"', toy.folder / "state.json")
        for path in (toy.folder, inbox):  # and if somebody has opened it after all
            path.chmod(0o777)
        # written next to the inbox: a poll takes strange files out of it before they could get their name
        written = toy.folder / "part"
        assert as_another_user(
            'printf %s "$2" > "$3" && mv "$3" "$1"', inbox / "1.json", message("1"), written
        )
        assert as_another_user('ln -s "$2" "$1"', inbox / "2.json", toy.folder / "run.json")
        toy.steps_on()
    finally:
        for path in opened:
            path.chmod(path.stat().st_mode & ~0o055)
    assert toy.now().state == "running", "neither was obeyed"
    assert list(inbox.glob("*.json")) == []
    assert launch.stop(toy.folder, wait_s=30)
    assert toy.becomes("stopped").reason == f"step {toy.checkpoint()}", "our own stop was"
