"""Folders of TensorBoard as runs: they are read as far as they can be, and what cannot be read is named."""

from __future__ import annotations

import io
import os
import struct
import time
from pathlib import Path

import pytest
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.summary.writer.record_writer import RecordWriter

from engine import workspace
from engine.runs import registry
from engine.runs.foreign import folders
from engine.runs.foreign.tail import ForeignTail
from tests.cli_support import vitsdeck

NAME = "events.out.tfevents.1700000000.box.1.0"


def scalar(step: int, value: float, tag: str = "loss/g/mel") -> Event:
    return Event(
        step=step,
        wall_time=1000.0 + step,
        summary=Summary(value=[Summary.Value(tag=tag, simple_value=value)]),
    )


def tensor(step: int, value: float, *, packed: bool) -> Event:
    """A scalar as newer writers put it."""
    proto = TensorProto(dtype=1, tensor_shape=TensorShapeProto())
    if packed:
        proto.tensor_content = struct.pack("<f", value)
    else:
        proto.float_val.append(value)
    plugin = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="scalars"))
    value_proto = Summary.Value(tag="loss_gen_all", tensor=proto, metadata=plugin)
    return Event(step=step, wall_time=1000.0, summary=Summary(value=[value_proto]))


def records(*events: Event) -> bytes:
    out = io.BytesIO()
    writer = RecordWriter(out)
    for event in (Event(file_version="brain.Event:2"), *events):
        writer.write(event.SerializeToString())
    return out.getvalue()


def folder_of(path: Path, data: bytes, *, age_s: float = 0.0) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    (path / NAME).write_bytes(data)
    os.utime(path / NAME, (time.time() - age_s,) * 2)
    return path


def steps(tail: ForeignTail, tag: str = "loss/g/mel") -> list[int]:
    return [each["step"] for each in tail.read_new() if each["kind"] == "metric" and tag in each["values"]]


def test_both_kinds_of_scalars_are_figures_under_our_tags(tmp_path: Path) -> None:
    events = [
        scalar(1, 2.5),
        tensor(2, 0.5, packed=True),
        tensor(3, 0.25, packed=False),
        scalar(4, float("nan")),
    ]
    found = ForeignTail(folder_of(tmp_path, records(*events))).read_new()
    assert [each["values"] for each in found] == [
        {"loss/g/mel": 2.5},
        {"loss/g/total": 0.5},
        {"loss/g/total": 0.25},
        {"loss/g/mel": None},
    ]
    assert found[0]["t"] == 1001.0


def test_figures_of_one_step_are_one_event(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, records(scalar(5, 1.0), scalar(5, 2.0, "loss/g/kl"), scalar(6, 3.0)))
    assert [each["values"] for each in ForeignTail(folder).read_new()] == [
        {"loss/g/mel": 1.0, "loss/g/kl": 2.0},
        {"loss/g/mel": 3.0},
    ]


def test_a_growing_file_is_followed_and_no_record_is_read_twice(tmp_path: Path) -> None:
    data = records(*(scalar(step, 1.0) for step in range(1, 21)))
    tail, seen = ForeignTail(folder_of(tmp_path, b"")), []
    for end in range(0, len(data) + 37, 37):
        (tmp_path / NAME).write_bytes(data[:end])
        seen += steps(tail)
    assert seen == list(range(1, 21)) and not tail.faults


def test_a_file_cut_off_at_any_byte_gives_what_stands_before_and_is_named(tmp_path: Path) -> None:
    data = records(*(scalar(step, 1.0) for step in range(1, 6)))
    ends = {len(records(*(scalar(step, 1.0) for step in range(1, count + 1)))): count for count in range(6)}
    whole = 0
    for end in range(len(data) + 1):
        whole = ends.get(end, whole)
        tail = ForeignTail(folder_of(tmp_path, data[:end], age_s=300))
        found = tail.read_new()
        assert [each["step"] for each in found if each["kind"] == "metric"] == list(range(1, whole + 1))
        alerts = [each["text"] for each in found if each["kind"] == "alert"]
        assert alerts == tail.faults
        assert bool(alerts) == (end not in ends), end
        assert all(NAME in text and "cut off" in text for text in alerts)


@pytest.mark.parametrize("at", [0, 5, 9, 12, 20])
def test_a_broken_record_ends_the_file_and_is_named(tmp_path: Path, at: int) -> None:
    good = records(scalar(1, 1.0))
    broken = bytearray(good + records(scalar(2, 1.0)))
    broken[len(good) + at] ^= 0xFF
    tail = ForeignTail(folder_of(tmp_path, bytes(broken)))
    assert steps(tail) == [1]
    assert "broken after 2 records" in tail.faults[0]
    assert not tail.read_new(), "said once"


def test_a_length_beyond_all_memory_allocates_nothing(tmp_path: Path) -> None:
    from engine.runs.foreign.records import _masked_crc

    length = struct.pack("<Q", 1 << 62)
    head = length + struct.pack("<I", _masked_crc(length))
    tail = ForeignTail(folder_of(tmp_path, records(scalar(1, 1.0)) + head + b"x" * 100))
    assert steps(tail) == [1] and "broken" in tail.faults[0]


def test_a_session_that_starts_again_voids_later_steps(tmp_path: Path) -> None:
    start = Event(step=3, session_log=SessionLog(status=SessionLog.START))
    folder = folder_of(tmp_path, records(scalar(1, 1.0), scalar(5, 1.0), start, scalar(3, 2.0)))
    assert [each["kind"] for each in ForeignTail(folder).read_new()] == [
        "metric",
        "metric",
        "resumed",
        "metric",
    ]


def test_what_is_not_shown_is_said(tmp_path: Path) -> None:
    picture = Summary.Value(tag="all/mel", image=Summary.Image(encoded_image_string=b"x"))
    folder = folder_of(tmp_path, records(Event(step=1, summary=Summary(value=[picture])), scalar(1, 1.0)))
    [alert] = [each for each in ForeignTail(folder).read_new() if each["kind"] == "alert"]
    assert alert["text"] == "1 images of TensorBoard are not shown here"


def test_among_the_runs_of_a_workspace_it_is_listed_as_one_that_is_only_read(tmp_path: Path) -> None:
    place = workspace.init(tmp_path / "voices")
    folder = folder_of(place.logs_dir / "theirs", records(scalar(7, 1.0)))
    (folder / "G_200.pth").write_bytes(b"x")
    [run] = registry.list_runs(place.logs_dir)
    assert (run.name, run.kind, run.step, run.is_live) == ("theirs", registry.FOREIGN, 200, False)
    assert [each["step"] for each in ForeignTail(folder).read_new() if each["kind"] == "checkpoint"] == [200]


def test_open_lists_folders_of_the_family_and_of_piper(tmp_path: Path) -> None:
    folder_of(tmp_path / "lightning_logs" / "version_0", records(tensor(1, 0.5, packed=True)))
    folder_of(tmp_path / "lightning_logs" / "version_1", records(scalar(3, 0.5))[:-3], age_s=300)
    assert [each.name for each in folders.runs_below(tmp_path)] == ["version_0", "version_1"]
    done = vitsdeck(tmp_path, "open", ".", "--json")
    facts = done.json
    assert [run["points"] for run in facts["runs"]] == [{"loss/g/total": 1}, {}]
    assert "cut off after 1 records" in facts["runs"][1]["faults"][0]


def test_open_says_what_it_looked_for(tmp_path: Path) -> None:
    done = vitsdeck(tmp_path, "open", ".")
    assert done.returncode == 2 and "holds no event files of TensorBoard" in done.stderr


def test_open_refuses_runs_of_ours_which_could_be_changed_from_there(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "logs" / "anna", records(scalar(1, 1.0)))
    (folder / "run.json").write_text("{}")
    done = vitsdeck(tmp_path, "open", "logs")
    assert done.returncode == 2 and "holds runs of vitsdeck" in done.stderr


def test_a_checkpoint_that_is_gone_hides_nothing(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, records(scalar(1, 1.0)))
    (folder / "G_100.pth").symlink_to(tmp_path / "gone")
    assert [each["kind"] for each in ForeignTail(folder).read_new()] == ["metric"]


def test_when_one_file_is_removed_the_others_are_read_again(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, records(scalar(1, 1.0)))
    second = folder / "events.out.tfevents.1800000000.box.1.0"
    second.write_bytes(records(scalar(2, 1.0)))
    tail = ForeignTail(folder)
    assert steps(tail) == [1, 2]
    (folder / NAME).unlink()
    assert steps(tail) == [2] and tail.restarts == 1


def test_the_same_tag_in_the_folder_of_validation_is_another_curve(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, records(scalar(1, 1.0), scalar(2, 1.0)))
    folder_of(tmp_path / "eval", records(scalar(1, 5.0)))
    found = ForeignTail(folder).read_new()
    assert [list(each["values"]) for each in found] == [["loss/g/mel"], ["loss/g/mel"], ["eval/loss/g/mel"]]
