"""How much memory this process may use, inside a container too, and whether a model fits."""

import ctypes
import sys
from pathlib import Path

from proofreader.errors import ProofreadError

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # of glibc's malloc.h


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


def check_model_file(path: Path) -> None:
    """Raises ProofreadError where `path` is no GGUF file or needs more memory than is free."""
    if not path.is_file():
        raise ProofreadError(
            f"There is no model file {path}. Check the path, or pick another model."
        )
    with path.open("rb") as file:
        if file.read(4) != b"GGUF":
            raise ProofreadError(
                f"{path} is not a GGUF file. Convert it with convert/to_gguf.py, or pick a .gguf."
            )
    size, free = path.stat().st_size, available_memory()
    needed = int(size * 1.2) + 150_000_000  # measured: weights, repacked rows and work buffers
    if free is not None and needed > free:
        raise ProofreadError(
            f"{path.name} needs about {needed / 1e9:.1f} GB of memory and {free / 1e9:.1f} GB are "
            "free. Close something, or pick a smaller model or quantisation."
        )


def keep_memory_low() -> None:
    """Let glibc give large arrays back at once and keep two heaps, not one for each thread: an app
    with many threads grew by half a megabyte a text. Does nothing elsewhere."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, 1 << 20)
        mallopt(M_ARENA_MAX, 2)
