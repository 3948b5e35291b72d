"""The engine behind vitsdeck: everything that is not a screen."""

__version__ = "0.1.0"
