"""torch's own environment report, which its developers ask for in every bug report, in full.

It asks some twenty programs and waits for each for ever. Here each has a time limit, so that a driver that hangs costs
a line of the report and not the report. It is run from its file: it works without torch, but `torch.utils` does not.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import warnings
from pathlib import Path
from typing import Any

from engine.probe import commands

COMMAND_SECONDS = 8.0


def look_at_environment(root: Path) -> dict[str, Any]:  # noqa: ARG001 - every probe is given the folder
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None:
        return {"error": "torch is not installed, and its environment report with it"}
    path = Path(spec.origin).parent / "utils" / "collect_env.py"
    if not path.is_file():
        return {"error": f"this torch has no environment report ({path.name})"}
    hung: list[str] = []

    def run(command: Any) -> tuple[int, str, str]:
        program = (command if isinstance(command, str) else command[0]).split(" ")[0]
        if any(one.split(" ")[0] == program for one in hung):  # it is asked several things; once is enough
            return 1, "", "no answer to an earlier question"
        said = commands.run(command, COMMAND_SECONDS)
        if said.is_hung:
            hung.append(command if isinstance(command, str) else " ".join(command))
            return 1, "", f"no answer within {COMMAND_SECONDS:g} s"
        return (1 if said.code is None else said.code), said.out.strip(), said.err.strip()

    located = importlib.util.spec_from_file_location("vitsdeck_collect_env", path)
    if located is None or located.loader is None:
        return {"error": f"{path} cannot be read"}
    module = importlib.util.module_from_spec(located)
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        located.loader.exec_module(module)
        module.run = run  # type: ignore[attr-defined]
        text = module.get_pretty_env_info()
    return {"text": text, "hung": hung}
