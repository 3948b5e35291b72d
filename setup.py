"""Builds the alignment search as a C extension where a compiler is found (without one the numba twin serves), and
packs configs/ into the wheel, so that `vitsdeck init` needs no clone."""

import shutil
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_py import build_py


class BuildWithShippedFiles(build_py):
    """Copies configs/ to engine/shipped; an editable install reads it where it lies."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib, "engine", "shipped", "configs")
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree("configs", target)


setup(
    cmdclass={"build_py": BuildWithShippedFiles},
    ext_modules=[
        Extension(
            "engine.model.alignment.search_cython",
            ["engine/model/alignment/search_cython.pyx"],
            optional=True,
        )
    ],
)
