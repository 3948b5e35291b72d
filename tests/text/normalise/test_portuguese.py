"""Brazil's words where they differ from those of Portugal, which lines/pt.tsv shows."""

from __future__ import annotations

import pytest

from engine.text.normalise.european import portuguese, portuguese_brazil


@pytest.mark.parametrize(
    ("text", "portugal", "brazil"),
    [
        ("16 km", "dezasseis quilómetros", "dezesseis quilômetros"),
        ("1.000.000.000 €", "mil milhões de euros", "um bilhão de euros"),
        ("5,50 €", "cinco euros e cinquenta cêntimos", "cinco euros e cinquenta centavos"),
        ("em 1985", "em mil novecentos e oitenta e cinco", "em mil novecentos e oitenta e cinco"),
        (
            "01/05/2024",
            "um de maio de dois mil e vinte e quatro",
            "primeiro de maio de dois mil e vinte e quatro",
        ),
    ],
)
def test_brazil_and_portugal_differ_in_words(text: str, portugal: str, brazil: str) -> None:
    assert (portuguese.read(text), portuguese_brazil.read(text)) == (portugal, brazil)
