"""What is refused before a training starts, in the process that the person looks at; nothing is made then."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from engine import start, workspace
from engine.errors import InputError
from engine.run import registry
from engine.workspace import Workspace
from tests.train.conftest import TINY, write_lists


@pytest.fixture
def made(tmp_path: Path) -> Workspace:
    """A workspace with six clips and the config `tiny`."""
    found = workspace.init(tmp_path)
    write_lists(tmp_path, TINY)
    (tmp_path / "run" / "config.json").replace(tmp_path / "configs" / "tiny.json")
    return found


def plan(made: Workspace, **how: Path) -> start.Plan:
    return start.plan(made, "voice", made.config_named("tiny"), **how)  # type: ignore[arg-type]


@pytest.mark.parametrize("flag", ["from_g", "from_d"])
def test_weights_that_are_no_checkpoint_are_refused_before_a_folder_is_made(
    made: Workspace, flag: str
) -> None:
    torch.save({"model": {}}, made.root / "G_1.pth")
    files = {"from_g": made.root / "G_1.pth", flag: made.root / "0.wav"}
    with pytest.raises(InputError, match=r"0.wav: is not a checkpoint"):
        plan(made, **files)
    assert not made.logs_dir.exists()


def test_the_command_that_began_a_run_from_weights_resumes_it(made: Workspace) -> None:
    for name in ("G_1.pth", "G_2.pth"):
        torch.save({"model": {}}, made.root / name)
    first = plan(made, from_g=made.root / "G_1.pth")
    assert not first.notes
    registry.prepare(first.folder, kind=start.KIND, argv=first.argv, config_json=first.config_json)
    facts = json.loads((first.folder / "run.json").read_text())
    (first.folder / "run.json").write_text(json.dumps(facts | {"starter": None}))  # and it ended
    assert not plan(made, from_g=made.root / "G_1.pth").notes  # no checkpoint of its own yet: it begins again
    (first.folder / "G_9.pth").touch()
    again = plan(made, from_g=made.root / "G_1.pth")
    assert again.notes == ["run voice has begun already, so it goes on from its own newest checkpoint"]
    with pytest.raises(InputError, match=r"has checkpoints already, so it cannot start --from .*G_2.pth"):
        plan(made, from_g=made.root / "G_2.pth")


def test_an_unknown_cleaner_is_named_with_the_line_of_the_config(made: Workspace) -> None:
    path = made.configs_dir / "tiny.json"
    text = path.read_text().replace("english_cleaners2", "klingon_cleaners")
    path.write_text(text)
    line = next(n for n, row in enumerate(text.splitlines(), 1) if "klingon" in row)
    with pytest.raises(InputError, match=rf"tiny.json:{line}: data.text_cleaners: unknown cleaner"):
        plan(made)
