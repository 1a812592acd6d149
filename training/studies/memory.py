"""The most memory that a stretch of work took: forget_peak(), work, peak_mb().

On a GPU its own memory, else the process's resident memory; Linux can forget an earlier peak,
elsewhere the peak is the process's so far.
"""

import ctypes
import sys
from contextlib import suppress
from pathlib import Path

CLEAR, STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")


def forget_peak() -> None:
    """Begin to measure anew."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    elif sys.platform == "linux":
        if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):  # glibc's alone
            trim(0)  # what the last model left with the allocator
        with suppress(OSError):  # a container may forbid it
            CLEAR.write_text("5")  # resets the peak to what is resident now


def peak_mb() -> float:
    """Megabytes (10**6 bytes)."""
    import torch

    if torch.cuda.is_available():
        return round(torch.cuda.max_memory_allocated() / 1e6, 1)
    if STATUS.is_file():
        line = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
        return round(int(line.split()[1]) * 1024 / 1e6, 1)
    import resource

    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 1)
