"""What is counted in German, money, and words for abbreviations and signs."""

from __future__ import annotations

from engine.text.normalise.tables import Tables

TABLES = Tables("de")
UNITS, MONEY = TABLES.nouns("units"), TABLES.money()
WEEKDAYS = TABLES.words("weekdays")
