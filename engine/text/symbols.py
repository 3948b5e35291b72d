"""The family's two symbol tables: which id a character has in the text encoder's embedding.

The order is the contract: ids are positions, and every published checkpoint was trained with them. The
apostrophe stands twice in both tables: a lookup gives the later id, the earlier row is never used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

PAD = "_"
PUNCTUATION = ';:,.!?¡¿—…"«»“” '
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
KOREAN_LETTERS = "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ" + "ㄲㄸㅃㅆㅉ" + "ㅏㅓㅗㅜㅡㅣㅐㅔ"

# the International Phonetic Alphabet, letters ordered by the Latin letter that they derive from
_IPA_LETTERS = (
    "ɑɐɒæ" + "ɓʙβ" + "ɔɕç" + "ɗɖðʤ" + "əɘɚɛɜɝɞ" + "ɟʄ" + "ɡɠɢʛ" + "ɦɧħɥʜ" + "ɨɪ" + "ʝ"
    "ɭɬɫɮʟ" + "ɱɯɰ" + "ŋɳɲɴ" + "øɵɸθœɶ" + "ʘ" + "ɹɺɾɻʀʁɽ" + "ʂʃ" + "ʈʧ" + "ʉʊ" + "ʋⱱʌ" + "ɣɤ"
    "ʍ" + "χ" + "ʎʏ" + "ʑʐʒ" + "ʔʡʕʢ"
)
_CLICKS = "ǀǁǂǃ"
_STRESS_AND_LENGTH = "ˈˌːˑ"
_MODIFIERS = "ʼʴʰʱʲʷˠˤ˞"
_INTONATION = "↓↑→↗↘"
_SYLLABIC = "\u0329"  # combining: a small line below the letter before it
_LAST = "'" + _SYLLABIC + "'" + "ᵻ"
IPA = _IPA_LETTERS + _CLICKS + _STRESS_AND_LENGTH + _MODIFIERS + _INTONATION + _LAST

ENGLISH_178: tuple[str, ...] = (PAD, *PUNCTUATION, *LETTERS, *IPA)
MULTILINGUAL_205: tuple[str, ...] = (PAD, *PUNCTUATION, *LETTERS, *KOREAN_LETTERS, *IPA)
BLANK_ID = 0  # the pad's id, put between symbols when `add_blank` is on


class UnknownSymbols(ValueError):  # noqa: N818 - the contract's name
    """A text holds symbols that the table lacks; `symbols` lists each once, in the order of the text."""

    def __init__(self, symbols: Sequence[str]) -> None:
        self.symbols = list(symbols)
        super().__init__("not in the symbol table: " + " ".join(describe(symbol) for symbol in symbols))


def table(symbols: Sequence[str]) -> dict[str, int]:
    """Symbol to id. Where a symbol stands twice the later id wins, as in the family."""
    return {symbol: position for position, symbol in enumerate(symbols)}


def table_of_size(n_symbols: int) -> tuple[str, ...] | None:
    """The table whose embedding has `n_symbols` rows: 178, 205, or None for a stranger's."""
    return {len(known): known for known in (ENGLISH_178, MULTILINGUAL_205)}.get(n_symbols)


def unknown_symbols(text: str, known: Mapping[str, int]) -> list[str]:
    """Symbols of `text` that the table lacks, each once, in the order they appear."""
    return [symbol for symbol in dict.fromkeys(text) if symbol not in known]


def to_ids(text: str, known: Mapping[str, int]) -> list[int]:
    """Ids of a cleaned text's characters.

    Raises:
        UnknownSymbols: the table lacks some; all of them are named.
    """
    try:
        return [known[symbol] for symbol in text]
    except KeyError:
        raise UnknownSymbols(unknown_symbols(text, known)) from None


def with_blanks(ids: Sequence[int]) -> list[int]:
    """A blank before, between and after the ids: n become 2n + 1."""
    spread = [BLANK_ID] * (2 * len(ids) + 1)
    spread[1::2] = ids
    return spread


def describe(symbol: str) -> str:
    """A symbol so that a person can find it, also when it is a space or a combining mark: `'é' U+00E9`."""
    shown = symbol if symbol.isprintable() and not symbol.isspace() else ascii(symbol)[1:-1]
    return f"'{shown}' " + " ".join(f"U+{ord(character):04X}" for character in symbol)
