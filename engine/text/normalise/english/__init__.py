"""English: numbers, dates, money, abbreviations in words."""
