"""The records of an event file of TensorBoard, as they come: a file may be growing, cut off or broken.

8 bytes   length of the data, little-endian
4 bytes   checksum of the length: CRC-32C, rotated right by 15 and added to a constant
n bytes   data: an `Event` of TensorBoard's protocol
4 bytes   checksum of the data; not looked at for pictures and sounds, for which it would take seconds
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from google.protobuf.message import DecodeError
from tensorboard.compat.proto.event_pb2 import Event

from engine.i18n import _
from engine.runs.logs.follow import FollowedFile

_HEAD = struct.Struct("<QI")
_BLOCK = 4 << 20
_CHECKED_BYTES = 1024
_LONGEST = 256 << 20  # bytes of a record; pictures and sounds are far below
_POLYNOMIAL = 0x82F63B78


class EventFile:
    """Follows one event file. `fault` says in a sentence why the rest cannot be read, "" while it can."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fault = ""
        self.is_at_end = False
        self._file = FollowedFile(path)
        self._rest = b""
        self._read = 0  # records so far

    @property
    def restarts(self) -> int:
        """How often the file turned out to be another one."""
        return self._file.restarts

    @property
    def unfinished_bytes(self) -> int:
        """Bytes of a record whose end has not come yet."""
        return len(self._rest)

    @property
    def records(self) -> int:
        """How many were read."""
        return self._read

    def read_new(self) -> Iterator[Any]:
        """The events of the next block."""
        if self.fault:
            return
        data, restarted = self._file.read_new(_BLOCK)
        if restarted:
            self._rest, self._read = b"", 0
        self.is_at_end = not data
        data, at = self._rest + data, 0
        while at + _HEAD.size <= len(data):
            length, check = _HEAD.unpack_from(data, at)
            if check != _masked_crc(data[at : at + 8]) or length > _LONGEST:
                self._stop()
                return
            end = at + _HEAD.size + length + 4
            if end > len(data):
                break
            event = _parsed(data[at + _HEAD.size : end])
            if event is None:
                self._stop()
                return
            self._read += 1
            at = end
            yield event
        self._rest = data[at:]

    def _stop(self) -> None:
        self._rest = b""
        self.is_at_end = True
        text = _("{file} is broken after {n:,} records; what stands before is shown")
        self.fault = text.format(file=self.path.name, n=self._read)


def _parsed(data: bytes) -> Any:
    """The event before its checksum; None where it is broken."""
    body, check = data[:-4], int.from_bytes(data[-4:], "little")
    if len(body) <= _CHECKED_BYTES and _masked_crc(body) != check:
        return None
    try:
        return Event.FromString(body)
    except DecodeError:
        return None


def _table() -> list[int]:
    table = []
    for value in range(256):
        for _bit in range(8):
            value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)  # noqa: PLW2901 - as the algorithm is written
        table.append(value)
    return table


_TABLE = _table()


def _masked_crc(data: bytes) -> int:
    value = 0xFFFFFFFF
    for byte in data:
        value = _TABLE[(value ^ byte) & 0xFF] ^ value >> 8
    value ^= 0xFFFFFFFF
    return ((value >> 15 | value << 17) + 0xA282EAD8) & 0xFFFFFFFF
