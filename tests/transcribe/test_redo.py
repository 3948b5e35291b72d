"""--redo: whatever interrupts it, resuming pays for nothing twice."""

from __future__ import annotations

from collections import Counter

from tests.runs.run_support import wait_until
from tests.transcribe.support import Place, SpeechServer, record, record_many


def test_a_redo_with_a_lost_reply_resumes_with_that_alone(server: SpeechServer, place: Place) -> None:
    record_many(place.audio, 5)
    place.run()
    server.behave(script=["", "INTERNAL", "INVALID_ARGUMENT"])
    assert place.run(redo=True, workers=1) == 1
    assert place.state()["state"] == "finished"
    place.manifest.write_text(
        place.manifest.read_text().replace("audio/0_0004.wav|", "audio/0_0004.wav|Mine. ")
    )
    prepared = place.prepare(redo=True)
    assert (len(prepared.quote.send_ms), prepared.quote.count("unconfirmed")) == (1, 1)
    assert prepared.redo == ["audio/0_0001.wav", "audio/0_0002.wav"]
    assert "audio/0_0004.wav" in prepared.kept  # was corrected since
    assert place.run(redo=True) == 1
    assert place.prepare().quote.send_ms == []
    prepared = place.prepare(retry_unconfirmed=True)
    assert (prepared.redo, len(prepared.quote.send_ms)) == (["audio/0_0001.wav"], 1)
    assert place.run(retry_unconfirmed=True) == 0
    assert sorted(Counter(server.facts()["calls"]).values()) == [1, 1, 1, 2, 2]
    assert place.texts()["audio/0_0004.wav"].startswith("Mine. ")
    assert len(place.prepare(redo=True).quote.send_ms) == 5  # a new attempt
    assert place.prepare(retry_unconfirmed=True).redo == []


def test_a_redo_outlasts_a_plain_run_and_a_redo_of_one_recording(server: SpeechServer, place: Place) -> None:
    record_many(place.audio, 6)
    place.run()
    server.behave(work_s=0.15)
    worker = place.worker(place.prepare(redo=True, workers=1))
    wait_until(lambda: len(server.facts()["bill"]) >= 3)
    worker.terminate()  # waits for the call under way
    assert worker.wait(timeout=30) == 0, place.log()
    done = len(server.facts()["bill"])
    assert 3 <= done < 6
    server.behave()
    record(place.audio / "new.wav", 1.0, 99)
    assert place.run() == 0
    assert place.run(redo=True, only=frozenset([place.audio / "0_0000.wav"])) == 0
    assert len(server.facts()["calls"]) == 2
    assert place.run(redo=True) == 0
    assert len(server.facts()["calls"]) == 2 + 6 - done
    assert len(place.prepare(redo=True).quote.send_ms) == 7
