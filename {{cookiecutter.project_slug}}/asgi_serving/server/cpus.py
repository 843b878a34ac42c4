"""The number of CPUs that this process may really use."""

import math
import os
from pathlib import Path

CGROUP_QUOTA = Path("/sys/fs/cgroup/cpu.max")
"""Quota and period in microseconds, or "max"; see the kernel's cgroup-v2 documentation."""


def usable_cpus() -> int:
    """Return the CPUs of the affinity mask, or fewer where the container has a smaller quota."""
    affinity = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else ()
    cpus = len(affinity) or os.cpu_count() or 1
    try:
        quota, period = CGROUP_QUOTA.read_text().split()
    except (OSError, ValueError):
        return cpus
    return cpus if quota == "max" else max(1, min(cpus, math.ceil(int(quota) / int(period))))
