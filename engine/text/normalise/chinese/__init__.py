"""Chinese: numbers, signs and abbreviations in words."""
