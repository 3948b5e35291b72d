"""Wishes to have recordings done once more, kept until they are fulfilled: going on with one pays for nothing twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from engine.transcribe.ledger import Ledger
from engine.transcribe.ledger_rows import Ask
from engine.transcribe.pricing import Price
from engine.transcribe.providers.base import Plan
from engine.transcribe.quote import Recording


@dataclass(frozen=True, slots=True)
class Again:
    """One wish: these sounds, by takes that are newer than row `after` of the ledger.

    Attributes:
        provider, settings: of the ledger's rows.
        digests: of every piece that is not silent.
    """

    after: int
    provider: str
    settings: str
    digests: tuple[str, ...] = ()

    def left(self, ledger: Ledger, price: Price) -> set[str]:
        """The sounds that have no such take yet: refused, in doubt, or never sent."""
        return {
            digest
            for digest in self.digests
            if ledger.look_up(
                Ask(digest, self.provider, self.settings, "", price, "", 0, 0, again_after=self.after)
            ).kind
            != "known"
        }

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Again:
        """What `to_json` made."""
        return cls(plain["after"], plain["provider"], plain["settings"], tuple(plain["digests"]))


def begin(
    before: Sequence[Again], recordings: Iterable[Recording], plan: Plan, price: Price, ledger: Ledger
) -> tuple[Again, list[Again]]:
    """The wish to have these recordings done once more: an open one that some of them are left of, else a new one.

    Args:
        before: the open wishes.

    Returns:
        The wish, and all that are open with it.
    """
    asked = {each.digest for one in recordings if not one.fault for each in one.cuts if not each.is_silent}
    fitting = [
        again
        for again in before
        if (again.provider, again.settings) == (plan.provider, plan.settings_id)
        and again.left(ledger, price) & asked
    ]
    # of several the oldest: what was done since then counts as done
    old = min(fitting, key=lambda again: again.after, default=None)
    chosen = old or Again(ledger.newest_row(), plan.provider, plan.settings_id)
    chosen = replace(chosen, digests=tuple(sorted(asked.union(chosen.digests))))
    return chosen, [again for again in before if again is not old] + [chosen]
