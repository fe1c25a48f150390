"""How much memory there is, and how much of it is free: of this machine, its containers, and its GPU."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

NOT_LIMITED = 1 << 60
"""Version 1 of control groups writes a number near 2⁶³ where there is no limit."""


def available() -> int | None:
    """Return how many bytes may still be used, or None where that cannot be told."""
    if sys.platform == "win32":
        return _windows("free")
    found = [size for size in (_meminfo("MemAvailable"), _control_group()) if size is not None]
    return min(found) if found else _pages()


def of_machine() -> int | None:
    """Return how many bytes of memory this machine lets the program have, or None where that cannot be told."""
    if sys.platform == "win32":
        return _windows("all")
    found = [size for size in (_meminfo("MemTotal"), _control_group_limit()) if size is not None]
    return min(found) if found else _pages()


def _pages() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):
        return None


def _meminfo(wanted: str) -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith(f"{wanted}:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return None


def _control_group() -> int | None:
    """What a container's limit leaves; files that the system keeps in memory give way and do not count as used."""
    for folder, limit, used, prefix in CONTROL_GROUPS:
        try:
            left = int((folder / limit).read_text()) - int((folder / used).read_text())
            return max(0, left + _cached(folder / "memory.stat", prefix))
        except (OSError, ValueError):
            continue
    return None


def _control_group_limit() -> int | None:
    for folder, limit, _, _ in CONTROL_GROUPS:
        try:
            found = int((folder / limit).read_text())
        except (OSError, ValueError):
            continue
        return found if found < NOT_LIMITED else None
    return None


CONTROL_GROUPS = (
    (Path("/sys/fs/cgroup"), "memory.max", "memory.current", ""),
    (Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes", "memory.usage_in_bytes", "total_"),
)
"""Of versions 2 and 1: the folder, the names of limit and use, and how the statistics' names begin."""


def _cached(statistics: Path, prefix: str) -> int:
    try:
        rows = dict(line.split() for line in statistics.read_text().splitlines())
        return int(rows.get(f"{prefix}inactive_file", 0)) + int(rows.get(f"{prefix}active_file", 0))
    except (OSError, ValueError):
        return 0


class _Status(ctypes.Structure):
    _fields_ = (
        ("length", ctypes.c_ulong),
        ("load", ctypes.c_ulong),
        *((name, ctypes.c_ulonglong) for name in ("all", "free", "page_all", "page_free", "space", "space_free", "x")),
    )


def _windows(wanted: str) -> int | None:
    status = _Status()
    status.length = ctypes.sizeof(status)
    done = ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))  # type: ignore[attr-defined]
    return int(getattr(status, wanted)) if done else None


class _OfGpu(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_ulonglong) for name in ("total", "free", "used"))


def of_gpu() -> int | None:
    """Return how many bytes the NVIDIA GPU has that TensorFlow uses, or None where that cannot be told."""
    found = _gpu()
    return None if found is None else int(found.total)


def free_of_gpu() -> int | None:
    """Return how many of them are free."""
    found = _gpu()
    return None if found is None else int(found.free)


def _gpu() -> _OfGpu | None:
    """Ask NVIDIA's library, as nvidia-smi does."""
    try:
        library = ctypes.CDLL("nvml.dll" if sys.platform == "win32" else "libnvidia-ml.so.1")
    except OSError:
        return None
    if library.nvmlInit_v2():
        return None
    try:
        handle, found = ctypes.c_void_p(), _OfGpu()
        if not _handle(library, handle) and not library.nvmlDeviceGetMemoryInfo(handle, ctypes.byref(found)):
            return found
        return None
    finally:
        library.nvmlShutdown()


def _handle(library: ctypes.CDLL, handle: ctypes.c_void_p) -> int:
    """Find the first GPU that programs may see: named by its number or its identity; return 0 once found."""
    first = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")[0].strip()
    if first and not first.isdecimal():
        return int(library.nvmlDeviceGetHandleByUUID(first.encode(), ctypes.byref(handle)))
    return int(library.nvmlDeviceGetHandleByIndex_v2(int(first or 0), ctypes.byref(handle)))
