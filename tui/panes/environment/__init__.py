"""The environment pane."""
