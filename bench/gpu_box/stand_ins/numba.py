"""numba without a compiler: the functions run as they are written, about a thousand times as slow.

They run only where the packed alignment search does not load: another processor than the packing machine's.
"""


def njit(**_options):
    """A decorator that changes nothing."""
    return lambda function: function
