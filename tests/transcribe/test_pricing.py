"""The price list and the arithmetic of a month."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InputError
from engine.transcribe import price_file
from engine.transcribe.ledger import Ask, Ledger
from engine.transcribe.pricing import Price, PriceTable, amount, free_left_ms, micros_of, month_micros
from engine.transcribe.providers import registry
from engine.transcribe.quote import Piece, Quote, Recording

TABLE = PriceTable.load()
PLAIN, LOGGED = (TABLE.find("google", "v1", logging=logging) for logging in (False, True))
V2 = TABLE.find("google", "v2")
MINUTE = 60_000
BEFORE = Path(__file__).parents[1] / "data" / "ledger_before" / "data" / "prices.toml"


def test_every_price_has_a_date_and_a_source_and_survives_the_ledger() -> None:
    assert {price.provider for price in TABLE.prices} == {"google", "whisper", "pocketsphinx"}
    for price in TABLE.prices:
        assert price.dated and price.source
        assert Price.from_json(price.to_json()) == price


def test_a_services_free_minutes_go_to_its_cheapest_rows_first() -> None:
    assert month_micros({PLAIN: 60 * MINUTE}) == 0
    assert month_micros({PLAIN: 61 * MINUTE}) == 24_000
    assert month_micros({PLAIN: 30 * MINUTE, LOGGED: 60 * MINUTE}) == 30 * 24_000
    assert free_left_ms({PLAIN: 30 * MINUTE, LOGGED: 20 * MINUTE}, PLAIN) == 10 * MINUTE
    assert free_left_ms({}, V2) == 0


@pytest.mark.parametrize(("ms", "billed"), [(1, 1000), (1000, 1000), (1001, 2000), (59_400, 60_000)])
def test_calls_are_rounded_up_to_the_unit(ms: int, billed: int) -> None:
    assert PLAIN.billed_ms(ms) == billed
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


def row(**given: str) -> str:
    """A row of a price list; keyword arguments are TOML, empty ones leave the key out."""
    plain = {
        **{"provider": '"google"', "api": '"v2"', "rounding_seconds": "1", "dated": '"2026-01-01"'},
        **{"source": '"my contract"', "a_minute": "0.02"},
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


def test_an_own_row_stands_before_every_shipped_one_that_it_fits(tmp_path: Path) -> None:
    chirp = row(api='"v1"', model='"chirp"', a_minute="0.5")
    table = table_of(tmp_path, row(rounding_seconds="15"), chirp)
    assert table.find("google", "v2").billed_ms(1) == 15_000
    assert table.find("google", "v1", "chirp").a_minute_micros == 500_000
    assert table.find("google", "v1", "other") == PLAIN
    only_logged = table_of(tmp_path, row(api="", logging="true"))
    assert only_logged.find("google", "v2", logging=True).source == "my contract"
    assert only_logged.find("google", "v2") == V2


def test_free_minutes_of_own_rows_are_those_of_the_own_file(tmp_path: Path) -> None:
    v1 = row(api='"v1"')
    assert table_of(tmp_path, v1).find("google", "v1").free_minutes == 0
    free = '[[free]]\nprovider = "google"\napi = "v1"\nminutes = 50\n'
    own = table_of(tmp_path, free, v1).find("google", "v1")
    assert own.free_minutes == 50
    assert free_left_ms({PLAIN: 40 * MINUTE, own: 5 * MINUTE}, own) == 5 * MINUTE, "the least of two lists"


def test_a_list_with_steps_is_rewritten_once_with_a_backup(tmp_path: Path) -> None:
    own = tmp_path / "prices.toml"
    shutil.copy(BEFORE, own)
    first, second = PriceTable.load(own), PriceTable.load(own)
    assert "prices.toml was rewritten" in first.notice and second.notice == ""
    assert (tmp_path / "prices.toml.old").read_text() == BEFORE.read_text()
    v1, v2 = (second.find("google", api) for api in ("v1", "v2"))
    assert (v1.a_minute_micros, v1.up_to_minutes, v1.free_minutes) == (22_000, 1000, 60)
    assert (v2.a_minute_micros, v2.up_to_minutes, v2.free_minutes, v2.note) == (15_000, 0, 0, "by letter")
    two = BEFORE.read_text().replace('currency = "USD"', 'currency = "EUR"')
    assert "has prices in EUR and USD; write all prices in one currency" in refusal(tmp_path, two)


def quoted(price: Price, ledger: Ledger, *lengths_ms: int) -> Quote:
    pieces = tuple(Piece(str(index), ms) for index, ms in enumerate(lengths_ms))
    return Quote([Recording("a.wav", Path("a.wav"), pieces)], price, ledger.usage(also=[price]))


def book_minutes(ledger: Ledger, price: Price, minutes: int) -> None:
    taken = ledger.reserve(Ask(price.id, "google", "s", "default", price, "a.wav", 0, minutes * MINUTE))
    ledger.mark_sent(taken.row)
    ledger.settle(taken.row, "said", billed_ms=minutes * MINUTE)


def test_a_month_beyond_the_first_volume_step_is_refused(tmp_path: Path) -> None:
    price = dataclasses.replace(V2, up_to_minutes=3)
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        book_minutes(ledger, price, 2)
        assert quoted(price, ledger, MINUTE).refusal is None
        assert str(quoted(price, ledger, MINUTE, 1000).refusal) == (
            "the price of google v2 holds for 3 minutes a month, and this passes them; "
            "send fewer recordings, or name another --account"
        )


def test_a_month_has_one_currency(tmp_path: Path) -> None:
    euro = table_of(tmp_path, 'currency = "EUR"\n', row(api="")).find("google", "v2")
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        book_minutes(ledger, V2, 50)
        refused = str(quoted(euro, ledger, 1).refusal)
        assert "this month's money is in USD, and google is priced in EUR" in refused
        book_minutes(ledger, euro, 10)  # as versions before allowed
        used = ledger.usage()
    assert (used.currency, used.spent_micros) == ("USD", 800_000)


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ({"rounding_seconds": "0"}, "rounding_seconds: is 0; it must be above 0, an hour at most"),
        ({"up_to_minutes": "-1"}, "up_to_minutes: is -1; it must be whole minutes from 0 up"),
        ({"provider": '"gogle"'}, 'provider: is "gogle"; it must be one of google, whisper, pocketsphinx'),
        ({"api": '"v3"'}, 'api: is "v3", which google does not have; write one of v1, v2, or leave it out'),
        ({"provider": '"whisper"'}, 'api: is "v2", which whisper does not have; leave it out'),
        ({"source": '" "'}, "source: is"),
        ({"a_minute": "-1"}, "a_minute: is -1; it must be 0, or from a millionth up"),
        ({"a_minute": "0.0000001"}, "it must be 0, or from a millionth up"),
    ],
)
def test_a_fault_in_a_row_names_its_place_its_key_and_the_accepted_value(
    tmp_path: Path, given: dict[str, str], what: str
) -> None:
    assert what in refusal(tmp_path, row(**given))


def test_a_fault_is_found_in_the_row_where_it_stands(tmp_path: Path) -> None:
    said = refusal(tmp_path, row(api='"v1"'), row(model="3"))
    assert said.startswith("/prices.toml:16: price[1].model: is 3")
    assert "price[1]: is for the same calls as price[0]; keep one" in refusal(tmp_path, row(), row())
    assert "has no [[price]] rows" in refusal(tmp_path, "")
    free = '[[free]]\nprovider = "google"\nminutes = "x"\n'
    assert ':3: free[0].minutes: is "x"; it must be a whole' in refusal(tmp_path, free, row())


def test_the_known_providers_are_those_that_can_be_called() -> None:
    assert tuple(price_file.APIS) == registry.NAMES
    with pytest.raises(InputError, match="no price for nobody"):
        TABLE.find("nobody")


@pytest.mark.parametrize(
    ("micros", "shown"),
    [(0, "$0.00"), (400, "$0.0004"), (266, "$0.0003"), (240_001, "$0.25"), (10**9, "$1,000.00")],
)
def test_sums_are_shown_rounded_up(micros: int, shown: str) -> None:
    assert amount(micros) == shown
    assert amount(240_000, "EUR") == "EUR 0.24"


@pytest.mark.parametrize("text", ["", "two", "-1", "nan", "inf", "1e30"])
def test_a_sum_from_a_flag_must_be_one(text: str) -> None:
    with pytest.raises(InputError, match="is not a sum of money"):
        micros_of(text)
    assert micros_of("2.50") == 2_500_000
