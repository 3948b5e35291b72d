"""Whether the login manager ends processes when their user logs out: systemd-logind's settings, and where we stand.

Settings and their order: logind.conf(5). A session's processes live in its scope; those under user@.service live as
long as the user's manager, which outlasts the last logout only with lingering.
"""

from __future__ import annotations

import contextlib
import getpass
import re
from pathlib import Path
from typing import Any

from engine.probe import commands

_ASK_SECONDS = 5.0
# later folders lose to earlier ones for a drop-in of the same name
_FOLDERS = ("etc/systemd", "run/systemd", "usr/local/lib/systemd", "usr/lib/systemd", "lib/systemd")
_SETTINGS = ("KillUserProcesses", "KillOnlyUsers", "KillExcludeUsers")


def look_at_login_manager(root: Path, system: Path = Path("/")) -> dict[str, Any]:  # noqa: ARG001
    """Settings in force with the file that says so; `asked` is the login manager's own word, where it answers."""
    user = getpass.getuser()
    return {
        "has_logind": (system / "run/systemd/system").is_dir(),
        "settings": read_settings(system),
        "asked": _ask(),
        "user": user,
        "lingers": (system / "var/lib/systemd/linger" / user).exists(),
        "cgroup": _cgroup(system / "proc/self/cgroup"),
    }


def read_settings(system: Path) -> dict[str, dict[str, str]]:
    """What logind.conf and its drop-ins set: {setting: {"value", "path", "line"}}; the last word counts."""
    found: dict[str, dict[str, str]] = {}
    for path in _files(system):
        with contextlib.suppress(OSError):
            text = path.read_text(encoding="utf-8", errors="replace")
            for number, line in enumerate(text.splitlines(), 1):
                match = re.match(r"\s*(\w+)\s*=\s*(.*?)\s*$", line)
                if match and match[1] in _SETTINGS:
                    found[match[1]] = {"value": match[2], "path": str(path), "line": str(number)}
    return found


def _files(system: Path) -> list[Path]:
    """The main file (the first that exists), then drop-ins sorted by name whatever their folder."""
    main = [system / folder / "logind.conf" for folder in _FOLDERS]
    drop_ins: dict[str, Path] = {}
    for folder in reversed(_FOLDERS):
        for path in (system / folder / "logind.conf.d").glob("*.conf"):
            drop_ins[path.name] = path
    return [*[path for path in main if path.is_file()][:1], *(path for _, path in sorted(drop_ins.items()))]


def _ask() -> dict[str, str]:
    """The login manager's own properties; {} when it does not answer."""
    path = commands.find("loginctl")
    if path is None:
        return {}
    said = commands.run([path, "show-session", *(f"--property={name}" for name in _SETTINGS)], _ASK_SECONDS)
    pairs = (line.partition("=") for line in said.out.splitlines()) if said.code == 0 else ()
    return {name: value for name, _, value in pairs if name in _SETTINGS}


def _cgroup(path: Path) -> str:
    """Where this process stands in the tree of services and sessions."""
    with contextlib.suppress(OSError):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("0::") or ":name=systemd:" in line:
                return line.rpartition(":")[2]
    return ""
