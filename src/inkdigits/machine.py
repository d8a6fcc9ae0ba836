"""The machine and the versions, as every run and results file names them."""

import os
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

PACKAGES = (
    "inkdigits",
    "numpy",
    "onnxruntime",
    "opencv-python-headless",
    "pillow",
    "keras",
    "tensorflow-cpu",
    "tensorflow",
    "jax",
    "torch",
    "onnx",
    "scikit-learn",
    "matplotlib",
    "pypdfium2",
    "pillow-heif",
)


def machine() -> dict[str, Any]:
    return {
        "cpu": _cpu_name(),
        "cores": cores(),
        "system": platform.system(),
        "python": platform.python_version(),
    }


def versions(packages: tuple[str, ...] = PACKAGES) -> dict[str, str]:
    """What is installed of these, with its version."""
    by_name = {}
    for name in packages:
        try:
            by_name[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return by_name


def cores() -> int:
    """How many this process may use."""
    return (
        len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count() or 1
    )


def _cpu_name() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [
        line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")
    ]
    return names[0] if names else platform.processor() or platform.machine()
