"""German text with the Korean cleaner: one question for the whole list, not a verdict for every clip."""

import pytest

from tests.cli_support import vitsdeck

SENTENCES = [
    "Die Kinder haben im Garten ein kleines Haus gebaut und warten auf den Abend.",
    "Ich weiß nicht, ob der Zug pünktlich ist, aber wir sind schon auf dem Weg.",
    "Sie hat das Fenster geöffnet und auf die Straße geschaut, wo es noch nass war.",
    "Mein Bruder liest jeden Abend eine Geschichte vor, wenn er nach Hause kommt.",
]


@pytest.fixture
def korean(tmp_path):
    """A workspace of Korean whose lists hold German."""
    assert vitsdeck(tmp_path, "init", ".", "--language", "ko").returncode == 0
    lines = [f"wavs/{number}.wav|{text}\n" for number, text in enumerate(SENTENCES)]
    for name in ("train.txt", "val.txt"):
        (tmp_path / "filelists" / name).write_text("".join(lines), encoding="utf-8")
    return tmp_path


def test_german_text_with_the_korean_cleaner_is_asked_about_once_unless_the_language_is_typed(korean):
    done = vitsdeck(korean, "check", "filelists/train.txt", "-c", "small_cpu")
    assert done.returncode == 2
    question = "the texts are not Korean; is this German? --language de"
    assert done.stderr == f"error: filelists/train.txt: {question}\n"
    assert done.stdout == ""
    typed = vitsdeck(korean, "check", "filelists/train.txt", "--language", "ko")
    assert "is this German" not in typed.stderr
    assert typed.returncode == 1  # the recordings are not there


def test_who_cleaned_a_list_in_a_language_is_not_asked_again(korean):
    assert vitsdeck(korean, "init", ".", "--language", "nl").returncode == 0
    assert "is this German" in vitsdeck(korean, "preprocess").stderr
    assert vitsdeck(korean, "preprocess", "--language", "nl").returncode == 0
    assert vitsdeck(korean, "preprocess").returncode == 0
    for name in ("train.txt", "train.txt.cleaned"):
        assert "is this German" not in vitsdeck(korean, "check", f"filelists/{name}").stderr
