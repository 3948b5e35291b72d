"""The price list and the arithmetic of a month."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InputError
from engine.transcribe import price_schema
from engine.transcribe.ledger import Ask, Ledger
from engine.transcribe.pricing import (
    Price,
    PriceTable,
    amount,
    free_left_ms,
    micros_of,
    month_micros,
)
from engine.transcribe.providers import registry

TABLE = PriceTable.load()
PLAIN, LOGGED = (TABLE.find("google", "v1", logging=logging) for logging in (False, True))
V2 = TABLE.find("google", "v2")
MINUTE = 60_000


def test_every_price_has_a_date_and_a_source() -> None:
    assert all(price.dated and price.source for price in TABLE.prices)
    assert {price.provider for price in TABLE.prices} == {"google", "whisper", "pocketsphinx"}


def test_the_first_hour_is_free_and_the_next_minute_is_not() -> None:
    assert month_micros({PLAIN: 60 * MINUTE}) == 0
    assert month_micros({PLAIN: 61 * MINUTE}) == 24_000
    assert free_left_ms({PLAIN: 12 * MINUTE}, PLAIN) == 48 * MINUTE
    assert free_left_ms({}, V2) == 0


def test_rows_of_one_pool_share_its_free_minutes_and_the_cheapest_takes_them_first() -> None:
    assert month_micros({PLAIN: 30 * MINUTE, LOGGED: 60 * MINUTE}) == 30 * 24_000
    assert free_left_ms({PLAIN: 30 * MINUTE, LOGGED: 20 * MINUTE}, PLAIN) == 10 * MINUTE


def test_steps_make_later_minutes_cheaper() -> None:
    assert month_micros({V2: 500_000 * MINUTE}) == 500_000 * 16_000
    assert month_micros({V2: 500_010 * MINUTE}) == 500_000 * 16_000 + 10 * 10_000


@pytest.mark.parametrize(("ms", "billed"), [(1, 1000), (1000, 1000), (1001, 2000), (59_400, 60_000)])
def test_calls_are_rounded_up_to_the_unit(ms: int, billed: int) -> None:
    assert PLAIN.billed_ms(ms) == billed
    assert PLAIN.billed_ms(ms, channels=2) == 2 * billed
    assert PLAIN.worst_ms(ms) % 15_000 == 0 < PLAIN.worst_ms(ms) - ms + 1


@given(st.lists(st.tuples(st.sampled_from([PLAIN, LOGGED, V2]), st.integers(0, 10**11)), max_size=8))
def test_more_use_never_costs_less(steps: list[tuple[Price, int]]) -> None:
    used: dict[Price, int] = {}
    before = 0
    for price, ms in steps:
        used[price] = used.get(price, 0) + ms
        now = month_micros(used)
        assert now >= before
        before = now


def test_a_row_survives_the_ledger() -> None:
    for price in TABLE.prices:
        again = Price.from_json(price.to_json())
        assert again == price
        assert again.id == price.id


def row(**given: str) -> str:
    """A row of a price list; keyword arguments are TOML, empty ones leave the key out."""
    plain = {
        **{"provider": '"google"', "api": '"v2"', "rounding_seconds": "1", "dated": '"2026-01-01"'},
        **{"source": '"my contract"', "steps": "[{ from_minutes = 0, a_minute = 0.02 }]"},
    }
    return "[[price]]\n" + "".join(f"{key} = {toml}\n" for key, toml in (plain | given).items() if toml)


def table_of(tmp_path: Path, *rows: str) -> PriceTable:
    own = tmp_path / "prices.toml"
    own.write_text("\n".join(rows), encoding="utf-8")
    return PriceTable.load(own)


def refusal(tmp_path: Path, *rows: str) -> str:
    with pytest.raises(InputError) as caught:
        table_of(tmp_path, *rows)
    assert str(caught.value).startswith(str(tmp_path / "prices.toml"))
    return str(caught.value).removeprefix(str(tmp_path))


def test_an_own_table_overrides_a_row_and_adds_others(tmp_path: Path) -> None:
    chirp = row(api='"v1"', model='"chirp"', steps="[{ from_minutes = 0, a_minute = 0.5 }]")
    table = table_of(tmp_path, row(rounding_seconds="15", free_minutes="5"), chirp)
    assert table.find("google", "v2").billed_ms(1) == 15_000
    assert table.find("google", "v1", "chirp").steps[0].micros == 500_000
    assert table.find("google", "v1", "other") == PLAIN


def test_an_own_row_stands_before_every_shipped_one_that_it_fits(tmp_path: Path) -> None:
    table = table_of(tmp_path, row(api='"v1"'))
    for logging in (True, False):
        assert table.find("google", "v1", logging=logging).source == "my contract"
    assert table.find("google", "v2") == V2
    only_logged = table_of(tmp_path, row(api="", logging="true"))
    assert only_logged.find("google", "v2", logging=True).source == "my contract"
    assert only_logged.find("google", "v2") == V2


def test_a_row_without_a_pool_shares_the_free_minutes_of_its_api(tmp_path: Path) -> None:
    own = table_of(tmp_path, row(api='"v1"', free_minutes="60")).find("google", "v1")
    assert own.pool == PLAIN.pool
    assert free_left_ms({PLAIN: 50 * MINUTE, own: 5 * MINUTE}, own) == 5 * MINUTE


def test_a_table_has_one_currency(tmp_path: Path) -> None:
    euro = {"currency": '"EUR"'}
    assert table_of(tmp_path, row(api="", **euro)).find("google", "v1").currency == "EUR"
    two = refusal(tmp_path, row(**euro), row(api='"v1"', currency='"CHF"'))
    assert "google v2 is priced in EUR and google v1 in CHF; write all prices in one currency" in two
    mixed = refusal(tmp_path, row(**euro))
    assert "its prices are in EUR, the shipped ones of google v1" in mixed
    assert mixed.endswith("add rows in EUR for google v1, or write yours in USD")


def test_a_month_in_which_the_currency_changed_has_two_sums(tmp_path: Path) -> None:
    euro = table_of(tmp_path, row(api="", currency='"EUR"')).find("google", "v2")
    with Ledger(tmp_path / "ledger.sqlite") as book:
        for price, minutes in ((V2, 50), (euro, 10)):
            ask = Ask(price.currency, "google", "s", "default", price, "a.wav", 0, minutes * MINUTE)
            taken = book.reserve(ask, budget_micros=900_000)
            assert taken.kind == "reserved", "dollars do not take from a budget in euros"
            book.mark_sent(taken.row)
            book.settle(taken.row, "said", billed_ms=minutes * MINUTE)
        used = book.usage(also=[euro])
        assert (used.currency, used.spent_micros) == ("EUR", 200_000)
        assert used.other_micros == {"USD": 800_000}
        assert used.with_more(euro, MINUTE) == 220_000 and used.with_more(V2, MINUTE) == 816_000
        assert book.usage(also=[V2]).other_micros == {"EUR": 200_000}
        assert used.budget_note() == "counts EUR alone, not the $0.80 spent at other prices"
        assert used.budget_note("USD") == "counts USD alone, not the EUR 0.20 spent at other prices"


@pytest.mark.parametrize(
    ("given", "what"),
    [
        (
            {"rounding_seconds": '"x"'},
            ':4: row 1 (google v2): rounding_seconds is "x", which is not a number of',
        ),
        ({"rounding_seconds": "nan"}, "rounding_seconds is nan, which is not a number of seconds above 0"),
        ({"rounding_seconds": "0"}, "rounding_seconds is 0, which is not a number of seconds above 0"),
        ({"rounding_seconds": "true"}, "rounding_seconds is true, which"),
        (
            {"rounding_seconds": ""},
            ":1: row 1 (google v2): has no rounding_seconds; add rounding_seconds = 1, a number",
        ),
        ({"worst_rounding_seconds": "-1"}, "worst_rounding_seconds is -1, which"),
        (
            {"free_minutes": '"x"'},
            'free_minutes is "x", which is not whole minutes from 0 up; write it as free_minutes =',
        ),
        ({"free_minutes": "1.5"}, "free_minutes is 1.5, which"),
        (
            {"currency": "3"},
            "currency is 3, which is not the three capital letters of a currency; write it as currency",
        ),
        ({"currency": '"usd"'}, 'currency is "usd", which'),
        ({"logging": '"no"'}, 'logging is "no", which is not true or false; write it as logging = false'),
        ({"per_channel": "1"}, "per_channel is 1, which is not true or false"),
        (
            {"provider": '"gogle"'},
            'provider is "gogle", which is not a provider; known are google, whisper, pocketsphinx',
        ),
        ({"provider": "7"}, "provider is 7, which is not a provider"),
        (
            {"api": '"v3"'},
            'api is "v3", which google does not have; write one of v1, v2, or leave it out for any',
        ),
        ({"provider": '"whisper"'}, 'api is "v2", which whisper does not have; leave it out'),
        ({"provider": '"whisper"', "api": "", "logging": "true"}, "logging is of no meaning for whisper"),
        ({"model": "[]"}, "model is a list, which is not the name of a model"),
        ({"dated": '"soon"'}, 'dated is "soon", which is not a date; write it as dated = "2026-01-31"'),
        ({"source": '" "'}, "source is"),
        (
            {"freebies": "1"},
            ':8: row 1 (google v2): has the unknown key "freebies"; known are provider, api, model',
        ),
        ({"steps": "3"}, "steps is 3, which is not a list of prices a minute"),
        ({"steps": "[]"}, "steps is a list, which"),
        (
            {"steps": "[3]"},
            "steps: step 1 is 3, which is not a table; a step is { from_minutes = 0, a_minute = 0.024 }",
        ),
        ({"steps": "[{ from_minutes = 0 }]"}, "steps: step 1 has no a_minute"),
        ({"steps": "[{ from_minutes = 0, a_minute = 1, x = 1 }]"}, 'step 1 has the unknown key "x"'),
        (
            {"steps": "[{ from_minutes = 0, a_minute = nan }]"},
            "a_minute is nan, which is not a price from 0 up",
        ),
        ({"steps": "[{ from_minutes = 0, a_minute = -1 }]"}, "a_minute is -1, which"),
        ({"steps": "[{ from_minutes = 0, a_minute = 0.0000001 }]"}, "0.000001 is the least"),
        (
            {"steps": '[{ from_minutes = "x", a_minute = 1 }]'},
            'from_minutes is "x", which is not whole minutes',
        ),
        (
            {"steps": "[{ from_minutes = 1, a_minute = 1 }]"},
            "begin at from_minutes = 1; the first step begins",
        ),
        (
            {"steps": "[{ from_minutes = 0, a_minute = 2 }, { from_minutes = 0, a_minute = 1 }]"},
            "go from from_minutes = 0 to 0; each step begins later",
        ),
    ],
)
def test_a_fault_in_a_row_names_its_place_its_key_and_what_is_right(
    tmp_path: Path, given: dict[str, str], what: str
) -> None:
    assert what in refusal(tmp_path, row(**given))


def test_a_fault_is_found_in_the_row_where_it_stands(tmp_path: Path) -> None:
    said = refusal(tmp_path, row(api='"v1"'), row(currency="3"))
    assert said.startswith("/prices.toml:16: row 2 (google v2): currency is 3")
    assert "row 2 (google v2) is for the same calls as row 1; keep one" in refusal(tmp_path, row(), row())


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("price = 3\n= 4", ":2: is not TOML: Invalid statement"),
        ("x = 1", 'has the unknown key "x"; a price list has [[price]] rows only'),
        ("", "has no [[price]] rows"),
        ("price = 3", "has no [[price]] rows"),
        ("price = [3]", "has no [[price]] rows"),
        ("x = " + "[" * 5000, "nested too deeply"),
    ],
)
def test_a_file_that_is_no_price_list_is_told(tmp_path: Path, text: str, what: str) -> None:
    assert what in refusal(tmp_path, text)


def test_bytes_and_folders_are_told(tmp_path: Path) -> None:
    own = tmp_path / "prices.toml"
    own.write_bytes(b'x = "\xff"')
    with pytest.raises(InputError, match="is not text in UTF-8; save it as UTF-8"):
        PriceTable.load(own)
    own.unlink()
    own.mkdir()
    with pytest.raises(InputError, match="cannot be read"):
        PriceTable.load(own)


def test_the_known_providers_are_those_that_can_be_called() -> None:
    assert tuple(price_schema.APIS) == registry.NAMES


def test_a_provider_without_a_price_is_refused() -> None:
    with pytest.raises(InputError, match="no price for nobody"):
        TABLE.find("nobody")


@pytest.mark.parametrize(
    ("micros", "shown"),
    [
        (0, "$0.00"),
        (400, "$0.0004"),
        (266, "$0.0003"),
        (240_000, "$0.24"),
        (240_001, "$0.25"),
        (10**9, "$1,000.00"),
    ],
)
def test_sums_are_shown_rounded_up(micros: int, shown: str) -> None:
    assert amount(micros) == shown
    assert amount(240_000, "EUR") == "EUR 0.24"


@pytest.mark.parametrize("text", ["", "two", "-1", "nan", "inf", "1e30"])
def test_a_sum_from_a_flag_must_be_one(text: str) -> None:
    with pytest.raises(InputError, match="is not a sum of money"):
        micros_of(text)
    assert micros_of("2.50") == 2_500_000
