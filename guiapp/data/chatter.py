"""Keeps C libraries from writing to the terminal.

libjpeg and libpng, inside OpenCV, print a line to C's ``stderr`` for every odd file and cannot be asked not to.
Pointing file descriptor 2 elsewhere would also swallow what other threads write (a progress bar, say), so only the
C library's own ``stderr`` is pointed elsewhere, and only while such a call runs. Python does not use it.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Stderr:
    """C's ``stderr`` variable; `quiet` points it at the null device while anyone is inside."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._normal: int | None = None
        self._variable, self._null = _find()

    def enter(self) -> None:
        with self._lock:
            self._inside += 1
            if self._inside == 1 and self._variable is not None:
                self._normal = self._variable.value
                self._variable.value = self._null

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0 and self._variable is not None:
                self._variable.value = self._normal


def _find() -> tuple[ctypes.c_void_p | None, int | None]:
    """Return C's ``stderr`` variable and an open stream on the null device, or nothing where the platform has none."""
    if os.name != "posix":
        return None, None
    try:
        library = ctypes.CDLL(None)
        variable = ctypes.c_void_p.in_dll(library, "__stderrp" if sys.platform == "darwin" else "stderr")
        library.fopen.restype = ctypes.c_void_p
        null = library.fopen(os.devnull.encode(), b"w")
    except (OSError, ValueError, AttributeError):
        return None, None
    return (variable, null) if null else (None, None)


_stderr = _Stderr()


@contextmanager
def quiet() -> Iterator[None]:
    """Have nothing that C code prints to ``stderr`` reach the terminal while the block runs; any thread, nestable."""
    _stderr.enter()
    try:
        yield
    finally:
        _stderr.leave()
