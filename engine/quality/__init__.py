"""How good a voice is: its distance from recordings, predicted opinion, and what a recogniser understands of it."""
