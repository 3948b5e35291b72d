"""What holds for every cleaner: random text, declared symbols, any espeak language, symbol sets of configs."""

import dataclasses
import json
import random
import subprocess
import sys

import pytest

from engine import config
from engine.errors import InputError
from engine.text import symbol_sets
from engine.text.cleaners import espeak_languages, registry
from engine.text.cleaners.registry import clean_all
from engine.text.symbols import (
    ENGLISH_178,
    MULTILINGUAL_205,
    PAD,
    table,
    to_ids,
    unknown_symbols,
    with_blanks,
)

ESPEAK = ["espeak:de", "espeak:fr-fr", "espeak:vi", "espeak:cmn", "espeak:hi", "espeak:ar"]
BLOCKS = [
    *((0x20, 0x7E), (0xA0, 0x24F), (0x300, 0x36F), (0x370, 0x52F), (0x5D0, 0x64A), (0x904, 0x94D)),
    *((0x1100, 0x11FF), (0x2000, 0x206F), (0x3040, 0x30FF), (0x3130, 0x318F), (0x4E00, 0x9FFF)),
    *((0xA960, 0xA97F), (0xAC00, 0xD7FB), (0xFF00, 0xFFEF), (0x1F300, 0x1FAFF), (0, 0x10FFFF)),
]


def random_lines(count, seed):
    """Lines of one or two scripts each: what is drawn from all of Unicode at once is hardly ever a word."""
    source = random.Random(seed)
    lines = []
    for _ in range(count):
        blocks = source.sample(BLOCKS, 2)
        points = [source.randint(*source.choice(blocks)) for _ in range(source.randint(0, 40))]
        lines.append(
            "".join(chr(point) for point in points if not 0xD800 <= point < 0xE000 and point not in (10, 13))
        )
    return lines


@pytest.mark.parametrize("name", [*registry.names(), *ESPEAK])
def test_a_thousand_random_lines_give_as_many_and_only_declared_symbols(name):
    lines = random_lines(1000, seed=len(name))
    cleaned = clean_all(lines, [name])
    assert len(cleaned) == len(lines)
    declared = registry.get(name).symbols
    if declared is not None:
        assert {symbol for line in cleaned for symbol in line} <= declared
        known = table([*symbol_sets.needed([name], occurring=declared)])
        assert not any(unknown_symbols(line, known) for line in cleaned)


@pytest.mark.parametrize("name", registry.names())
def test_what_a_cleaner_declares_is_in_the_set_that_its_configs_store(name):
    declared = registry.get(name).symbols
    if declared is None:
        assert name in ("basic_cleaners", "transliteration_cleaners")
        return
    assert declared <= set(symbol_sets.needed([name]))
    assert PAD not in declared
    assert "|" not in declared


def test_sets_only_grow_at_their_end():
    assert symbol_sets.needed(["english_cleaners2"]) == ENGLISH_178
    assert symbol_sets.needed(["chinese_ipa_cleaners"]) == ENGLISH_178
    assert symbol_sets.needed(["japanese_cleaners2"])[:179] == (*ENGLISH_178, "ʦ")
    assert symbol_sets.needed(["korean_cleaners"])[:205] == MULTILINGUAL_205
    stored = symbol_sets.needed(["japanese_cleaners2"])
    later = symbol_sets.needed(["japanese_triphone_cleaners"], stored, occurring="é")
    assert later[: len(stored)] == stored
    assert later[len(stored) :] == ("+", "é")
    assert symbol_sets.needed(["japanese_triphone_cleaners"], later) == later


GERMAN = "„Größe“ – drei Komma fünf Meter; nicht wahr?"


def test_a_language_of_espeak_has_stress_and_punctuation():
    [spoken] = clean_all([GERMAN], ["espeak:de"])
    assert [symbol for symbol in spoken if symbol in "“—;?"] == ["“", "“", "—", ";", "?"]
    assert "ˈ" in spoken
    assert "ø" in spoken
    assert not unknown_symbols(spoken, table(ENGLISH_178))
    [french] = clean_all(["L’eau coûte deux euros ; n'est-ce pas ?"], ["espeak:fr-fr"])
    assert french == clean_all(["L'eau coûte deux euros ; n'est-ce pas ?"], ["espeak:fr-fr"])[0]


def test_a_language_that_espeak_has_not_is_named_with_those_that_it_has():
    with pytest.raises(InputError, match=r'espeak has no language "pt-pt"; it has pt, pt-br'):
        registry.get("espeak:pt-pt")
    with pytest.raises(InputError, match=r'espeak has no language "klingon"; choose one of its 1\d\d'):
        registry.get("espeak:klingon")
    with pytest.raises(InputError, match=r"and espeak:CODE for a language of espeak"):
        registry.get("german_cleaners")


def test_what_ends_espeak_does_not_reach_it():
    """Each of these ended the process: espeak-ng 1.52 reads beyond its tables."""
    code = (
        "from engine.text.cleaners.registry import clean_all\n"
        "print(clean_all(['`'], ['espeak:vi']), clean_all(['\\U0001f920\\u9ec8'], ['espeak:de']),"
        " clean_all(['\\u0349\\u036a-g', '/-N'], ['espeak:vi']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_letters_and_accents_reach_espeak_in_both_of_their_forms():
    assert espeak_languages.readable("u\u0308ber", "de") == "über"
    assert espeak_languages.readable("a 漢 b", "de") == "a   b"
    assert espeak_languages.readable("漢", "cmn") == "漢"
    assert espeak_languages.readable("नमस्ते", "hi") == "नमस्ते"


REAL_LISTS = {
    "korean_cleaners": "오늘은 3월 1일, 날씨가 맑다.",
    "korean_pronounced_cleaners": "책상 위에 꽃잎이 하나 있습니다.",
    "japanese_cleaners": "駅まで歩いて10分です。",
    "japanese_cleaners2": "机の上に月の写真がある。",
    "japanese_triphone_cleaners": "明日も晴れるでしょう。",
    "chinese_cleaners": "我买了2本书，一共30元。",
    "chinese_ipa_cleaners": "今天不是星期一。",
    "english_cleaners2": "Dr. Brown paid 12 dollars.",
    "espeak:de": "Der Zug fährt um 7 Uhr ab.",
    "espeak:fr-fr": "Le train part à sept heures.",
}


@pytest.mark.parametrize("name", REAL_LISTS)
def test_a_list_of_each_language_is_cleaned_and_can_be_trained_on(tmp_path, name):
    from engine.text.preprocess import preprocess
    from engine.text.sidecar import check_sidecar, sidecar_warnings

    source = tmp_path / "list.txt"
    source.write_text(f"a.wav|{REAL_LISTS[name]}\n", encoding="utf-8")
    symbols = symbol_sets.needed([name], occurring="\u0303")
    [report] = preprocess([source], 1, [name], symbols=symbols)
    assert report.unknown == {}
    [row] = report.target.read_text(encoding="utf-8").splitlines()
    cleaned = row.split("|")[1]
    assert registry.get(name).looks_clean(cleaned)
    assert registry.get(name).looks_cleaned_already(cleaned)
    assert not registry.get(name).looks_cleaned_already(REAL_LISTS[name])
    assert sidecar_warnings(report.target) == []
    check_sidecar(report.target, [name])
    versions = json.loads(report.sidecar.read_text(encoding="utf-8"))["versions"]
    assert bool(versions) != name.startswith("korean")


@pytest.mark.parametrize(
    "name", ["korean_pronounced_cleaners", "japanese_cleaners2", "chinese_cleaners", "espeak:de"]
)
def test_training_takes_a_cleaned_list_with_its_stored_set_and_refuses_it_without(tmp_path, root, name):
    """Also where `cleaned_text` is true, so that the cleaner itself is needed for speaking only."""
    import numpy as np

    from engine.audio.wav import write_pcm16
    from engine.dataset.clips.validate import prepare_data

    texts = clean_all([REAL_LISTS[name], REAL_LISTS[name]], [name])
    for clip in "ab":
        noise_L = np.random.default_rng(ord(clip)).normal(0, 0.1, 88200).astype(np.float32)
        write_pcm16(tmp_path / f"{clip}.wav", noise_L, 22050)
    rows = "".join(f"{clip}.wav|{text}\n" for clip, text in zip("ab", texts, strict=True))
    (tmp_path / "list.cleaned").write_text(rows, encoding="utf-8")
    plain = config.load(root / "configs" / "small_cpu.json")
    lists = {"training_files": "list.cleaned", "validation_files": "list.cleaned"}
    plain = dataclasses.replace(plain, data=dataclasses.replace(plain.data, text_cleaners=(name,), **lists))
    wanted = symbol_sets.extended(plain, texts)
    if name == "espeak:de":
        assert wanted is None
    else:
        with pytest.raises(InputError, match=r"symbols not in the table.*vitsdeck symbols --store"):
            prepare_data(plain, tmp_path)
    report = prepare_data(dataclasses.replace(plain, symbols=wanted), tmp_path)
    known = table(wanted or ENGLISH_178)
    assert [clip.ids for clip in report.train] == [tuple(with_blanks(to_ids(text, known))) for text in texts]
