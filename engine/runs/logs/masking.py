"""Command lines without the secrets in them, fit for run.json and the log."""

from __future__ import annotations

from collections.abc import Sequence

_SECRET_WORDS = {"key", "apikey", "token", "secret", "password", "passwd", "pwd", "passphrase"}
_SECRET_WORDS |= {"credential", "credentials", "auth", "authorization"}
_MASK = "***"


def masked(argv: Sequence[str]) -> list[str]:
    """`argv` with the values of flags and NAME=VALUE words that look secret replaced by ***."""
    shown: list[str] = []
    hide_next = False
    for word in argv:
        name, equals, _ = word.partition("=")
        secret = not _SECRET_WORDS.isdisjoint(name.lower().lstrip("-").replace("-", "_").split("_"))
        if hide_next and not word.startswith("--"):
            shown.append(_MASK)
            hide_next = False
            continue
        hide_next = secret and not equals and word.startswith("-")
        shown.append(f"{name}={_MASK}" if secret and equals else _without_url_password(word))
    return shown


def _without_url_password(word: str) -> str:
    scheme, mark, rest = word.partition("://")
    user, at, host = rest.partition("@")
    return f"{scheme}://{_MASK}@{host}" if mark and at and "/" not in user else word
