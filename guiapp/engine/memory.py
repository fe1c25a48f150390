"""How much memory there is, so that what cannot fit is refused in words instead of ending the process."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

from guiapp.core.analysis import Analysis
from guiapp.core.notify import UserError

BYTES_A_PARAMETER = 16
"""A weight, its gradient, and Adam's two averages, 4 bytes each."""


def available() -> int | None:
    """Return how many bytes may still be used, or None where that cannot be told."""
    if sys.platform == "win32":
        return _windows()
    found = [size for size in (_meminfo(), _control_group()) if size is not None]
    if found:
        return min(found)
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):
        return None


def _meminfo() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
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


def _windows() -> int | None:
    status = _Status()
    status.length = ctypes.sizeof(status)
    done = ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))  # type: ignore[attr-defined]
    return int(status.free) if done else None


def check(analysis: Analysis, batch: int = 0, *, gpu: bool = False) -> None:
    """Refuse a network that certainly does not fit.

    Parameters
    ----------
    analysis : Analysis
        Of the network.
    batch : int
        How many images it is trained on at once; 0 where it is only asked.
    gpu : bool
        Whether it is computed on a GPU, whose memory TensorFlow itself guards.

    Raises
    ------
    UserError
        With the sizes in words.
    """
    free = available()
    if free is None or gpu:
        return
    weights = analysis.parameters * (BYTES_A_PARAMETER if batch else 4)
    if weights > free:
        largest = max(analysis.rows, key=lambda row: row.parameters)
        raise UserError(
            f"the network's {analysis.parameters:,} parameters need about {_size(weights)}, "
            f"but {_size(free)} of memory is free; most of them are here",
            where=largest.layer.name,
            mend="Use fewer units or filters, or pool before it",
        )
    outputs = analysis.activations * 4 * max(1, batch)
    if weights + outputs > free:
        largest = max(analysis.rows, key=lambda row: row.activations)
        of = f" for a batch of {batch:,} images" if batch else ""
        raise UserError(
            f"the layers' outputs{of} need about {_size(outputs)}, but {_size(free)} of memory is free; "
            "the largest are from here",
            where=largest.layer.name,
            mend="Use a smaller batch, smaller images, or fewer filters" if batch else "Use smaller images",
        )


def _size(size: int) -> str:
    return f"{size / 1e9:,.1f} GB" if size >= 100_000_000 else f"{size / 1e6:,.1f} MB"
