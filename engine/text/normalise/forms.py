"""One Unicode form for all ways to type the same text.

Composed letters, ordinary width, straight quotes, single characters for ligatures and unit squares taken apart, nothing
invisible. Signs that mean something of their own (½ ² ° – ₩ €) stay for the rules of the language.
"""

from __future__ import annotations

import re
import unicodedata

_SAME = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc\u2032", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033", '"'),
        **dict.fromkeys("\u2010\u2011\u2212", "-"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2007\u2008\u2009\u200a\u202f\u3000", " "),
        # soft hyphen, zero-width characters, direction and byte order marks
        **dict.fromkeys("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff", ""),
        **dict.fromkeys(map(chr, range(0xFE00, 0xFE10)), ""),  # which drawing of a character is meant
    }
)
# half-width and full-width forms, ligatures, squared words and units as ㎞ and ㈱, ℃ and ℉, Ⅳ
_COMPATIBLE = re.compile("[\uff00-\uffef\ufb00-\ufb06\u3200-\u33ff\u2103\u2109\u2160-\u217f]+")


def one_form(text: str) -> str:
    """`text` in the form that the rules of all languages expect."""
    if text.isascii():
        return text
    text = _COMPATIBLE.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text.translate(_SAME))
    return unicodedata.normalize("NFC", text)
