"""The training pane."""
