"""soundfile for mono or stereo 16-bit WAV alone."""

import wave

import numpy as np


class LibsndfileError(RuntimeError):
    """soundfile's error."""


class SoundFile:
    """A WAV file that is read from its start to its end."""

    def __init__(self, path):
        self._file = wave.open(path)  # noqa: SIM115 - closed by __exit__
        self.channels = self._file.getnchannels()
        if self._file.getsampwidth() != 2:
            raise LibsndfileError("only 16-bit WAV can be read here")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()

    def read(self, frames, dtype, always_2d):
        """The next frames as (L, C) from -1 to 1."""
        assert dtype == "float32" and always_2d
        samples = np.frombuffer(self._file.readframes(frames), "<i2").astype(np.float32) / 32768.0
        return samples.reshape(-1, self.channels)
