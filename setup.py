"""Builds the alignment search as a C extension where a compiler is found; without one the numba twin serves."""

from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension(
            "engine.model.alignment.search_cython",
            ["engine/model/alignment/search_cython.pyx"],
            optional=True,
        )
    ]
)
