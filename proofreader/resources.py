"""How many CPUs and how much memory this process may use, inside a container too."""

import os
from pathlib import Path


def cpus() -> int:
    """CPUs this process may use: its affinity, and the quota of its cgroup (v2, v1)."""
    try:
        count = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS and Windows have no affinity call
        count = os.cpu_count() or 1
    for quota_file, period_file in (
        ("/sys/fs/cgroup/cpu.max", None),
        ("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "/sys/fs/cgroup/cpu/cpu.cfs_period_us"),
    ):
        if Path(quota_file).is_file():
            fields = Path(quota_file).read_text().split()
            period = Path(period_file).read_text() if period_file else fields[1]
            if fields[0] not in ("max", "-1"):
                count = min(count, max(1, round(int(fields[0]) / int(period))))
            break
    return count


def available_memory() -> int | None:
    """Bytes this process may still take, from /proc and its cgroup; None where neither tells."""
    limits = []
    meminfo = Path("/proc/meminfo")
    if meminfo.is_file():
        lines = dict(line.split(":", 1) for line in meminfo.read_text().splitlines() if ":" in line)
        limits.append(int(lines["MemAvailable"].split()[0]) * 1024)
    limit, used = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")
    if limit.is_file() and limit.read_text().strip() != "max":
        limits.append(int(limit.read_text()) - int(used.read_text()))
    return min(limits, default=None)
