"""Text to symbol ids: tables, cleaners by the family's names, phonemes through espeak-ng. No torch."""
