"""Every shell block of README and docs runs as it stands, in a fresh home folder with a few recordings."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.docs.blocks import PAGES, REPLACEMENTS, ROOT, blocks_of, script_of
from tui.cli.table import COMMANDS

CLIPS = 8  # the shortest: some pages train on them, one recognises them
LANGUAGES = {"sh", "toml", "python", "text", "json"}


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.fixture
def home(tmp_path: Path, corpora: Path) -> Path:
    """A home folder with `recordings/`: a few clips of LJ Speech and their metadata.csv; `.venv` is the clone's."""
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    wavs = sorted((corpora / "ljspeech" / "wavs").iterdir(), key=lambda wav: wav.stat().st_size)[:CLIPS]
    for wav in wavs:
        shutil.copyfile(wav, recordings / wav.name)
    names = {wav.stem for wav in wavs}
    listed = (corpora / "ljspeech" / "metadata.csv").read_text(encoding="utf-8").splitlines()
    rows = [row for row in listed if row.partition("|")[0] in names]
    (recordings / "metadata.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (tmp_path / ".venv").symlink_to(sys.prefix)
    return tmp_path


@pytest.mark.timeout(600)
@pytest.mark.parametrize("page", [page for page in PAGES if script_of(page)], ids=_name)
def test_blocks_of_the_page_run(page: Path, home: Path) -> None:
    search = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("XDG_", "VITSDECK_"))}
    ran = subprocess.run(
        ["bash", "-euxo", "pipefail", "-c", script_of(page)],
        cwd=home,
        env=kept | {"HOME": str(home), "PATH": search},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
        timeout=580,
    )
    assert ran.returncode == 0, f"{ran.stderr[-3000:]}\n{ran.stdout[-1000:]}"


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_no_block_escapes_the_tests(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"^(?: {4}|\t)(?:\$ )?(?:vitsdeck|make|pip|python)\b", text, re.MULTILINE), (
        "use a fence"
    )
    for block in blocks_of(page):
        assert block.language in LANGUAGES, f"{_name(page)}:{block.line}: name the language of the block"
        if block.language == "toml":
            tomllib.loads(block.text)
        if block.language == "python":
            compile(block.text, _name(page), "exec")


def test_each_replacement_is_used() -> None:
    written = "\n".join(block.text for page in PAGES for block in blocks_of(page) if not block.not_run)
    unused = [said for said, _, _ in REPLACEMENTS if said not in written]
    assert not unused


def test_links_between_pages_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{_name(page)}: {target}"


def test_the_table_of_commands_is_complete() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `vitsdeck ([a-z-]+)", readme, re.MULTILINE))
    assert told == {name for rows in COMMANDS.values() for name in rows}
