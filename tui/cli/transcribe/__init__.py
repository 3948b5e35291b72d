"""Commands that transcribe recordings and show what it costs."""
