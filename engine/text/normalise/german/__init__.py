"""German: the European rules with the endings of ordinals and articles."""
