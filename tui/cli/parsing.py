"""Command lines that the parser does not read by itself."""

from __future__ import annotations

import re
from typing import Any

from typer.core import TyperCommand


class TextCommand(TyperCommand):
    """A command whose text may begin with a minus, as in `speak "-5 degrees"`; no option has a digit or a space."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the text last, behind `--`, which ends the options."""
        if "--" not in args:
            options = [each for each in self.params if not getattr(each, "is_flag", False)]
            valued = {name.replace("_", "-") for each in options for name in each.opts}
            for i, word in enumerate(args):
                is_value = i > 0 and args[i - 1].replace("_", "-") in valued
                if re.match(r"-\d|-[^=]*\s", word) and not is_value:
                    args = [*args[:i], *args[i + 1 :], "--", word]
                    break
        return super().parse_args(ctx, args)


class ManyValues(TyperCommand):
    """A command some of whose options take all the words that follow, as in the seed family: `--filelists A B`."""

    greedy = ("--filelists", "--text-cleaners")

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Repeat the option before each of its values, which is what the parser knows."""
        spread: list[str] = []
        option = ""
        for word in args:
            if word.startswith("-"):
                option = word if word.replace("_", "-") in self.greedy else ""
                spread += [] if option else [word]
            else:
                spread += [option, word] if option else [word]
        return super().parse_args(ctx, spread)
