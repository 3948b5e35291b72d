"""What every test may ask for: where the recordings and the golden tensors lie."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.run import launch

# before torch is loaded, here and in every child: threads that wait by spinning starve the other processes of a test
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

ROOT = Path(__file__).resolve().parent.parent
FIRST_VOICE = "test_first_voice.py"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--nightly`: promises are tried as often as a night allows."""
    parser.addoption("--nightly", action="store_true", help="try promises hundreds of times, not tens")


@pytest.fixture
def count(
    request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> Callable[[int, int], int]:
    """`count(ci, nightly)`: how often a promise is to be tried in this session; the table of promises shows it."""

    def chosen(ci: int, nightly: int) -> int:
        number = nightly if request.config.getoption("--nightly") else ci
        record_property("count", number)
        return number

    return chosen


def _shared(variable: str, folder: str) -> Path:
    """The folder that an environment variable names, else its usual place beside the clone; skips without it."""
    path = Path(os.environ.get(variable) or ROOT.parent / "shared" / folder)
    if not path.is_dir():
        pytest.skip(f"{path} is not there; set {variable} to the folder that the README calls {folder}")
    return path


@pytest.fixture(scope="session")
def corpora() -> Path:
    """Real recorded speech: ljspeech/, librispeech/, kerstin_de/, mixed_formats/, untranscribed/."""
    return _shared("VITSDECK_CORPORA", "corpora")


@pytest.fixture(scope="session")
def reference() -> Path:
    """Golden tensors of the reference implementation: NAME.json and NAME.npz pairs."""
    return _shared("VITSDECK_REFERENCE", "reference")


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first voice trains while the other tests run, so its test comes last."""
    items.sort(key=lambda item: item.path.name == FIRST_VOICE)


@pytest.fixture(scope="session", autouse=True)
def first_voice(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[subprocess.Popen[str], Path] | None]:
    """The process that makes a first voice and its workspace; None when no test asks for them."""
    if all(item.path.name != FIRST_VOICE for item in request.session.items):
        yield None
        return
    try:
        recordings = request.getfixturevalue("corpora")
    except pytest.skip.Exception:  # the test itself will say why it is skipped; all others go on
        yield None
        return
    folder = tmp_path_factory.mktemp("first") / "voice"
    polite = ["nice", "-n", "15"] if os.name == "posix" else []
    process = subprocess.Popen(
        [*polite, sys.executable, "-m", "tests.first_voice", str(recordings), str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    yield process, folder
    if process.poll() is None:  # the session was broken off
        if (folder / "logs" / "first").is_dir():
            launch.stop(folder / "logs" / "first", now=True, wait_s=10)
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
