"""What others put into a run's mailbox is refused, whoever they are and whatever it is; the run does not notice."""

from __future__ import annotations

import contextlib
import json
import os
import random
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.runs import commands, launch
from engine.runs.commands import LARGEST_MESSAGE, Inbox
from tests.runs.fault_support import Count, ToyRun

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(sys.platform == "win32", reason="owners and links of POSIX"),
]
promise = pytest.mark.promise(
    "R20", "mailbox: other owner, symlink, over 64 KB, unknown command refused; run folder 0700"
)
NOBODY = 65534


def as_another_user(script: str, *words: str | Path) -> bool:
    """Run a line of shell as user 65534, its words as $1 and so on; whether the system let it."""
    command = ["/bin/sh", "-c", script, "sh", *map(str, words)]
    done = subprocess.run(
        command, check=False, user=NOBODY, group=NOBODY, extra_groups=[], stderr=subprocess.DEVNULL, cwd="/"
    )
    return done.returncode == 0


def message(name: str, command: str = "stop_now") -> str:
    return json.dumps({"v": 1, "id": name, "command": command, "args": {}})


@promise
@pytest.mark.skipif(
    sys.platform != "win32" and os.geteuid() != 0, reason="only root can act as a second user"
)
def test_another_user_can_neither_reach_the_mailbox_nor_be_obeyed_in_it(toy: ToyRun) -> None:
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
        # written beside the inbox: a poll takes strange files out of it before they could get their name
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


_COMMANDS = ["rm -rf /", "STOP", "stop ", "stop\u0000", "", None, 7, ["stop"], {"stop": 1}]
_BROKEN: list[Callable[[random.Random, str, bytes], bytes]] = [
    lambda noise, name, good: good[: noise.randrange(len(good))],
    lambda noise, name, good: good + noise.choice((b"\x00", b"\xff\xfe", b"}{", b"]")),
    lambda noise, name, good: json.dumps(
        {"id": name, "command": noise.choice(_COMMANDS), "args": {}}
    ).encode(),
    lambda noise, name, good: message(f"../{name}").encode(),
    lambda noise, name, good: good.replace(b"{}", noise.choice((b"[]", b'"x"', b"1", b"null", b"true"))),
    lambda noise, name, good: good[:-1] + b" " * LARGEST_MESSAGE + b"}",
    lambda noise, name, good: b"[" * noise.randrange(1000, 60000),
    lambda noise, name, good: noise.randbytes(noise.randrange(0, 4000)),
]


def _fuzzed(noise: random.Random, number: int) -> tuple[str, bytes]:
    """A name, and a content that breaks a rule: torn, not JSON, no command, another's name, no arguments, too large,
    too deep, or plain noise."""
    name = f"{number:020d}-{noise.randrange(16**8):08x}"
    good = message(name, noise.choice(commands.COMMANDS)).encode()
    return name, noise.choice(_BROKEN)(noise, name, good)


@promise
def test_thousand_fuzzed_messages_are_never_obeyed_and_a_poll_takes_few(tmp_path: Path, count: Count) -> None:
    noise, inbox = random.Random(20), Inbox(tmp_path)
    total, refused = count(1000, 20000), 0
    for number in range(total):
        name, data = _fuzzed(noise, number)
        (tmp_path / "inbox" / f"{name}.json").write_bytes(data)
        if number % 250 == 249:
            for _ in range(3):
                assert inbox.poll() == []
                taken = inbox.take_refusals()
                assert len(taken) <= 100, "a flood must not hold up a training step"
                refused += len(taken)
    assert refused == total
    assert list((tmp_path / "inbox").iterdir()) == []


@promise
def test_trainer_under_fuzz_goes_on_and_hears_its_owner(toy: ToyRun) -> None:
    toy.start()
    toy.steps_on()
    noise = random.Random(21)
    for number in range(300):
        name, data = _fuzzed(noise, number)
        (toy.folder / "inbox" / f"{name}.json").write_bytes(data)
    run = toy.steps_on(5)
    assert run.state == "running"
    asked = commands.send(toy.folder, "ping")
    reply = commands.wait_reply(toy.folder, asked, 30)
    assert reply is not None
    assert reply["command"] == "ping"
    assert launch.stop(toy.folder, wait_s=30)
    assert not any(one["level"] == "error" for one in toy.events("alert"))


@promise
def test_links_pipes_and_folders_are_not_followed(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    secret = tmp_path / "secret.json"
    secret.write_text(message("link"))
    (tmp_path / "inbox" / "link.json").symlink_to(secret)
    (tmp_path / "inbox" / "loop.json").symlink_to("loop.json")
    (tmp_path / "inbox" / "nowhere.json").symlink_to("/nowhere/at/all")
    os.mkfifo(tmp_path / "inbox" / "pipe.json")
    (tmp_path / "inbox" / "folder.json").mkdir()
    assert inbox.poll() == []
    assert len(inbox.take_refusals()) >= 4
    assert secret.read_text() == message("link"), "what a link points to is left alone"
    with contextlib.suppress(FileNotFoundError):
        assert not any(path.suffix == ".json" for path in (tmp_path / "inbox").iterdir())
