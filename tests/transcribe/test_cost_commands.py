"""`vitsdeck cost`, as a person types it."""

from __future__ import annotations

from pathlib import Path

from tests.transcribe.desk import Desk
from tests.transcribe.support import record, record_many


def test_cost_shows_minutes_money_and_what_is_unconfirmed(desk: Desk) -> None:
    record_many(desk.folder / "raw", 3, seconds=(1.2, 1.8))
    desk.server.behave(script=["INTERNAL"])
    assert desk.transcribe("--yes", "--workers", "1").returncode == 1
    done = desk.vitsdeck("cost")
    assert done.returncode == 0
    assert "used         0.10 min, of which 0.03 min unconfirmed" in done.stdout
    assert "0.10 min used, free left 59.90 min of 60.00 min" in done.stdout
    assert "raw/0_0000.wav at 0.0 s: INTERNAL: no" in done.stderr
    old = desk.vitsdeck("cost", "--json", "--month", "2020-01").json["accounts"][0]
    assert (old["month"], old["used_ms"]) == ("2020-01", 0)


def test_cost_dates_its_prices_and_takes_a_persons_own(desk: Desk, tmp_path: Path) -> None:
    ledger = tmp_path / "books" / "ledger.sqlite"
    assert desk.vitsdeck("cost", "--ledger", str(ledger), "--budget", "none").returncode == 0
    shipped = desk.vitsdeck("cost", "--ledger", str(ledger)).stderr
    assert "google v1: 0.024 USD a minute after 60 free ones a month, as of 20" in shipped
    assert f"rows of your own go into {ledger.with_name('prices.toml')}" in shipped
    ledger.with_name("prices.toml").write_text(
        '[[price]]\nprovider = "google"\napi = "v1"\nlogging = false\nrounding_seconds = 15\n'
        'a_minute = 0.05\ndated = "2031-01-01"\nsource = "the contract"\n'
    )
    own = desk.vitsdeck("cost", "--ledger", str(ledger)).stderr
    assert "0.05 USD a minute after 0 free ones a month, as of 2031-01-01; source: the contract" in own


def test_cost_makes_no_ledger_and_knows_no_account_that_nobody_has_used(desk: Desk, tmp_path: Path) -> None:
    nowhere = tmp_path / "books" / "ledger.sqlite"
    done = desk.vitsdeck("cost", "--ledger", str(nowhere))
    assert done.returncode == 2
    assert "there is no such ledger; the first transcription makes it" in done.stderr
    assert not nowhere.parent.exists()
    assert "spent        $0.00" in desk.vitsdeck("cost").stdout
    assert list(tmp_path.rglob("ledger.sqlite*")) == []
    record_many(desk.folder / "raw", 1)
    desk.server.behave(script=["INTERNAL"])
    assert desk.transcribe("--yes", "--account", "lab").returncode == 1
    done = desk.vitsdeck("cost", "--account", "zzz")
    assert done.returncode == 2
    assert 'nothing is booked on an account "zzz"; the ledger has lab' in done.stderr
    assert "unconfirmed: 20" in desk.vitsdeck("cost").stderr
    assert "unconfirmed: 20" in desk.vitsdeck("cost", "--account", "lab").stderr
    assert "unconfirmed: 20" not in desk.vitsdeck("cost", "--account", "default").stderr
    assert "unconfirmed: 20" not in desk.vitsdeck("cost", "--month", "2020-01").stderr


def test_cost_keeps_minutes_and_currencies_of_several_prices_apart(desk: Desk, tmp_path: Path) -> None:
    record(desk.folder / "raw" / "a.wav", 6.0, 1)
    assert desk.transcribe("--yes").returncode == 0
    assert desk.transcribe("--yes", "--api", "v2", "--project", "p", out="n.txt").returncode == 0
    done = desk.vitsdeck("cost")
    assert done.stdout.splitlines()[1:5] == [
        "  used         0.20 min, of which 0.00 min unconfirmed",
        "  google v1    0.10 min used, free left 59.90 min of 60.00 min, $0.00 spent",
        "  google v2    0.10 min used, free left none, $0.0016 spent",
        "  spent        $0.0016",
    ]
    assert "google v1: 0.024 USD a minute after 60 free" in done.stderr
    assert "google v2: 0.016 USD a minute after 0 free" in done.stderr
    (tmp_path / "data" / "vitsdeck" / "prices.toml").write_text(
        'currency = "EUR"\n[[price]]\nprovider = "google"\nrounding_seconds = 1\na_minute = 0.6\n'
        'dated = "2026-11-01"\nsource = "a contract"\n'
    )
    record(desk.folder / "raw" / "b.wav", 6.0, 2)
    refused = desk.transcribe("--dry-run", out="o.txt")
    assert refused.returncode == 2
    assert "this month's money is in USD, and google is priced in EUR" in refused.stderr


def test_an_account_gets_its_limit_by_cost_and_that_of_the_workspace_pays(desk: Desk) -> None:
    (lab,) = desk.vitsdeck("cost", "--account", "lab", "--budget", "1.50", "--json").json["accounts"]
    assert lab["budget_micros"] == 1_500_000
    record_many(desk.folder / "raw", 2)
    assert desk.transcribe("--yes", "--account", "lab").returncode == 0
    found = {each["account"]: each for each in desk.vitsdeck("cost", "--json").json["accounts"]}
    assert found["lab"]["settled_ms"] > 0
    settings = desk.folder / "vitsdeck.toml"
    settings.write_text(settings.read_text().replace('account = "default"', 'account = "lab"'))
    (lab,) = desk.vitsdeck("cost", "--budget", "none", "--json").json["accounts"]
    assert (lab["account"], lab["budget_micros"]) == ("lab", None)
    record_many(desk.folder / "raw", 1, seed=1)
    assert desk.transcribe("--yes").returncode == 0
    (paid,) = desk.vitsdeck("cost", "--json").json["accounts"]
    assert paid["settled_ms"] > lab["settled_ms"]
