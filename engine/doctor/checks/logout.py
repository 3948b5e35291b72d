"""Whether the login manager (systemd-logind) ends a training when its user logs out.

A session's processes live in its scope; those under user@.service live as long as the user's manager, which outlasts
the last logout only with lingering. Settings: logind.conf(5).
"""

from __future__ import annotations

import contextlib
import getpass
from pathlib import Path

from engine.doctor import programs
from engine.doctor.check import Result, check
from engine.doctor.fixes import Facts

_ASK_SECONDS = 5.0
_SETTINGS = ("KillUserProcesses", "KillOnlyUsers", "KillExcludeUsers")


@check(
    "logout", "Whether the login manager ends a training with the session that started it.", failure="warning"
)
def check_logout(_root: Path) -> Result:
    user = getpass.getuser()
    lingers = Path("/var/lib/systemd/linger", user).exists()
    return judge_logout({"settings": _ask(), "user": user, "lingers": lingers, "cgroup": _cgroup()})


def _ask() -> dict[str, str]:
    """The login manager's settings; {} where there is none or it does not answer."""
    path = programs.find("loginctl")
    if path is None:
        return {}
    properties = [f"--property={name}" for name in _SETTINGS]
    output = programs.run([path, "show-session", *properties], _ASK_SECONDS)
    pairs = (line.partition("=") for line in output.out.splitlines()) if output.code == 0 else ()
    return {name: value for name, _, value in pairs if name in _SETTINGS}


def _cgroup() -> str:
    """Where this process stands in the tree of services and sessions."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines():
            if line.startswith("0::") or ":name=systemd:" in line:
                return line.rpartition(":")[2]
    return ""


def judge_logout(facts: Facts) -> Result:
    """Whether a training outlives the session that started it."""
    user, settings, in_manager = facts["user"], facts["settings"], "/user@" in facts["cgroup"]
    if in_manager and not facts["lingers"]:
        seen = "this session runs under the user's service manager, which ends with the last logout"
        return Result("logout", "warning", seen, f"loginctl enable-linger {user}")
    if in_manager:
        return Result("logout", "ok", "processes go on after a logout: the user's manager lingers")
    if not settings:
        return Result("logout", "not applicable", "no login manager answers here")
    if settings.get("KillUserProcesses") != "yes" or not _applies_to(user, settings):
        return Result("logout", "ok", "processes go on after a logout: KillUserProcesses is off")
    seen = "a logout ends every training: KillUserProcesses is on (logind.conf)"
    fix = f"loginctl enable-linger {user} && systemd-run --user --scope tmux   (and start trainings in there)"
    return Result("logout", "warning", seen, fix)


def _applies_to(user: str, settings: dict[str, str]) -> bool:
    """Whether the rule is for this user: not one it excludes (root by default), and one it names if it names any."""
    only = settings.get("KillOnlyUsers", "").split()
    return user not in settings.get("KillExcludeUsers", "root").split() and (not only or user in only)
