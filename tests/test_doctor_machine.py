"""Verdicts on the machine and its system: compilers, disk, limits, shared memory, the login manager."""

from __future__ import annotations

from typing import Any

from engine.doctor import machine
from engine.doctor.check import Check, Facts
from engine.runs import disk_space

GB = 1_000_000_000
DEBIAN: Facts = {"system": {"system": "Linux", "like": "debian "}}

COMPILER: Facts = {"path": "/usr/bin/cc", "said": "cc 12.2.0", "code": 0, "headers": "/x/Python.h",
                   "alignment_is_compiled": False}  # fmt: skip


def test_a_compiler_is_wanted_until_the_search_is_compiled() -> None:
    assert machine.judge_compiler(COMPILER).verdict == "ok"
    none = COMPILER | {"path": None} | DEBIAN
    assert machine.judge_compiler(none).verdict == "warning"
    assert "sudo apt install build-essential" in machine.judge_compiler(none).fix
    assert machine.judge_compiler(none | {"alignment_is_compiled": True}).verdict == "not applicable"
    headers = machine.judge_compiler(COMPILER | {"headers": None} | DEBIAN)
    assert headers.verdict == "warning" and headers.fix == "sudo apt install python3-dev"
    assert machine.judge_compiler(COMPILER | {"code": 127}).verdict == "warning"


def test_cmake_is_optional() -> None:
    assert (
        machine.judge_cmake({"path": "/usr/bin/cmake", "said": "cmake version 3.25.1", "code": 0}).seen
        == "3.25.1"
    )
    none = machine.judge_cmake({"path": None} | DEBIAN)
    assert none.verdict == "not applicable" and "sudo apt install cmake" in none.fix


DISK: Facts = {"folder": "/v/logs", "free": 70 * GB, "is_writable": True, "free_inodes": 10**6, "runs": [],
               "configs": [{"name": "small", "bytes": GB // 10}, {"name": "large", "bytes": GB}]}  # fmt: skip
RUN: Facts = {"name": "anna", "is_live": True, "bytes": GB, "saves": 2}


def test_the_disk_is_measured_by_the_next_checkpoints() -> None:
    whole = machine.judge_disk(DISK)
    assert whole.verdict == "ok" and whole.seen.endswith("a run of large, the largest, takes 5.0 GB")
    run = machine.judge_disk(DISK | {"runs": [RUN]})
    assert run.verdict == "ok" and "the next saves of anna take 3.0 GB (1.0 GB each)" in run.seen
    assert machine.judge_disk(DISK | {"runs": [RUN], "free": int(2.5 * GB)}).verdict == "warning"
    full = machine.judge_disk(DISK | {"runs": [RUN], "free": GB - 1})
    assert full.verdict == "fail" and "vitsdeck runs" in full.fix
    assert "too little for a run of large" in machine.judge_disk(DISK | {"free": 4 * GB}).seen
    assert machine.judge_disk(DISK | {"free": GB // 3}).verdict == "fail"


def test_a_disk_that_takes_no_file_is_a_fault_however_much_is_free() -> None:
    assert "cannot be written" in machine.judge_disk(DISK | {"is_writable": False}).seen
    assert "only 3 files more" in machine.judge_disk(DISK | {"free_inodes": 3}).seen
    assert machine.judge_disk(DISK | {"free_inodes": None, "configs": []}).verdict == "ok"


def test_a_full_run_needs_room_for_one_more_save() -> None:
    assert disk_space.next_bytes(10, 4) == 10
    assert disk_space.next_bytes(10, 9) == 10
    assert disk_space.next_bytes(10, 0) == 50


def test_limits_on_open_files() -> None:
    assert machine.judge_files({"soft": None, "hard": None}).verdict == "ok"
    assert machine.judge_files({"soft": 20000, "hard": 20000}).seen == "20,000 open files a process"
    low = machine.judge_files({"soft": 256, "hard": 4096})
    assert low.verdict == "warning" and low.fix == "ulimit -n 4096"
    assert "limits.conf" in machine.judge_files({"soft": 256, "hard": 256}).fix


def test_shared_memory_of_a_container_is_small() -> None:
    facts: Facts = {
        "folder": "/dev/shm",
        "total": 64 << 20,
        "free": 64 << 20,
        "fault": "",
        "in_container": True,
    }
    small = machine.judge_memory(facts)
    assert small.verdict == "warning" and "67.1 MB of 67.1 MB" in small.seen and "--shm-size" in small.fix
    assert "remount" in machine.judge_memory(facts | {"in_container": False}).fix
    assert machine.judge_memory(facts | {"total": 8 * GB, "free": 8 * GB}).verdict == "ok"
    assert machine.judge_memory(facts | {"fault": "Permission denied"}).verdict == "fail"
    assert machine.judge_memory({"folder": None}).verdict == "not applicable"


# logout

SESSION, MANAGER = (
    "/user.slice/user-1000.slice/session-3.scope",
    "/user.slice/user-1000.slice/user@1000.service/a.scope",
)


def logout(kill: str | None, cgroup: str = SESSION, **more: Any) -> Check:
    place = {"value": kill, "path": "/etc/systemd/logind.conf", "line": "7"}
    settings = {"KillUserProcesses": place} if kill is not None else {}
    facts = {
        "has_logind": True,
        "settings": settings,
        "asked": {},
        "user": "ada",
        "lingers": False,
        "cgroup": cgroup,
    }
    return machine.judge_logout(facts | more)


def test_a_logout_that_kills_is_told_with_the_line_that_says_so() -> None:
    check = logout("yes")
    assert check.verdict == "warning"
    assert check.seen == (
        "a logout ends every training: KillUserProcesses is on (/etc/systemd/logind.conf:7)"
    )
    assert check.fix.startswith("loginctl enable-linger ada && systemd-run --user --scope")


def test_lingering_saves_what_runs_under_the_users_manager_and_nothing_else() -> None:
    assert logout("yes", lingers=True).verdict == "warning", "the session's scope is killed all the same"
    assert logout("yes", MANAGER, lingers=True).verdict == "ok"
    ends = logout("no", MANAGER)
    assert ends.verdict == "warning" and ends.fix == "loginctl enable-linger ada"


def test_the_login_manager_itself_knows_best() -> None:
    assert logout("no").verdict == "ok"
    assert logout(None).verdict == "ok"
    assert logout("no", asked={"KillUserProcesses": "yes"}).verdict == "warning"
    assert logout("yes", asked={"KillUserProcesses": "yes", "KillExcludeUsers": "root ada"}).verdict == "ok"
    assert logout("yes", asked={"KillUserProcesses": "yes", "KillOnlyUsers": "bob"}).verdict == "ok"
    assert logout("yes", user="root").verdict == "ok", "root is spared by default"
    assert logout("yes", has_logind=False).verdict == "not applicable"
