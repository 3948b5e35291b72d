"""Commands arrive once, in order; what is no command is refused, removed and reported."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from engine.errors import InputError
from engine.runs import commands
from engine.runs.commands import Inbox, Message

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links, pipes and owners of POSIX")


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
    assert (reply["id"], reply["command"], reply["before"], reply["path"]) == (
        message_id,
        "free_memory",
        2 << 30,
        "x",
    )
    assert _names(folder / "outbox") == [], "an answer that was read is taken away"


def test_answers_that_nobody_reads_are_forgotten(folder: Path) -> None:
    now = [1000.0]
    inbox = Inbox(folder, clock=lambda: now[0])
    inbox.reply(Message("old", "ping"))
    inbox.reply(Message("young", "ping"))
    assert sorted(_names(folder / "outbox")) == ["old.json", "young.json"]
    now[0] += 599
    inbox.reply(Message("new", "ping"))
    assert len(_names(folder / "outbox")) == 3
    now[0] += 2
    inbox.reply(Message("newest", "ping"))
    assert sorted(_names(folder / "outbox")) == ["new.json", "newest.json", "young.json"]


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


def test_only_regular_files_are_read(folder: Path, tmp_path: Path) -> None:
    inbox = Inbox(folder)
    outside = tmp_path / "outside.json"
    outside.write_text(json.dumps({"id": "link", "command": "stop", "args": {}}))
    (folder / "inbox" / "link.json").symlink_to(outside)
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
    started = time.monotonic()
    assert inbox.poll() == []
    assert time.monotonic() - started < 1, "a pipe without a writer must not be waited for"
    refusals = inbox.take_refusals()
    assert len(refusals) == 4
    assert any("symbolic link" in refusal for refusal in refusals)
    assert outside.exists(), "the link is removed, not what it points to"
    assert inbox.poll() == []
    assert inbox.take_refusals() == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_message_of_another_user_is_refused(folder: Path) -> None:
    os.chown(_plant(folder, "foreign"), 12345, 12345)
    inbox = Inbox(folder)
    assert inbox.poll() == []
    assert "user 12345" in inbox.take_refusals()[0]


def test_thousand_fuzzed_messages_raise_nothing_and_hide_no_good_one(folder: Path) -> None:
    noise = random.Random(7)
    template = json.dumps({"v": 1, "id": "N", "command": "stop", "args": {"a": [1, 2, {"b": None}]}}).encode()
    inbox, got, refused = Inbox(folder), 0, 0
    for number in range(1000):
        data = bytearray(template.replace(b'"N"', f'"00000-{number:04d}"'.encode()))
        for _ in range(noise.randrange(1, 6)):
            kind, at = noise.randrange(4), noise.randrange(len(data))
            if kind == 0:
                data[at] = noise.randrange(256)
            elif kind == 1:
                del data[at : at + noise.randrange(1, 9)]
            elif kind == 2:
                data[at:at] = noise.randbytes(noise.randrange(1, 9))
            else:
                data[at:at] = b"[" * noise.choice((1, 5000))
            data = data or bytearray(b"{")
        (folder / "inbox" / f"00000-{number:04d}.json").write_bytes(data)
        if number % 50 == 49:
            good = commands.send(folder, "checkpoint")
            messages = inbox.poll()
            assert messages[-1].id == good
            assert all(message.command == "stop" for message in messages[:-1])
            got += len(messages) - 1
            refused += len(inbox.take_refusals())
    assert got + refused == 1000
    assert refused > 500
    assert _names(folder / "inbox") == []


def test_flood_is_taken_in_pieces(folder: Path) -> None:
    for number in range(250):
        _plant(folder, f"{number:04d}")
    inbox = Inbox(folder)
    assert [len(inbox.poll()) for _ in range(4)] == [100, 100, 50, 0]


def test_many_senders_at_once_lose_nothing(folder: Path) -> None:
    code = "import sys; from engine.runs import commands\nfor n in range(25): commands.send(sys.argv[1], 'ping', n=n)"
    senders = [subprocess.Popen([sys.executable, "-c", code, str(folder)]) for _ in range(3)]
    inbox, got = Inbox(folder), 0
    deadline = time.monotonic() + 30
    while got < 75 and time.monotonic() < deadline:
        got += len(inbox.poll())
    assert [sender.wait() for sender in senders] == [0, 0, 0]
    assert got + len(inbox.poll()) == 75
    assert inbox.take_refusals() == []
