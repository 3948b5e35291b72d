"""Whole jobs in their own process against a real gRPC service that misbehaves."""

from __future__ import annotations

import os
import time

import numpy as np
import pytest

from engine.errors import InputError
from engine.runs import commands
from tests.runs.run_support import wait_until
from tests.transcribe.support import Place, SpeechServer, counted, record, record_many, write_wav

NEVER_BILLED = ["UNAVAILABLE", "RESOURCE_EXHAUSTED"]
MAYBE_BILLED = ["DEADLINE_EXCEEDED", "INTERNAL", "UNKNOWN", "ABORTED"]


@pytest.mark.parametrize("api", ["v1", "v2"])
def test_recordings_become_a_manifest_and_the_ledger_says_what_the_service_billed(
    server: SpeechServer, tmp_path, api: str
) -> None:
    place = Place(tmp_path, server.endpoint, api=api, project="a-project")
    record_many(place.audio, 12)
    server.behave(work_s=0.05)
    assert place.run() == 0, place.log()
    assert len(place.texts()) == 12
    assert all(text.startswith("words of ") for text in place.texts().values())
    assert counted(place.ledger, ["settled"]) == server.billed()
    facts = server.facts()
    assert facts["most_at_once"] > 1
    assert {request["api"] for request in facts["requests"]} == {api}
    assert place.state()["state"] == "finished"
    words = place.events("transcript")
    assert {event["path"] for event in words} == set(place.texts())
    assert all(event["confidence"] > 0.7 and event["seconds"] > 0.2 for event in words)


def test_a_long_stereo_recording_is_sent_as_mono_pieces_within_the_limits(
    server: SpeechServer, place: Place
) -> None:
    record(place.audio / "long.wav", 130, 1, rate=44100, channels=2)
    assert place.run() == 0
    requests = server.facts()["requests"]
    assert len(requests) >= 3
    assert {(request["channels"], request["rate"]) for request in requests} == {(1, 16000)}
    (text,) = place.texts().values()
    assert text.count("words of") == len(requests)
    assert sum(server.billed().values()) == sum(counted(place.ledger).values())


def test_a_second_start_sends_nothing_and_writes_a_lost_manifest_again_without_a_network(
    server: SpeechServer, place: Place
) -> None:
    record_many(place.audio, 4)
    place.run()
    first = place.manifest.read_text()
    place.manifest.write_text(first.replace(first.splitlines()[0], "audio/0_0000.wav|Corrected by hand."))
    prepared = place.prepare()
    assert (prepared.quote.send_ms, len(prepared.kept)) == ([], 4)
    server.behave()
    server.tell(network="gone")
    try:
        assert place.run() == 0
        assert place.texts()["audio/0_0000.wav"] == "Corrected by hand."
        place.manifest.unlink()
        assert place.run() == 0, place.log()
    finally:
        server.tell(network="back")
    assert place.manifest.read_text() == first
    assert server.facts()["calls"] == []


def test_a_sound_in_several_files_is_paid_for_once_and_sent_once_more_only_when_asked(
    server: SpeechServer, place: Place
) -> None:
    for name in ("a", "b", "c"):
        record(place.audio / f"{name}.wav", 1.0, 7)
    quote = place.prepare().quote
    assert (quote.billed_ms, quote.count("known")) == (1000, 0)
    for calls in (1, 2):
        server.tell(mode={"script": ["INTERNAL"]})
        assert place.run(workers=2, retry_unconfirmed=True) == 1
        assert len(server.facts()["calls"]) == calls
        assert {entry["state"] for entry in place.report().values()} == {"unconfirmed"}
    assert place.run(retry_unconfirmed=True) == 0
    assert (len(place.texts()), len(server.facts()["calls"])) == (3, 3)


@pytest.mark.parametrize("code", NEVER_BILLED)
def test_a_refusal_that_is_known_not_to_be_billed_is_tried_again(
    server: SpeechServer, place: Place, code: str
) -> None:
    record_many(place.audio, 3)
    server.behave(script=[code] * 3)
    assert place.run() == 0, place.log()
    assert len(place.texts()) == 3
    assert len(server.facts()["calls"]) == 6
    assert counted(place.ledger) == server.billed()


@pytest.mark.parametrize("fault", [*MAYBE_BILLED, "drop", "drop_before", "late"])
def test_what_may_have_been_billed_is_never_sent_again_unasked(
    server: SpeechServer, tmp_path, fault: str
) -> None:
    place = Place(tmp_path, server.endpoint, call_seconds=1.0)
    record_many(place.audio, 3)
    server.behave(script=[fault], late_s=1.5)
    assert place.run(workers=1) == 1
    assert place.run(workers=1) == 1
    calls = server.facts()["calls"]
    assert len(calls) == len(set(calls)) == 3
    assert len(place.texts()) == 2
    (doubtful,) = place.book().rows("unconfirmed")
    assert place.report()[str(doubtful.path)]["state"] == "unconfirmed"
    assert set(counted(place.ledger)) >= set(server.billed())
    assert place.run(workers=1, retry_unconfirmed=True) == 0
    assert len(place.texts()) == 3
    calls = server.facts()["calls"]
    assert sorted(calls.count(digest) for digest in set(calls)) == [1, 1, 2]


@pytest.mark.parametrize("fault", ["absent", "zero"])
def test_without_a_billed_time_in_the_reply_our_own_rounding_counts(
    server: SpeechServer, place: Place, fault: str
) -> None:
    record(place.audio / "a.wav", 2.3, 1)
    server.behave(script=[fault])
    assert place.run() == 0
    assert counted(place.ledger) == server.billed()
    assert list(server.billed().values()) == [3000]


def test_a_provider_that_bills_more_than_the_list_allows_is_believed_and_stops_the_job(
    server: SpeechServer, place: Place
) -> None:
    record_many(place.audio, 6)
    server.behave(faults={"double": 1.0})
    assert place.run(workers=1) == 2
    assert len(server.facts()["calls"]) == 1
    assert next(iter(counted(place.ledger).values())) >= 32_000
    assert "more than the price list allows" in place.state()["reason"]


def test_what_a_job_waits_for_is_told_within_seconds_and_no_longer_than_it_waits(
    server: SpeechServer, place: Place
) -> None:
    record_many(place.audio, 3)
    server.tell(network="gone")
    try:
        worker = place.worker(place.prepare({"connect_seconds": 60.0}, workers=1))
        wait_until(lambda: "no connection to 127.0.0.1:" in place.state().get("reason", ""))
        assert "waits for it 60 s at most, try 1 of 3" in place.state()["reason"]
        assert place.state()["state"] == "running"
    finally:
        server.tell(network="back")
    assert worker.wait(timeout=60) == 0, place.log()
    assert place.state()["reason"] == "3 transcribed"
    server.behave(script=["RESOURCE_EXHAUSTED"])
    record(place.audio / "late.wav", 1.0, 9)
    worker = place.worker(place.prepare({"first_wait_s": 60.0, "longest_wait_s": 60.0}))
    wait_until(lambda: "late.wav at 0.0 s: RESOURCE_EXHAUSTED: no; try 2 of 3" in place.state()["reason"])
    worker.terminate()
    assert worker.wait(timeout=30) == 0, place.log()


def test_recordings_without_speech_are_marked_and_pure_silence_is_not_even_sent(
    server: SpeechServer, place: Place
) -> None:
    record_many(place.audio, 3)
    write_wav(place.audio / "silence.wav", np.zeros(16000), 16000)
    server.behave(script=["empty"])
    assert place.run(workers=1) == 0
    assert (len(place.texts()), len(server.facts()["calls"])) == (2, 3)
    assert sorted(entry["state"] for entry in place.report().values()) == ["done", "done", "empty", "empty"]
    assert place.report()["audio/silence.wav"]["state"] == "empty"
    server.behave()
    assert place.run() == 0
    assert server.facts()["calls"] == []


@pytest.mark.parametrize("name", ["a|b", " a", "#a", "a\nb", os.fsdecode(b"\xff")])
def test_a_name_that_no_manifest_can_hold_is_not_paid_for_and_stops_nobody(
    server: SpeechServer, place: Place, name: str
) -> None:
    place.audio = place.folder  # so that the name stands at the beginning of its line
    try:
        record(place.audio / f"{name}.wav", 1.0, 1)
    except OSError:
        pytest.skip("this file system has no such names")
    record(place.audio / "c.wav", 1.0, 2)
    (bad,) = place.prepare().quote.faulty
    assert "rename it" in bad.fault
    assert place.run(workers=1) == 0
    assert set(place.texts()) == {"c.wav"}
    assert len(server.facts()["calls"]) == 1


def test_a_redo_that_was_killed_resumes_and_pays_nothing_twice(server: SpeechServer, place: Place) -> None:
    record_many(place.audio, 10)
    place.run()
    server.behave(work_s=0.15)
    prepared = place.prepare(redo=True, workers=1)
    assert len(prepared.redo) == len(prepared.quote.send_ms) == 10
    worker = place.worker(prepared)
    wait_until(lambda: len(server.facts()["bill"]) >= 3)
    worker.kill()
    worker.wait()
    assert place.run(redo=True, retry_unconfirmed=True, workers=1) == 0
    calls = server.facts()["calls"]
    assert len(set(calls)) == 10
    assert len(calls) <= 11  # the one under way when it was killed
    assert len(place.prepare(redo=True).quote.send_ms) == 10


def test_pause_resume_and_stop_by_the_mailbox(server: SpeechServer, place: Place) -> None:
    record_many(place.audio, 60)
    server.behave(work_s=1.0)
    prepared = place.prepare(workers=2)
    worker = place.worker(prepared)
    wait_until(lambda: len(server.facts()["calls"]) >= 2)
    reply = commands.wait_reply(place.run_folder, commands.send(place.run_folder, "pause"), 20)
    assert reply is not None
    assert reply["paused"]
    wait_until(lambda: place.state()["state"] == "paused")
    before = len(server.facts()["calls"])
    wait_until(lambda: not place.book().rows("reserved", "sent"))  # calls under way come back
    time.sleep(0.7)
    assert len(server.facts()["calls"]) == before, "what was cut and handed to the workers waits too"
    assert place.book().rows("reserved", "sent") == []
    server.tell(mode={"work_s": 0.1})
    commands.send(place.run_folder, "resume")
    wait_until(lambda: len(server.facts()["calls"]) > before)
    commands.send(place.run_folder, "stop")
    assert worker.wait(timeout=30) == 0
    assert place.state()["state"] == "stopped"
    assert counted(place.ledger) == server.billed()
    assert place.book().rows("reserved", "sent", "unconfirmed") == []
    server.behave()
    assert place.run() == 0
    assert len(place.texts()) == 60


def test_a_run_whose_config_is_damaged_is_not_taken_for_another_ones(place: Place) -> None:
    folder = place.run_folder
    folder.mkdir(parents=True)
    assert place.run_folder != folder, "a folder without a config is something else"
    (folder / "config.json").write_text('{"v": 1, "settings"')
    with pytest.raises(
        InputError, match=r"config\.json: is not the config of a transcription .* delete the run"
    ):
        _ = place.run_folder
