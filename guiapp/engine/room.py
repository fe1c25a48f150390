"""How much memory there is, and how much of it is free: of this machine, its containers, and its GPU."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path
from typing import Any

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


def of_gpu(name: str = "") -> int | None:
    """Return how many bytes the NVIDIA GPU called `name` has, or None where that cannot be told."""
    found = _gpu(name)
    return None if found is None else int(found.total)


def free_of_gpu(name: str = "") -> int | None:
    """Return how many of them nobody has taken."""
    found = _gpu(name)
    return None if found is None else int(found.free)


def _library() -> Any:
    """Return NVIDIA's library, which nvidia-smi asks too, or None where there is none."""
    try:
        return ctypes.CDLL("nvml.dll" if sys.platform == "win32" else "libnvidia-ml.so.1")
    except OSError:
        return None


def _gpu(name: str) -> _OfGpu | None:
    library = _library()
    if library is None or library.nvmlInit_v2():
        return None
    try:
        handle, found = _handle(library, name), _OfGpu()
        if handle is None or library.nvmlDeviceGetMemoryInfo(handle, ctypes.byref(found)):
            return None
        return found
    finally:
        library.nvmlShutdown()


def _handle(library: Any, name: str) -> ctypes.c_void_p | None:
    """Find the first GPU that programs may see, named by its number or its identity.

    CUDA numbers GPUs by their speed and this library by their places, so that of several the one called `name` is
    taken, as TensorFlow calls the one that it uses.
    """
    first = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")[0].strip()
    if first and not first.isdecimal():
        handle = ctypes.c_void_p()
        return None if library.nvmlDeviceGetHandleByUUID(first.encode(), ctypes.byref(handle)) else handle
    numbered = _numbered(library, int(first or 0))
    if numbered is not None and _name(library, numbered) == name:
        return numbered
    count = ctypes.c_uint()
    library.nvmlDeviceGetCount_v2(ctypes.byref(count))
    others = (_numbered(library, number) for number in range(count.value))
    return next((other for other in others if other is not None and _name(library, other) == name), numbered)


def _numbered(library: Any, number: int) -> ctypes.c_void_p | None:
    handle = ctypes.c_void_p()
    return None if library.nvmlDeviceGetHandleByIndex_v2(number, ctypes.byref(handle)) else handle


def _name(library: Any, handle: ctypes.c_void_p) -> str:
    text = ctypes.create_string_buffer(96)
    return "" if library.nvmlDeviceGetName(handle, text, 96) else text.value.decode(errors="replace")
