"""`.cleaned` files and their sidecars."""

import json

import pytest

from engine.errors import InputError
from engine.languages import find
from engine.text import parallel
from engine.text.cleaners.registry import clean_all, versions
from engine.text.parallel import clean_lines
from engine.text.preprocess import preprocess
from engine.text.sidecar import check_sidecar, read_sidecar, sidecar_path, sidecar_warnings


@pytest.fixture
def lists(tmp_path):
    train, val = tmp_path / "train.txt", tmp_path / "val.txt"
    train.write_text("a.wav|Hello, world.\nb.wav|How are you?\n", encoding="utf-8")
    val.write_bytes("\ufeffc.wav|Good (morning)!\r\n".encode())
    return train, val


def test_cleaned_files_keep_every_other_column_and_the_family_names(lists):
    reports = preprocess(lists, 1, ["english_cleaners2"])
    assert [report.target.name for report in reports] == ["train.txt.cleaned", "val.txt.cleaned"]
    rows = [line.split("|") for line in reports[0].target.read_text(encoding="utf-8").splitlines()]
    assert [row[0] for row in rows] == ["a.wav", "b.wav"]
    assert [row[1] for row in rows] == clean_all(["Hello, world.", "How are you?"], ["english_cleaners2"])
    assert "(" not in reports[1].target.read_text(encoding="utf-8")
    assert [report.lines for report in reports] == [2, 1]


@pytest.mark.parametrize(
    ("row", "index", "cleaned"),
    [
        ("a.wav|KAREN|Hello  THERE", 2, "a.wav|KAREN|hello there"),
        ("a.wav|Two.", None, "a.wav|two."),
        ("a.wav|Ann 2|Three.", None, "a.wav|Ann 2|three."),
    ],
)
def test_text_index_chooses_the_column_and_is_the_last_without_one(tmp_path, row, index, cleaned):
    path = tmp_path / "speakers.txt"
    path.write_text(row + "\n", encoding="utf-8")
    [report] = preprocess([path], index, ["basic_cleaners"], "clean")
    assert report.target == tmp_path / "speakers.txt.clean"
    assert report.target.read_text(encoding="utf-8") == cleaned + "\n"
    assert json.loads(report.sidecar.read_text())["text_index"] == row.count("|")
    columns = row.count("|") + 1
    with pytest.raises(
        InputError, match=rf"speakers.txt:1: has {columns} columns, so there is no text_index 3"
    ):
        preprocess([path], 3, ["basic_cleaners"])


def test_readers_are_warned_of_other_versions_and_a_changed_source(lists):
    preprocess([lists[0]], 1, ["english_cleaners2"])
    cleaned = lists[0].with_name("train.txt.cleaned")
    assert sidecar_warnings(cleaned) == []
    assert (read_sidecar(cleaned).versions, read_sidecar(cleaned).language) == (versions(), "en")
    assert set(versions()) == {"phonemizer", "espeak"}
    sidecar = sidecar_path(cleaned)
    content = json.loads(sidecar.read_text(encoding="utf-8"))
    content["versions"]["espeak"] = "1.51.0"
    sidecar.write_text(json.dumps(content), encoding="utf-8")
    assert "espeak 1.51.0" in sidecar_warnings(cleaned)[0]
    content["versions"] = versions()
    sidecar.write_text(json.dumps(content), encoding="utf-8")
    lists[0].write_text("a.wav|Another text.\n", encoding="utf-8")
    assert "train.txt changed after" in sidecar_warnings(cleaned)[0]
    preprocess([lists[0]], 1, ["english_cleaners2"])
    lists[0].with_name("pronunciations.txt").write_text("Another|=Annother\n", encoding="utf-8")
    assert "cleaned with another pronunciations.txt" in sidecar_warnings(cleaned)[0]


@pytest.mark.parametrize(("separator", "named"), {"\t": "tabs", ", ": "commas", ";": "semicolons"}.items())
def test_a_list_without_bars_is_told_what_separates_its_columns(tmp_path, separator, named):
    path = tmp_path / "train.txt"
    path.write_text(f"a.wav{separator}Hello there.\n", encoding="utf-8")
    with pytest.raises(InputError, match=rf"train.txt:1: has 1 column .* separated by {named}; bars must"):
        preprocess([path])


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (
            ["espeak:de"],
            r"was cleaned by english_cleaners2 \(English\), but the voice uses espeak:de \(German\)",
        ),
        (["english_cleaners"], "the voice uses english_cleaners "),
        (["basic_cleaners"], "the voice uses basic_cleaners;"),
        ([], "the voice uses no cleaner;"),
    ],
)
def test_a_list_that_was_cleaned_otherwise_is_refused_with_the_command_that_repairs_it(lists, asked, says):
    preprocess([lists[0]], 1, ["english_cleaners2"])
    cleaned = lists[0].with_name("train.txt.cleaned")
    check_sidecar(cleaned, ["english_cleaners2"])
    with pytest.raises(InputError, match=says) as caught:
        check_sidecar(cleaned, asked)
    assert (
        f"`vitsdeck preprocess --filelists {lists[0]} --text_cleaners {' '.join(asked)}`" in caught.value.fix
    )


@pytest.mark.parametrize("language", ["en-us", "en-gb", ""])
def test_a_sidecar_of_an_earlier_version_is_understood(tmp_path, language):
    cleaned = tmp_path / "a.txt.cleaned"
    sidecar_path(cleaned).write_text(json.dumps({"cleaners": ["english_cleaners2"], "language": language}))
    check_sidecar(cleaned, ["english_cleaners2"])


def test_a_list_without_a_sidecar_is_taken_for_what_the_config_says(tmp_path):
    check_sidecar(tmp_path / "strange.cleaned", ["english_cleaners2"])
    assert sidecar_warnings(tmp_path / "strange.cleaned") == []
    (tmp_path / "strange.cleaned.json").write_text("not json", encoding="utf-8")
    assert read_sidecar(tmp_path / "strange.cleaned") is None


def test_nothing_is_written_when_a_later_list_is_bad(lists):
    lists[1].write_bytes(b"c.wav|caf\xe9\n")
    with pytest.raises(InputError, match=r"val.txt:1: is not UTF-8 \(byte 0xe9 at position 10"):
        preprocess(lists, 1, ["basic_cleaners"])
    assert sorted(path.name for path in lists[0].parent.iterdir()) == ["train.txt", "val.txt"]


def test_a_text_that_nothing_remains_of_is_named_by_its_line(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("a.wav|Hello\nb.wav|()\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"list.txt:2: nothing is left of this text"):
        preprocess([path], 1, ["english_cleaners"])


@pytest.mark.parametrize(
    ("cleaner", "text", "unread"),
    [
        ("korean_cleaners", "독립문(獨立門)에서 1번", {"獨": [2], "立": [2], "門": [2]}),
        ("japanese_cleaners", "人々はゲームセンターへ行った", {}),
        ("chinese_cleaners", "我喜欢 さくら", {"さ": [2], "く": [2], "ら": [2]}),
        ("espeak:de", "Grüße aus 東京", {"東": [2], "京": [2]}),
        ("english_cleaners2", "café, naïve 😀", {"😀": [2]}),
        ("basic_cleaners", "漢字", {}),
    ],
)
def test_characters_that_are_read_as_nothing_are_named_with_their_lines(tmp_path, cleaner, text, unread):
    path = tmp_path / "list.txt"
    path.write_text(f"# mine\na.wav|{text}\n", encoding="utf-8")
    [report] = preprocess([path], 1, [cleaner])
    assert report.unread == unread
    assert json.loads(report.sidecar.read_text(encoding="utf-8"))["unread_characters"] == unread


def test_progress_counts_all_lists_together(lists):
    seen = []
    preprocess(lists, 1, ["basic_cleaners"], on_progress=lambda done, total: seen.append((done, total)))
    assert seen == [(2, 3), (3, 3)]


@pytest.mark.parametrize("cleaner", ["english_cleaners2", "korean_cleaners"])
def test_threads_and_processes_give_the_same_lines_in_the_same_order(cleaner, monkeypatch):
    monkeypatch.setattr(parallel, "LINES_WORTH_A_PROCESS", 300)
    lines = [f"number {i}, please." for i in range(700)]
    assert clean_lines(lines, [cleaner], workers=3) == clean_all(lines, [cleaner])


@pytest.mark.parametrize("sign", ["㈱", "㎞", "₩", "￥", "$"])
@pytest.mark.parametrize("language", ["en", "de", "ko", "ja", "zh", "fr", "es", "it", "pt", "nl", "pl"])
def test_a_sign_is_read_or_named(sign, language, tmp_path):
    path = tmp_path / "train.txt"
    text = {"ko": "값은 {} 이다", "ja": "それは{}です", "zh": "那是{}吗"}.get(language, "one {} two")
    path.write_text(f"a.wav|{text.format(sign)}\nb.wav|{text.format('')}\n", encoding="utf-8")
    spoken = find(language)
    (report,) = preprocess(
        [path], cleaners=(f"normalise:{spoken.normaliser}", spoken.cleaner), any_language=True
    )
    lines = [line.split("|")[1] for line in report.target.read_text(encoding="utf-8").splitlines()]
    assert len(lines[0]) > len(lines[1]) or sign in report.unread or set(report.unread) & set("株式会社")
