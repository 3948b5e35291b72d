"""The speech pane."""
