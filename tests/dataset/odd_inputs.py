"""Corrupt and odd inputs, made by mutation from a seed, and what the workshop says of each.

    python odd_inputs.py FOLDER FIRST COUNT      one JSON line each: name, size, reason, cpu_s; fault: a broken promise

Each input may take 64 MB of address space beyond its own size: the limit is set anew before each, so exceeding it is a
MemoryError in the middle of the work.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

from engine.dataset.clips.cache import StatsCache
from engine.dataset.clips.issues import Requirements
from engine.dataset.clips.measure import measure_clip
from engine.dataset.lists import filelist
from engine.dataset.lists.filelist import ListFile
from engine.dataset.lists.open_dataset import judge, open_source
from engine.dataset.lists.save_lists import save
from engine.errors import InputError

ROOM_BYTES = 64 << 20
EXTREMES = (0, 1, 2, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
FORMATS = (
    ("wav", "PCM_16"),
    ("wav", "FLOAT"),
    ("wav", "PCM_24"),
    ("wav", "ULAW"),
    ("flac", "PCM_16"),
    ("ogg", "VORBIS"),
    ("mp3", "MPEG_LAYER_III"),
)
LINES = [f"wavs/{i:02d}.wav|speaker{i % 3}|sentence number {chr(97 + i)} of them all" for i in range(20)]


def sound_files(folder: Path) -> list[bytes]:
    """A second of a made-up voice in every format."""
    dice = np.random.default_rng(5)
    seconds = np.arange(22050) / 22050
    voice_L = 0.3 * np.sin(2 * np.pi * 140 * seconds) * np.abs(np.sin(2 * np.pi * 3 * seconds))
    voice_L += dice.normal(0, 0.003, len(voice_L))
    made = []
    for suffix, subtype in FORMATS:
        path = folder / f"source.{suffix}"
        soundfile.write(path, voice_L, 22050, subtype=subtype)
        made.append(path.read_bytes())
    return made


def spoilt_sound(sources: list[bytes], dice: random.Random) -> bytes:
    """One of the sources, mutated one to four times; headers are hit more often than samples."""
    data = bytearray(dice.choice(sources))
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(64) if dice.random() < 0.6 else dice.randrange(max(1, len(data)))
        match dice.randrange(9):
            case 0:
                del data[dice.randrange(len(data) + 1) :]
            case 1:
                data[at : at + 4] = dice.choice(EXTREMES).to_bytes(4, dice.choice(["little", "big"]))
            case 2:
                data[at : at + 2] = (dice.choice(EXTREMES) & 0xFFFF).to_bytes(2, "little")
            case 3:
                data[at : at + dice.randint(1, 200)] = b""
            case 4:
                data[at:at] = dice.randbytes(dice.randint(1, 200))
            case 5:
                data += dice.randbytes(dice.randint(1, 5000))
            case 6:
                other = dice.choice(sources)
                data[at:] = other[at:]
            case 7:
                data[at : at + 400] = bytes(400)
            case 8 if data:
                for _ in range(dice.randint(1, 30)):
                    data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    return bytes(data)


def spoilt_list(dice: random.Random) -> bytes:
    """A list with one to six things wrong with it."""
    lines = [line.encode() for line in LINES]
    for _ in range(dice.randint(1, 6)):
        at = dice.randrange(len(lines))
        line = lines[at]
        spoils: list[Callable[[], bytes]] = [
            lambda line=line: line.replace(b"|", b"", dice.randint(1, 2)),  # type: ignore[misc]
            lambda line=line: line + b"|" * dice.randint(1, 50),  # type: ignore[misc]
            lambda line=line: line[: dice.randrange(len(line) + 1)],  # type: ignore[misc]
            lambda line=line: (
                line[:9] + dice.choice([b"\x00", b"\x1b[2J", b"\x07", b"\r", b"\xe2\x80\xae"]) + line[9:]
            ),  # type: ignore[misc]
            lambda line=line: b"../" * dice.randint(1, 20) + line,  # type: ignore[misc]
            lambda line=line: b"/etc/" + line,  # type: ignore[misc]
            lambda line=line: line + b" \xe4\xf6\xfc\xff",  # type: ignore[misc]
            lambda line=line: b"x" * dice.randint(300, 5000) + line,  # type: ignore[misc]
            lambda line=line: line + b" very long" * dice.randint(1000, 20000),  # type: ignore[misc]
            lambda: dice.randbytes(dice.randint(1, 300)),
            lambda: dice.choice(lines),
            lambda: b"",
            lambda: b"   ",
            lambda: b"#" + dice.randbytes(20).replace(b"\n", b""),
            lambda: b"|||",
            lambda: b"wavs/01.wav||",
        ]
        lines[at] = dice.choice(spoils)()
    data = dice.choice([b"\n", b"\n", b"\r\n", b"\r"]).join(lines) + dice.choice([b"", b"\n", b"\n\n\n"])
    match dice.randrange(12):
        case 0:
            return b"\xef\xbb\xbf" + data
        case 1:
            return data.decode("latin-1").encode("utf-16")
        case 2:
            return b""
        case 3:
            return data[: dice.randrange(len(data))]
    return data


def say_of_sound(path: Path) -> str:
    """The reason for which a file is no clip, or what was measured of it."""
    figures = measure_clip(path)
    if figures.fault:
        assert figures.reason, "a fault without a reason"
        return figures.reason
    assert figures.frames > 0 and figures.rate > 0, "a clip without sound"
    assert 0 <= figures.silence <= 1 and figures.peak >= 0, "figures that cannot be"
    assert figures.lufs is None or -70.5 < figures.lufs < 200, "a loudness that cannot be"
    return f"{figures.seconds:.2f} s, {figures.lufs} LUFS"


def say_of_list(path: Path) -> str:
    """Every reason that is found in a list; saving it without a change must write the same bytes."""
    reasons = []
    before = path.read_bytes()
    try:
        filelist.read(path)
    except InputError as error:
        reasons.append(str(error))
    file = ListFile.read(path)
    assert file.mark + b"".join(line.raw for line in file.lines) == before, "lines that are not the file's"
    try:
        board = open_source([path], path.parent)
    except InputError as error:
        return "; ".join([*reasons, str(error)])
    figures = StatsCache(path.parent).find([clip.path for clip in board.clips])
    verdicts = judge(board, figures, Requirements(), path.parent)
    assert all(verdict.reason for each in verdicts for verdict in each), "a verdict without a reason"
    assert all(verdicts), "a clip that is not there has no verdict"
    reasons += sorted({verdict.reason for each in verdicts for verdict in each})
    assert save(board, path.parent).lines == 0, "saved other lines than were opened"
    assert path.read_bytes() == before, "bytes that nobody changed were changed"
    return "; ".join(reasons)


def _limit(room: int) -> None:
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + room, resource.RLIM_INFINITY))


def _no_limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def _check_that_the_limit_bites() -> None:
    _limit(ROOM_BYTES)
    try:
        bytearray(2 * ROOM_BYTES)
    except MemoryError:
        return
    finally:
        _no_limit()
    raise SystemExit("the limit of address space does not hold here")


def main() -> None:
    folder, first, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    sources = sound_files(folder)
    for data in sources:  # what is loaded and kept at the first use is not the inputs' fault
        (folder / "warm").write_bytes(data)
        measure_clip(folder / "warm")
    _check_that_the_limit_bites()
    for number in range(first, first + count):
        dice = random.Random(number)
        is_sound = number % 5 < 3
        path = folder / (f"{number}.wav" if is_sound else f"train_{number}.txt")
        data = spoilt_sound(sources, dice) if is_sound else spoilt_list(dice)
        path.write_bytes(data)
        told = {"name": path.name, "size": len(data), "reason": "", "fault": ""}
        _limit(ROOM_BYTES + len(data))
        started = time.process_time()
        try:
            told["reason"] = say_of_sound(path) if is_sound else say_of_list(path)
        except Exception as error:  # noqa: BLE001 - any of them is a broken promise, told by its input
            told["fault"] = f"{type(error).__name__}: {error}"
        told["cpu_s"] = time.process_time() - started
        _no_limit()
        print(json.dumps(told), flush=True)
        if not told["fault"]:
            for made in folder.glob(f"*{number}*"):
                made.unlink()


if __name__ == "__main__":
    main()
