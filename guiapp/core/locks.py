"""Locks on files: held by an open writer, and given back by the system however its process ends.

On file systems that know no locks, and in folders that can only be read, nothing is ever held.
"""

from __future__ import annotations

import errno
import os
import sys
import time
import weakref
from contextlib import suppress
from pathlib import Path

TRIES, WAIT_S = 25, 0.01
"""A lock may be in the way for a moment because someone is just looking whether it is held."""

TAKEN = (errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK)


class Lock:
    """A lock that this process holds on a file; not inherited by the processes it starts.

    Parameters
    ----------
    path : Path
        The file; made when missing, and left there: removing it would race with whoever opens it next.

    Raises
    ------
    BlockingIOError
        When someone holds it already, be it this process.
    OSError
        When the file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._handle: int | None = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            self._take()
        except BaseException:
            self.forget()
            raise
        _held.add(self)

    def _take(self) -> None:
        assert self._handle is not None
        for left in reversed(range(TRIES)):
            try:
                return _lock(self._handle, shared=False)
            except OSError as exc:
                if exc.errno not in TAKEN:
                    return None  # no locks there
                if not left:
                    raise BlockingIOError(exc.errno, exc.strerror) from exc
            time.sleep(WAIT_S)
        return None

    def release(self) -> None:
        """Give it back; does nothing when that was done before."""
        if self._handle is not None:
            with suppress(OSError):
                _unlock(self._handle)
        self.forget()

    def forget(self) -> None:
        """Close the file without giving the lock back: in a forked child it is the parent's."""
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)


_held: weakref.WeakSet[Lock] = weakref.WeakSet()


def _forget_all() -> None:
    for lock in list(_held):
        lock.forget()


def held(path: Path) -> bool:
    """Whether someone, be it this process, holds the lock on `path` now."""
    try:
        handle = os.open(path, os.O_RDWR if sys.platform == "win32" else os.O_RDONLY)
    except OSError:
        return False
    try:
        _lock(handle, shared=True)
        _unlock(handle)
    except OSError as exc:
        return exc.errno in TAKEN
    finally:
        os.close(handle)
    return False


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int, *, shared: bool) -> None:
        os.lseek(handle, 0, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBRLCK if shared else msvcrt.LK_NBLCK, 1)

    def _unlock(handle: int) -> None:
        os.lseek(handle, 0, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _lock(handle: int, *, shared: bool) -> None:
        # Two descriptors conflict also within one process, which record locks would not.
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)

    def _unlock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)

    os.register_at_fork(after_in_child=_forget_all)
