"""The symbol tables: ids are the contract with every published checkpoint."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.text import symbols
from engine.text.symbols import ENGLISH_178, MULTILINGUAL_205


def test_both_tables_are_the_familys(reference):
    golden = json.loads((reference / "symbols.json").read_text(encoding="utf-8"))
    assert list(ENGLISH_178) == golden["english_178"]
    assert list(MULTILINGUAL_205) == golden["multilingual_205"]


def test_apostrophe_stands_twice_and_the_later_id_wins():
    for table in (ENGLISH_178, MULTILINGUAL_205):
        assert table.count("'") == 2
        last = len(table) - 1 - table[::-1].index("'")
        assert symbols.table(table)["'"] == last != table.index("'")


def test_tables_are_known_by_their_size():
    assert symbols.table_of_size(178) is ENGLISH_178
    assert symbols.table_of_size(205) is MULTILINGUAL_205
    assert symbols.table_of_size(100) is None


def test_unknown_symbols_are_all_named_once():
    known = symbols.table(ENGLISH_178)
    with pytest.raises(symbols.UnknownSymbols) as caught:
        symbols.to_ids("a(b)3(", known)
    assert caught.value.symbols == ["(", ")", "3"]
    assert "'(' U+0028" in str(caught.value)


@given(st.text(alphabet=sorted(set(ENGLISH_178)), max_size=40))
def test_ids_lead_back_to_the_text(text):
    ids = symbols.to_ids(text, symbols.table(ENGLISH_178))
    assert "".join(ENGLISH_178[i] for i in ids) == text


@given(st.lists(st.integers(1, 177), max_size=40))
def test_blanks_stand_before_between_and_after(ids):
    spread = symbols.with_blanks(ids)
    assert len(spread) == 2 * len(ids) + 1
    assert set(spread[::2]) == {symbols.BLANK_ID}
    assert spread[1::2] == ids
