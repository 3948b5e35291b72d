"""What this machine and its heavy libraries are like: `python -m engine.probe NAME ROOT` prints facts as one JSON.

A probe is a process of its own: a library that crashes while it loads, or a driver that hangs, is then a line
of a report. Facts are what was seen, without a judgement; `engine.doctor` judges them.
"""

from __future__ import annotations

# Probe -> module and function that looks; the function is given the folder that is looked at
PROBES: dict[str, tuple[str, str]] = {
    "python": ("machine", "look_at_python"),
    "torch": ("libraries", "look_at_torch"),
    "torchaudio": ("libraries", "look_at_torchaudio"),
    "driver": ("driver", "look_at_driver"),
    "cuda": ("libraries", "look_at_cuda"),
    "cudnn": ("libraries", "look_at_cudnn"),
    "gpu": ("driver", "look_at_gpus"),
    "nccl": ("ranks", "look_at_nccl"),
    "gloo": ("ranks", "look_at_gloo"),
    "alignment": ("libraries", "look_at_alignment"),
    "espeak": ("libraries", "look_at_espeak"),
    "phonemes": ("recorded", "look_at_versions"),
    "compiler": ("machine", "look_at_compiler"),
    "cmake": ("machine", "look_at_cmake"),
    "disk": ("disk", "look_at_disk"),
    "files": ("machine", "look_at_file_limits"),
    "memory": ("machine", "look_at_shared_memory"),
    "logout": ("logout", "look_at_login_manager"),
    "report": ("environment", "look_at_environment"),
}
