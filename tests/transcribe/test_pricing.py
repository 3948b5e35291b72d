"""The price list and the arithmetic of a month."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InputError
from engine.transcribe.pricing import (
    Price,
    PriceTable,
    amount,
    free_left_ms,
    micros_of,
    month_micros,
)

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


def test_an_own_table_overrides_a_row_and_adds_others(tmp_path: Path) -> None:
    own = tmp_path / "prices.toml"
    own.write_text(
        '[[price]]\nprovider = "google"\napi = "v2"\nfree_minutes = 5\nrounding_seconds = 15\n'
        'currency = "EUR"\nsteps = [{ from_minutes = 0, a_minute = 0.02 }]\ndated = "2026-01-01"\nsource = "mine"\n'
        '[[price]]\nprovider = "google"\napi = "v1"\nmodel = "chirp"\nrounding_seconds = 1\n'
        'steps = [{ from_minutes = 0, a_minute = 0.5 }]\ndated = "2026-01-01"\nsource = "x"\n'
    )
    table = PriceTable.load(own)
    assert table.find("google", "v2").currency == "EUR"
    assert table.find("google", "v2").billed_ms(1) == 15_000
    assert table.find("google", "v1", "chirp").steps[0].micros == 500_000
    assert table.find("google", "v1", "other") == PLAIN


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("nonsense", "is not TOML"),
        ("x = 1", "has no [[price]] rows"),
        ('[[price]]\nprovider = "google"', "row 1 has no steps"),
        (
            '[[price]]\nprovider = "g"\nsteps = []\nrounding_seconds = 1\ndated = "x"\nsource = "x"',
            "row 1 needs steps",
        ),
        (
            '[[price]]\nprovider = "g"\nsteps = [{ from_minutes = 0, a_minute = -1 }]\nrounding_seconds = 1\n'
            'dated = "x"\nsource = "x"',
            "row 1 has a price below 0",
        ),
        (
            '[[price]]\nprovider = "g"\nsteps = [{ from_minutes = 0, a_minute = 1 }]\nrounding_seconds = 0\n'
            'dated = "x"\nsource = "x"',
            "row 1 needs rounding above 0",
        ),
        (
            '[[price]]\nprovider = "g"\nsteps = [{ from_minutes = 0, a_minute = 1 }]\nrounding_seconds = 1\n'
            'dated = "x"\nsource = "x"\nfreebies = 1',
            "row 1 has the unknown key freebies",
        ),
    ],
)
def test_a_fault_in_an_own_table_is_a_sentence(tmp_path: Path, text: str, what: str) -> None:
    own = tmp_path / "prices.toml"
    own.write_text(text)
    with pytest.raises(InputError) as caught:
        PriceTable.load(own)
    assert what in str(caught.value)
    assert str(own) in str(caught.value)


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
