"""The looks themselves: real processes on this machine, some of them beside programs that hang, lie or crash."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine import workspace
from engine.doctor import NAMES, Check, Examination, as_json, in_order
from engine.probe import PROBES, commands, driver, environment, logout, ranks, recorded
from engine.runs import disk_space
from engine.runs.processes.identity import ProcessIdentity
from tests.cli_support import environment as ours

if sys.platform == "win32":
    pytest.skip("the fakes are shell scripts", allow_module_level=True)


def beside(folder: Path, script: str) -> dict[str, str]:
    """An environment in which `nvidia-smi` is this shell script."""
    folder.mkdir(exist_ok=True)
    fake = folder / "nvidia-smi"
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    return ours({"PATH": f"{folder}:{os.environ['PATH']}"})


def hanging(tmp_path: Path) -> tuple[dict[str, str], Path]:
    """A `nvidia-smi` that says who it is and sleeps, with a child that has left its session."""
    pids = tmp_path / "pids"
    script = f"setsid sleep 600 & echo $! >> {pids}; echo $$ >> {pids}; sleep 600"
    return beside(tmp_path / "bin", script), pids


def living(pid: int) -> ProcessIdentity | None:
    try:
        return ProcessIdentity.of(pid)
    except ProcessLookupError:
        return None


def wait_for_pids(pids: Path, count: int = 2, seconds: float = 60.0) -> list[ProcessIdentity]:
    """Those of the fake's processes that are still there, once all have begun."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        words = pids.read_text().split() if pids.exists() else []
        if len(words) >= count:
            return [one for word in words if (one := living(int(word)))]
        time.sleep(0.02)
    raise AssertionError(f"the fake nvidia-smi was not started within {seconds:g} s")


def all_end(found: list[ProcessIdentity], seconds: float = 15.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not any(one.is_alive() for one in found):
            return True
        time.sleep(0.02)
    return False


def examined(root: Path, *names: str, env: dict[str, str] | None = None, **limits: float) -> dict[str, Check]:
    with Examination(root, names, env=env or ours(), limits=limits) as answers:
        return {check.name: check for check in answers}


def test_every_check_has_a_probe_and_every_probe_a_check() -> None:
    assert set(NAMES) == set(PROBES)


def test_real_looks_at_this_machine(tmp_path: Path) -> None:
    names = ("python", "espeak", "gloo", "disk", "files", "memory", "logout", "compiler", "driver", "nccl")
    found = examined(workspace.init(tmp_path / "voices").root, *names)
    assert set(found) == set(names)
    assert found["python"].verdict == "ok" and sys.executable in found["python"].seen
    assert found["gloo"].verdict == "ok", found["gloo"]
    assert "2 processes met in" in found["gloo"].seen and "on 127.0.0.1;" in found["gloo"].seen
    assert "espeak 1." in found["espeak"].seen
    assert " free in " in found["disk"].seen
    assert "config small_cpu: 96.9 MB a save, 485 MB a run" in found["disk"].details
    assert all(check.seconds > 0 for check in found.values())
    document = json.loads(json.dumps(as_json(found.values())))
    assert [check["name"] for check in document["checks"]] == [one.name for one in in_order(found.values())]
    assert sum(document["counts"].values()) == len(names)


def test_a_driver_that_hangs_costs_its_own_row_and_leaves_no_process(tmp_path: Path) -> None:
    env, pids = hanging(tmp_path)
    started = time.monotonic()
    found = examined(tmp_path, "driver", "files", env=env, driver=4.0)
    assert time.monotonic() - started < 30
    assert found["driver"].verdict == "fail"
    assert found["driver"].seen == "no answer within 4 s"
    assert "dmesg" in found["driver"].fix
    assert found["files"].verdict in ("ok", "warning")
    assert all_end(wait_for_pids(pids)), "the fake and its child in another session were ended"


def test_a_driver_that_hangs_is_told_apart_from_a_slow_probe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env, pids = hanging(tmp_path)
    monkeypatch.setenv("PATH", env["PATH"])
    monkeypatch.setattr(driver, "SMI_SECONDS", 1.0)
    facts = driver.look_at_driver(tmp_path)
    assert facts["smi"]["is_hung"] and facts["smi"]["code"] is None
    assert all_end(wait_for_pids(pids))


@pytest.mark.parametrize("script", ["printf '\\377\\000\\033[2J<<garbage>>'", "exit 9", "kill -SEGV $$"])
def test_a_driver_that_says_nonsense_is_a_warning(tmp_path: Path, script: str) -> None:
    check = examined(tmp_path, "driver", env=beside(tmp_path / "bin", script))["driver"]
    if check.seen.startswith("no NVIDIA card"):
        assert check.verdict == "warning"
    assert "nvidia-smi" in check.seen
    assert check.fix


def test_the_environment_report_goes_on_without_a_program_that_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env, pids = hanging(tmp_path)
    monkeypatch.setenv("PATH", env["PATH"])
    monkeypatch.setattr(environment, "COMMAND_SECONDS", 1.0)
    real = commands.run

    def run(command: str, limit_s: float) -> commands.Said:
        """Only the fake is held to a second: pip and lscpu take longer on a busy machine."""
        return real(command, limit_s if "nvidia-smi" in str(command) else 60.0)

    monkeypatch.setattr(environment.commands, "run", run)
    facts = environment.look_at_environment(tmp_path)
    assert "PyTorch version:" in facts["text"] and "Versions of relevant libraries" in facts["text"]
    assert len(facts["hung"]) == 1 and "nvidia-smi" in facts["hung"][0], "it is not asked twice"
    assert all_end(wait_for_pids(pids))


def shadowed(folder: Path, package: str, code: str) -> dict[str, str]:
    """An environment in which a package is this code."""
    (folder / package).mkdir(parents=True)
    (folder / package / "__init__.py").write_text(code)
    env = ours()
    return env | {"PYTHONPATH": f"{folder}:{env['PYTHONPATH']}"}


def test_a_torchaudio_of_another_build_is_told_in_one_sentence(tmp_path: Path) -> None:
    words = (
        "Detected that PyTorch and TorchAudio were compiled with different CUDA versions. PyTorch has CUDA version "
        "13.2 whereas TorchAudio has CUDA version 13.0. Please install the TorchAudio version that matches yours."
    )
    env = shadowed(tmp_path / "fakes", "torchaudio", f"raise RuntimeError({words!r})")
    check = examined(tmp_path, "torchaudio", env=env)["torchaudio"]
    assert check.verdict == "fail"
    assert check.seen.startswith("torch is built for CUDA 13.2 and torchaudio for CUDA 13.0")
    assert words in check.details


def test_a_library_that_crashes_while_it_loads_is_a_row(tmp_path: Path) -> None:
    code = "import sys, os, signal\nprint('illegal', file=sys.stderr, flush=True)\nos.kill(os.getpid(), signal.SIGILL)"
    check = examined(tmp_path, "torch", env=shadowed(tmp_path / "fakes", "torch", code))["torch"]
    assert check.verdict == "fail"
    assert check.seen == "the process that looked ended by SIGILL illegal"


def test_a_library_that_talks_while_it_loads_does_no_harm(tmp_path: Path) -> None:
    code = "print('{\"error\": \"mine\"}')\n__version__ = '2.11.0'\nclass functional:\n    @staticmethod\n"
    code += "    def melscale_fbanks(*_):\n        class Filters: shape = (513, 80)\n        return Filters\n"
    check = examined(tmp_path, "torchaudio", env=shadowed(tmp_path / "fakes", "torchaudio", code))[
        "torchaudio"
    ]
    assert check.verdict == "ok", check


def test_whoever_stops_listening_leaves_no_process(tmp_path: Path) -> None:
    env, pids = hanging(tmp_path)
    with Examination(tmp_path, ["files", "driver"], env=env, at_once=2) as answers:
        assert next(iter(answers)).name == "files"
        found = wait_for_pids(pids)
        assert len(found) == 2
    assert all_end(found)


@pytest.mark.parametrize("how", ["closed", "killed"])
def test_the_looks_end_with_the_one_who_asked(tmp_path: Path, how: str) -> None:
    env, pids = hanging(tmp_path)
    argv = [sys.executable, "-P", "-m", "engine.doctor", str(tmp_path), "driver"]
    asker = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env)
    found = wait_for_pids(pids)[
        1:
    ]  # the one in a session of its own outlives a kill -9 of everybody who knew it
    asker.kill() if how == "killed" else None
    asker.communicate(timeout=30)
    assert all_end(found)
    for one in wait_for_pids(pids):
        one.send_signal(9)


def test_answers_come_as_lines_of_json(tmp_path: Path) -> None:
    argv = [sys.executable, "-P", "-m", "engine.doctor", str(tmp_path), "files", "memory"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=ours()) as asked:
        assert asked.stdout is not None
        lines = [Check.from_json(json.loads(line)) for line in asked.stdout]
    assert {check.name for check in lines if check} == {"files", "memory"}
    assert asked.returncode == 0


# what is read from files


def test_versions_are_read_from_sidecars_and_runs_and_compared(tmp_path: Path) -> None:
    place = workspace.init(tmp_path / "voices")
    here = recorded.registry.versions()
    sidecar = place.filelists_dir / "a.txt.cleaned.json"
    sidecar.write_text(json.dumps({"v": 1, "cleaners": [], "versions": here | {"espeak": "1.51"}}))
    (place.logs_dir / "anna").mkdir(parents=True)
    (place.logs_dir / "anna" / "run.json").write_text(json.dumps({"versions": {**here, "torch": "2.14.1"}}))
    (place.logs_dir / "junk").mkdir()
    (place.logs_dir / "junk" / "run.json").write_text("[" * 100_000)
    check = examined(place.root, "phonemes")["phonemes"]
    assert check.verdict == "warning"
    assert check.seen.startswith(
        f"filelists/a.txt.cleaned.json: made with espeak 1.51, here is phonemizer {here['phonemizer']}"
    )
    assert check.fix == "vitsdeck preprocess --filelists filelists/a.txt"


def test_as_many_saves_are_counted_as_training_keeps() -> None:
    from engine.train.checkpoints import checkpoint

    assert disk_space.KEPT == checkpoint.KEEP_NEWEST + 1  # and the best


@pytest.mark.parametrize(("words", "count"), [("0,1", 2), ("", 0), ("-1", 0), ("0,-1,2", 1), ("GPU-8a", 1)])
def test_gpus_that_are_hidden_take_no_part(words: str, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", words)
    assert ranks._visible() == count


def test_saves_are_counted_from_manifests_and_junk_is_passed_over(tmp_path: Path) -> None:
    for step, size in ((100, 5), (200, 7)):
        tree = {"files": {f"G_{step}.pth": {"bytes": size}, f"D_{step}.pth": {"bytes": size}}}
        (tmp_path / f"{step}.manifest.json").write_text(json.dumps(tree))
    (tmp_path / "300.manifest.json").write_text('{"files": [1]}')
    (tmp_path / "400.manifest.json").write_text("{")
    assert sorted(disk_space.save_sizes(tmp_path)) == [10, 14]


def test_settings_of_the_login_manager_come_in_their_order(tmp_path: Path) -> None:
    def write(path: str, text: str) -> None:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)

    assert logout.read_settings(tmp_path) == {}
    write("usr/lib/systemd/logind.conf", "[Login]\nKillUserProcesses=yes\n")
    assert logout.read_settings(tmp_path)["KillUserProcesses"]["value"] == "yes"
    write("etc/systemd/logind.conf", "[Login]\n#KillUserProcesses=yes\nKillOnlyUsers=bob\n")
    assert set(logout.read_settings(tmp_path)) == {"KillOnlyUsers"}, "the first main file is the only one"
    write("usr/lib/systemd/logind.conf.d/50-vendor.conf", "[Login]\nKillUserProcesses = no\n")
    write("etc/systemd/logind.conf.d/60-lab.conf", "[Login]\nKillUserProcesses=yes\nHandleLidSwitch=ignore\n")
    found = logout.read_settings(tmp_path)["KillUserProcesses"]
    assert (found["value"], found["line"]) == ("yes", "2") and found["path"].endswith("60-lab.conf")
    write("etc/systemd/logind.conf.d/50-vendor.conf", "")
    write("etc/systemd/logind.conf.d/60-lab.conf", "")
    assert set(logout.read_settings(tmp_path)) == {"KillOnlyUsers"}, "a file in /etc hides the vendor's"


def test_cards_are_counted_on_the_bus(tmp_path: Path) -> None:
    for name, vendor, kind in (
        ("0000:01:00.0", "0x10de", "0x030000"),
        ("0000:01:00.1", "0x10de", "0x040300"),
        ("0000:02:00.0", "0x10de", "0x030200"),
        ("0000:03:00.0", "0x8086", "0x030000"),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "vendor").write_text(vendor + "\n")
        (tmp_path / name / "class").write_text(kind + "\n")
    assert driver.cards(tmp_path) == 2, "sound of a card and a card of another maker do not count"
    assert driver.cards(tmp_path / "none") == 0


def test_a_program_of_others_is_held_to_its_time() -> None:
    said = commands.run(["sh", "-c", "echo out; echo err >&2; exit 3"], 30.0)
    assert (said.code, said.out, said.err, said.first_line) == (3, "out\n", "err\n", "out")
    assert commands.run("echo a line", 30.0).out == "a line\n"
    assert commands.run(["/no/such/program"], 1.0).code is None
    hung = commands.run("sleep 600; echo never", 0.3)
    assert hung.is_hung and hung.code is None and hung.seconds < 20
