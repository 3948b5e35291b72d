"""A log of any length and content reads as the lines that a terminal would show."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.runs.logs.log_index import LONGEST_SHOWN, LogIndex, tail


def _oracle(data: bytes) -> list[bytes]:
    return [line.rstrip(b"\r").split(b"\r")[-1] for line in data.split(b"\n")[:-1]]


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
def test_index_of_a_growing_file_equals_splitting_it(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "train.log"
    path.unlink(missing_ok=True)
    index, whole, came = LogIndex(path), b"", 0
    assert index.poll() == 0
    for piece in data.draw(
        st.lists(st.lists(st.sampled_from(b"aAb\n\n\r \xc3"), max_size=20).map(bytes), max_size=6)
    ):
        whole += piece
        with path.open("ab") as file:
            file.write(piece)
        came += index.poll(data.draw(st.sampled_from([None, 1])))
    came += index.poll()
    lines = _oracle(whole)
    assert came == len(index) == len(lines)
    assert [index.line(n) for n in range(len(index))] == lines
    start, stop = sorted(data.draw(st.tuples(st.integers(-2, 30), st.integers(-2, 30))))
    assert index.lines(start, stop) == lines[max(0, start) : max(0, stop)]
    assert index.partial() == whole.split(b"\n")[-1].rstrip(b"\r").split(b"\r")[-1]
    count = data.draw(st.integers(0, 10))
    shown = lines if whole.endswith(b"\n") or not whole else [*lines, index.partial()]
    assert tail(path, count) == (shown[-count:] if count else [])

    needle = data.draw(st.sampled_from([b"a", b"A", b"ab", b"b a", b"\xc3", b"aa"]))
    first = data.draw(st.integers(-1, len(lines) + 1))
    for ignore_case in (False, True):
        hits = [
            n
            for n, line in enumerate(lines)
            if (needle.lower() in line.lower() if ignore_case else needle in line)
        ]
        later, earlier = [n for n in hits if n >= first], [n for n in hits if n <= first]
        assert index.find(needle, first, ignore_case=ignore_case) == (later[0] if later else None)
        assert index.find(needle, first, -1, ignore_case=ignore_case) == (earlier[-1] if earlier else None)

    pattern = data.draw(st.sampled_from([b"a|b", b"^a", b"a$", rb"\s", b"^$", b"[^a]", b"a.*b"]))
    inverted = data.draw(st.booleans())
    wanted = [
        n
        for n in range(max(0, start), min(stop, len(lines)))
        if bool(re.search(pattern, lines[n])) != inverted
    ]
    for step in (1, -1):
        batches = index.matches(pattern, max(0, start), max(0, stop), step, inverted=inverted)
        assert [n for numbers in batches for n in numbers] == wanted[::step]


def test_progress_bar_shows_its_last_state(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    path.write_bytes(b"one\r\n" + b"".join(b"\r%3d%%" % n for n in range(101)) + b"\n" + b"\r  1%\r  2%")
    index = LogIndex(path)
    assert index.poll() == 2
    assert index.lines(0, 9) == [b"one", b"100%"]
    assert index.partial() == b"  2%"
    assert index.find(b" 50%", 0) is None, "what was written over is not shown, so it is not found"
    assert [list(numbers) for numbers in index.matches(b"^100%$", 0, 2)] == [[1]]
    with pytest.raises(IndexError):
        index.line(2)
    with pytest.raises(IndexError):
        index.line(-1)


def test_empty_searches_find_nothing(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    index = LogIndex(path)
    assert index.find(b"x", 0) is None
    path.write_bytes("größe\nx\n".encode())
    index.poll()
    assert index.find("", 0) is None
    assert index.find(b"x\n", 0) is None
    assert index.find("größe", 1, -1) == 0
    assert index.find(b"x", 2) is None


def test_endless_lines_are_shown_to_a_limit(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    path.write_bytes(b"a" * (3 << 20) + b"\nshort\n" + b"b" * (3 << 20) + b"\n" + b"c" * 100_000)
    index = LogIndex(path)
    assert index.poll() == 3
    assert index.line(0) == b"a" * LONGEST_SHOWN
    assert index.lines(0, 3) == [b"a" * LONGEST_SHOWN, b"short", b"b" * LONGEST_SHOWN]
    assert set(index.partial()) == {ord("c")}
    assert len(index.partial()) <= LONGEST_SHOWN
    assert all(len(line) <= LONGEST_SHOWN for line in tail(path, 4))


def test_log_that_begins_anew_is_indexed_anew(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    path.write_bytes(b"old\n" * 5 + b"rest")
    index = LogIndex(path)
    assert index.poll() == 5
    path.unlink()
    assert (index.poll(), len(index), index.partial()) == (0, 0, b"")
    for restarts, count in enumerate((50, 2), start=1):
        path.write_bytes(b"new\n" * count)
        assert index.poll() == len(index) == count
        assert set(index.lines(0, 99)) == {b"new"}
        assert index.restarts == restarts


def test_file_that_vanishes_between_looks_gives_no_error(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    path.write_bytes(b"one\ntwo\n")
    index = LogIndex(path)
    index.poll()
    path.unlink()
    assert index.line(0) == b""
    assert index.find(b"one", 0) is None
    assert index.partial() == b""
    assert tail(path, 5) == []
    folder = LogIndex(tmp_path)
    assert folder.poll() == 0


def test_matches_across_blocks_are_found(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    block = 1 << 20
    for shift in (-6, -3, -1, 0, 1):
        before = block + shift
        path.write_bytes(b"x" * (before - 1) + b"\n" + b"needle\n" + b"y" * (2 * block) + b"\n")
        index = LogIndex(path)
        index.poll()
        assert index.find(b"needle", 0) == 1
        assert index.find(b"needle", 2, -1) == 1
        assert [n for numbers in index.matches(b"[xn]", 0, 3, -1) for n in numbers] == [1, 0]
