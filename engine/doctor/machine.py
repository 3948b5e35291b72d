"""Compilers, disk, limits and the login manager: what a long training needs of the machine."""

from __future__ import annotations

from engine.doctor.check import Check, Facts, Verdict, install, plural, size
from engine.doctor.libraries import trouble
from engine.runs.disk_space import KEPT, next_bytes

NO_SPACE = 1 << 30  # bytes; below this nothing should be started
FEW_FILES = 1024  # a trainer with four loader workers has some 300 open
LITTLE_SHARED = 1 << 30  # bytes; four loader workers hold two batches each ready
_FREE_SOME = "vitsdeck runs   (delete runs that are no longer needed from the logs folder)"


def judge_compiler(facts: Facts) -> Check:
    """Needed once, for the compiled alignment search."""
    if "error" in facts:
        return trouble("compiler", facts, install(facts, apt="build-essential"), verdict="warning")
    done = facts["alignment_is_compiled"]
    if facts["path"] is None:
        fix = install(facts, apt="build-essential", dnf="gcc", pacman="base-devel", zypper="gcc", brew="gcc")
        if done:
            return Check(
                "compiler", "not applicable", "none, and none is needed: the alignment search is compiled"
            )
        return Check(
            "compiler", "warning", "none; the alignment search uses numba instead", f"optional: {fix}"
        )
    seen = f"{facts['said']} at {facts['path']}"
    if facts["code"] != 0:
        return Check(
            "compiler", "warning", f"{facts['path']} does not run: {facts['said']}", f"{facts['path']} -v"
        )
    if facts["headers"] is None and not done:
        fix = install(facts, apt="python3-dev", dnf="python3-devel", pacman="python", zypper="python3-devel")
        return Check("compiler", "warning", f"{seen}, but Python's headers (Python.h) are missing", fix)
    return Check("compiler", "ok", seen)


def judge_cmake(facts: Facts) -> Check:
    """Needed only for packages that have no wheel for this system."""
    if "error" in facts:
        return trouble("cmake", facts, install(facts, apt="cmake"), verdict="warning")
    if facts["path"] is None:
        seen = "none; wanted only where a package has no wheel for this system"
        return Check("cmake", "not applicable", seen, f"optional: {install(facts, apt='cmake')}")
    if facts["code"] != 0:
        return Check("cmake", "warning", f"{facts['path']} does not run", install(facts, apt="cmake"))
    return Check("cmake", "ok", facts["said"].removeprefix("cmake version "))


def judge_disk(facts: Facts) -> Check:
    """Room for the next checkpoints: of live runs (or the newest one), and of a new run of each config."""
    if "error" in facts:
        return trouble("disk", facts, _FREE_SOME)
    free, folder = facts["free"], facts["folder"]
    seen = f"{size(free)} free in {folder}"
    if not facts["is_writable"]:
        return Check(
            "disk", "fail", f"{folder} cannot be written to", "make a workspace elsewhere: vitsdeck init DIR"
        )
    if facts["free_inodes"] is not None and facts["free_inodes"] < 1000:
        left = plural(facts["free_inodes"], "file")
        return Check("disk", "fail", f"{seen}, but only {left} more can be made there", _FREE_SOME)
    verdict, why = _room(facts)
    details = "\n".join([*map(_run_line, facts["runs"]), *(_config_line(one) for one in facts["configs"])])
    return Check("disk", verdict, seen + why, "" if verdict == "ok" else _FREE_SOME, details)


def _room(facts: Facts) -> tuple[Verdict, str]:
    """Whether the next saves fit, of runs first and else of configs."""
    free = facts["free"]
    most = sum(next_bytes(run["bytes"], run["saves"]) for run in facts["runs"])
    if most:
        names = ", ".join(run["name"] for run in facts["runs"])
        single = max(run["bytes"] for run in facts["runs"])
        what = f"; the next saves of {names} take {size(most)} ({size(single)} each)"
        return "fail" if free < max(single, NO_SPACE) else "warning" if free < most else "ok", what
    too_large = [one["name"] for one in facts["configs"] if free < next_bytes(one["bytes"], 0)]
    if free < NO_SPACE or (too_large and len(too_large) == len(facts["configs"])):
        return "fail" if free < NO_SPACE else "warning", ", too little for the saves of one run"
    if too_large:
        return "ok", f", too little for a run of {', '.join(too_large)}"
    largest = max(facts["configs"], key=lambda one: one["bytes"], default=None)
    if largest is None:
        return "ok", ""
    return "ok", f"; a run of {largest['name']}, the largest, takes {size(next_bytes(largest['bytes'], 0))}"


def _run_line(run: Facts) -> str:
    return f"run {run['name']}: {plural(run['saves'], 'save')} of {size(run['bytes'])}"


def _config_line(one: Facts) -> str:
    whole = size(next_bytes(one["bytes"], 0))
    return f"config {one['name']}: {size(one['bytes'])} a save, {whole} a run ({KEPT} kept, 1 being written)"


def judge_files(facts: Facts) -> Check:
    """How many files a process may have open."""
    if "error" in facts:
        return trouble("files", facts, "ulimit -n 65536", verdict="warning")
    soft, hard = facts["soft"], facts["hard"]
    if soft is None or soft >= FEW_FILES:
        return Check(
            "files", "ok", "no limit on open files" if soft is None else f"{soft:,} open files a process"
        )
    seen = f"{soft:,} open files a process; loader workers of several devices need {FEW_FILES:,}"
    if hard is None or hard >= FEW_FILES:
        return Check("files", "warning", seen, f"ulimit -n {min(hard or 65536, 65536)}")
    line = 'echo "$USER - nofile 65536" | sudo tee -a /etc/security/limits.conf   (then log in again)'
    return Check("files", "warning", f"{seen}, and {hard:,} is all that is allowed", line)


def judge_memory(facts: Facts) -> Check:
    """Loader workers hand batches over through shared memory; containers have 64 MB of it."""
    if "error" in facts:
        return trouble("memory", facts, "sudo mount -o remount,size=8G /dev/shm", verdict="warning")
    if facts["folder"] is None:
        return Check("memory", "not applicable", "this system has no folder of shared memory")
    fix = "sudo mount -o remount,size=8G /dev/shm"
    if facts.get("in_container"):
        fix = "start the container with --shm-size=8g"
    if facts["fault"]:
        return Check("memory", "fail", f"shared memory ({facts['folder']}): {facts['fault']}", fix)
    seen = f"{size(facts['free'])} of {size(facts['total'])} shared memory free"
    if facts["free"] < LITTLE_SHARED:
        return Check(
            "memory", "warning", f"{seen}; loader workers of a GPU hand batches over through it", fix
        )
    return Check("memory", "ok", seen)


def judge_logout(facts: Facts) -> Check:
    """Whether a training outlives the session that started it."""
    if "error" in facts:
        return trouble("logout", facts, "loginctl show-session", verdict="warning")
    if not facts["has_logind"]:
        return Check(
            "logout", "not applicable", "no systemd login manager here: nothing ends processes at logout"
        )
    user = facts["user"]
    settings = {name: one["value"] for name, one in facts["settings"].items()} | facts["asked"]
    place = facts["settings"].get("KillUserProcesses")
    source = (
        f"{place['path']}:{place['line']}"
        if place
        else "the login manager"
        if facts["asked"]
        else "its default"
    )
    kills = _is_on(settings.get("KillUserProcesses", "no")) and _is_meant(user, settings)
    in_manager = "/user@" in facts["cgroup"]
    if in_manager and not facts["lingers"]:
        seen = "this session runs under the user's service manager, which ends with the last logout"
        return Check("logout", "warning", seen, f"loginctl enable-linger {user}")
    if not kills or in_manager:
        why = "the user's manager lingers" if in_manager else f"KillUserProcesses is off ({source})"
        return Check("logout", "ok", f"processes go on after a logout: {why}")
    fix = f"loginctl enable-linger {user} && systemd-run --user --scope tmux   (and start trainings in there)"
    return Check(
        "logout", "warning", f"a logout ends every training: KillUserProcesses is on ({source})", fix
    )


def _is_on(value: str) -> bool:
    return value.strip().lower() in ("yes", "true", "on", "1", "y", "t")


def _is_meant(user: str, settings: dict[str, str]) -> bool:
    """Whether the rule is for this user: a list of those it is for, and one of those it spares (root by default)."""
    only = settings.get("KillOnlyUsers", "").split()
    return user not in settings.get("KillExcludeUsers", "root").split() and (not only or user in only)
