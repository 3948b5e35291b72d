"""Whether the login manager (systemd-logind) ends a training when its user logs out.

A session's processes live in its scope; those under user@.service live as long as the user's manager, which outlasts
the last logout only with lingering. Settings: logind.conf(5).
"""

from __future__ import annotations

import contextlib
import getpass
import subprocess
from pathlib import Path

from engine.doctor.check import Result, check
from engine.doctor.fixes import Facts

_ASK_SECONDS = 5.0


@check(
    "logout", "Whether the login manager ends a training with the session that started it.", failure="warning"
)
def check_logout(_root: Path) -> Result:
    user = getpass.getuser()
    lingers = Path("/var/lib/systemd/linger", user).exists()
    return judge_logout({"kills": _ask(), "user": user, "lingers": lingers, "cgroup": _cgroup()})


def _ask() -> str:
    """The login manager's KillUserProcesses, "yes" or "no"; "" where there is none or it does not answer."""
    argv = ["loginctl", "show-session", "--property=KillUserProcesses", "--value"]
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        done = subprocess.run(argv, capture_output=True, text=True, timeout=_ASK_SECONDS, check=False)
        return "" if done.returncode else done.stdout.strip()
    return ""


def _cgroup() -> str:
    """Where this process stands in the tree of services and sessions."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines():
            if line.startswith("0::") or ":name=systemd:" in line:
                return line.rpartition(":")[2]
    return ""


def judge_logout(facts: Facts) -> Result:
    """Whether a training outlives the session that started it; logind spares root."""
    user, in_manager = facts["user"], "/user@" in facts["cgroup"]
    if in_manager and not facts["lingers"]:
        seen = "this session runs under the user's service manager, which ends with the last logout"
        return Result("logout", "warning", seen, f"loginctl enable-linger {user}")
    if in_manager:
        return Result("logout", "ok", "processes go on after a logout: the user's manager lingers")
    if not facts["kills"]:
        return Result("logout", "not applicable", "no login manager answers here")
    if facts["kills"] != "yes" or user == "root":
        return Result("logout", "ok", "processes go on after a logout: KillUserProcesses is off")
    seen = "a logout ends every training: KillUserProcesses is on (logind.conf)"
    fix = f"loginctl enable-linger {user} && systemd-run --user --scope tmux   (and start trainings in there)"
    return Result("logout", "warning", seen, fix)
