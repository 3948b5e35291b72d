"""Japanese: what Open JTalk misreads, written in words."""
