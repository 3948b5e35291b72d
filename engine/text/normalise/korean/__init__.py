"""Korean: numbers of two kinds, letters and signs in words."""
