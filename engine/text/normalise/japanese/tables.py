"""Words of Japanese units, currencies, signs and abbreviations."""

from __future__ import annotations

from engine.text.normalise.tables import Tables

TABLES = Tables("ja")
UNITS = TABLES.words("units")
ALONE = ("km", "cm", "mm", "kg", "mg", "mL", "kcal", "kWh", "hPa")  # read without a number, too
POWERS = TABLES.words("powers")
PER_TIME = TABLES.words("per_time")
# the name, and the name of its hundredth part where prices have one
CURRENCIES = TABLES.pairs("currencies")
ERAS = TABLES.words("eras")
ABBREVIATIONS = TABLES.words("abbreviations")
LABELS = TABLES.words("labels")
SIGNS = TABLES.words("signs")
ENGLISH = TABLES.listed("english")
