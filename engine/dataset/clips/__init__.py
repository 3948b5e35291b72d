"""What is measured of a clip, and whether it trains."""
