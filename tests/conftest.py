"""What every test may ask for: where the recordings and the golden tensors lie, and how often to try a promise."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# a time limit for one example tells how busy the machine is, nothing else
settings.register_profile("vitsdeck", deadline=None)
settings.load_profile("vitsdeck")

# before torch is loaded, here and in every child: several tests share the cores, where threads of one wait for another
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

ROOT = Path(__file__).resolve().parent.parent
SLOW = ("cli", "docs", "start", "tests", "train", "transcribe", "tui")
Count = Callable[[int, int], int]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--nightly` and `--count`, which `make test-nightly` sets."""
    parser.addoption("--nightly", action="store_true", help="try each promise as often as a nightly run does")
    parser.addoption("--count", type=int, default=0, help="with --nightly: at least this often")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The folders of slow files first: several files run at once, and a slow one that begins last runs alone."""
    items.sort(key=lambda item: item.path.parent.name not in SLOW)


@pytest.fixture
def count(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> Count:
    """`count(daily, nightly)`: how often to try a promise in this session; the table of promises shows it."""

    def chosen(daily: int, nightly: int) -> int:
        option = request.config.getoption
        number = max(nightly, option("--count")) if option("--nightly") else daily
        record_property("count", number)
        return number

    return chosen


def _shared(variable: str, folder: str) -> Path:
    """The folder that an environment variable names, else its usual place beside the clone; skips without it."""
    path = Path(os.environ.get(variable) or ROOT.parent / "shared" / folder)
    if not path.is_dir():
        pytest.skip(f"{path} is not there; set {variable} to the folder that the README calls {folder}")
    return path


@pytest.fixture(scope="session", autouse=True)
def data_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The user's data folder, with the ledger and runs outside a workspace: nothing is written below the real home."""
    folder = tmp_path_factory.mktemp("data-home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder))
        yield folder


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
