"""Portuguese of Brazil: what it words otherwise than European Portuguese."""

from __future__ import annotations

from engine.text.normalise.european.portuguese import Portuguese


class Brazilian(Portuguese):
    code = "pt_BR"
    files = ("pt", "pt-br")

    def day(self, day: int) -> str:
        return "primeiro" if day == 1 else self.cardinal(day)


read = Brazilian().read
