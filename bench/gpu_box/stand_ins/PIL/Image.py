# ruff: noqa: N999 - Pillow's name
"""Pictures of samples are empty files here."""


class _Picture:
    def save(self, file, kind):
        """Write nothing."""


def fromarray(_pixels):
    """A picture that is never looked at."""
    return _Picture()
