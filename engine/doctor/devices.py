"""The NVIDIA driver, CUDA and cuDNN as torch meets them, and the GPUs."""

from __future__ import annotations

from dataclasses import replace

from engine.doctor.check import REINSTALL, Check, Facts, plural, size
from engine.doctor.libraries import trouble
from engine.doctor.mismatch import explain, update_driver

NO_GPU = "no GPU here: training runs on the processor"
LOOK_AT_KERNEL = "sudo dmesg | grep -i -e nvrm -e xid   (then: sudo reboot)"


def judge_driver(facts: Facts) -> Check:
    """A driver where there is a card, one that answers, and new enough for this torch."""
    if "error" in facts:
        return trouble("driver", facts, LOOK_AT_KERNEL)
    smi, nvml, cards = facts["smi"], facts["nvml"], facts["cards"]
    if smi is not None and smi["is_hung"]:
        seen = f"{smi['path']} gave no answer within {smi['seconds']:.0f} s: the driver hangs"
        return Check("driver", "fail", seen, LOOK_AT_KERNEL)
    if "error" in nvml:
        return _no_answer(facts)
    built, version = facts["torch_cuda"], nvml["driver"]
    seen = f"{version}, for CUDA up to {nvml['cuda']}"
    if built and _major(nvml["cuda"]) < _major(built):
        return Check("driver", "fail", f"{seen}; torch is built for {built}", update_driver(facts, built))
    if smi is not None and (smi["code"] != 0 or version not in smi["said"]):
        said = explain(smi["said"], facts)
        why = said[0] if said else f'{smi["path"]} says "{_short(smi["said"])}"'
        return Check(
            "driver", "warning", f"{seen}, but {why}", said[1] if said else f"{smi['path']} -q", smi["said"]
        )
    return Check("driver", "ok", f"{seen}, {plural(cards or nvml.get('count', 0), 'GPU')}")


def _no_answer(facts: Facts) -> Check:
    """NVML found no driver: is there anything that would need one?"""
    smi, error = facts["smi"], facts["nvml"]["error"]
    said = (smi or {}).get("said", "")
    if not facts["cards"] and facts["module"] is None and smi is None:
        return Check("driver", "not applicable", "no NVIDIA card and no driver on this machine")
    there = plural(facts["cards"], "NVIDIA card") if facts["cards"] else "no NVIDIA card is seen"
    known = explain(f"{error}\n{said}", facts)
    if facts["cards"] and facts["module"] is None and known is None:
        known = "no driver is loaded", update_driver(facts, facts["torch_cuda"])
    if known is not None:
        return Check("driver", "fail", f"{there}: {known[0]}", known[1], f"{error}\n{said}".strip())
    seen = f"{there}; the driver's library says: {error}"
    if smi is not None:
        seen = f'{there}; {smi["path"]} says "{_short(said)}", which is no driver\'s version'
    verdict = "fail" if facts["cards"] or facts["module"] else "warning"
    return Check("driver", verdict, seen, update_driver(facts, facts["torch_cuda"]), said)  # type: ignore[arg-type]


def judge_cuda(facts: Facts) -> Check:
    """torch computes on every GPU, and rightly."""
    built = facts.get("built")
    if "error" in facts:
        no_driver = "Found no NVIDIA driver" in str(facts["error"])
        if no_driver and facts.get("visible") is None and not facts.get("cards"):
            return Check("cuda", "not applicable", f"{NO_GPU} (torch is ready for CUDA {built})")
        return trouble("cuda", facts, REINSTALL)
    if built is None:
        if facts.get("cards"):
            return Check(
                "cuda", "fail", "torch was built without CUDA, but there is an NVIDIA card", REINSTALL
            )
        return Check("cuda", "not applicable", "torch was built without CUDA; training runs on the processor")
    if not facts["devices"]:
        return trouble("cuda", facts | {"error": "No CUDA GPUs are available"}, REINSTALL)
    faults = [_fault(device, facts) for device in facts["devices"]]
    names = ", ".join(
        f"{one['name']} (sm_{''.join(map(str, one['capability']))})"
        for one in facts["devices"]
        if "capability" in one
    )
    return next(
        (fault for fault in faults if fault), Check("cuda", "ok", f"CUDA {built} computes on {names}")
    )


def _fault(device: Facts, facts: Facts) -> Check | None:
    """What is wrong with one GPU."""
    name = device.get("name", f"GPU {device['index']}")
    if "error" in device:
        check = trouble("cuda", facts | device, REINSTALL)
        return replace(check, seen=f"{name}: {check.seen}")
    return None if device["is_right"] else Check("cuda", "fail", f"{name} multiplies wrongly", LOOK_AT_KERNEL)


def judge_cudnn(facts: Facts) -> Check:
    """Loads; with a GPU it also folds."""
    if "error" in facts:
        return trouble("cudnn", facts, REINSTALL)
    if facts["built"] is None:
        return Check("cudnn", "not applicable", "torch was built without CUDA")
    if not facts["version"]:
        return Check("cudnn", "fail", "torch has no cuDNN: convolutions on a GPU would crawl", REINSTALL)
    number = facts["version"]
    seen = ".".join(map(str, (number // 10000, number % 10000 // 100, number % 100)))
    if "is_right" not in facts:
        return Check("cudnn", "ok", f"{seen} loads (no GPU to try it on)")
    if not facts["is_right"]:
        return Check("cudnn", "fail", f"{seen} folds wrongly", REINSTALL)
    return Check("cudnn", "ok", f"{seen} loads and folds rightly")


def judge_gpu(facts: Facts) -> Check:
    """Memory, load, temperature and processes of every GPU."""
    if "error" in facts:
        return trouble("gpu", facts, LOOK_AT_KERNEL)
    found = facts["gpus"]
    if not found:
        return Check("gpu", "not applicable", f"{NO_GPU}, slow for the large configs")
    details = [line for gpu in found for line in describe(gpu)]
    hot = next((gpu for gpu in found if (gpu["temperature_c"] or 0) >= 90), None)
    if hot is not None:
        seen = f"GPU {hot['index']} is at {hot['temperature_c']} °C, where it slows down"
        return Check("gpu", "warning", seen, "nvidia-smi -q -d TEMPERATURE,PERFORMANCE", "\n".join(details))
    full = next((gpu for gpu in found if _is_full(gpu)), None)
    if full is not None:
        seen = f"GPU {full['index']} has {size(full['free_bytes'])} free of {size(full['total_bytes'])}"
        fix = "end what is not needed, see nvidia-smi"
        return Check("gpu", "warning", seen, fix, "\n".join(details))
    return Check("gpu", "ok", "; ".join(describe(gpu)[0] for gpu in found), "", "\n".join(details))


def describe(gpu: Facts) -> list[str]:
    """One GPU in a line, and a line for each of its processes."""
    load = "load unknown" if gpu["utilization_percent"] is None else f"{gpu['utilization_percent']}% busy"
    heat = "" if gpu["temperature_c"] is None else f", {gpu['temperature_c']} °C"
    memory = f"{size(gpu['used_bytes'])} of {size(gpu['total_bytes'])}"
    lines = [
        f"{gpu['index']} {gpu['name']}: {memory}, {load}{heat}, {plural(len(gpu['processes']), 'process')}"
    ]
    lines[0] = lines[0].replace("processs", "processes")
    for process in gpu["processes"]:
        name = f" {process['name']}" if process.get("name") else ""
        lines.append(f"  process {process['pid']}{name}: {size(process['used_bytes'])}")
    return lines


def _is_full(gpu: Facts) -> bool:
    free, total = gpu["free_bytes"], gpu["total_bytes"]
    return free is not None and bool(total) and free < total // 10


def _major(version: str) -> int:
    return int(version.partition(".")[0])


def _short(text: str, most: int = 60) -> str:
    line = text.strip().splitlines()[0] if text.strip() else ""
    return line if len(line) <= most else line[: most - 1] + "…"
