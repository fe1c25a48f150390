"""Moving a run to another folder."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from guiapp.core import files, locks
from guiapp.core.notify import UserError
from guiapp.core.runs.store import MOVED, RunStore

Told = Callable[[int, int], None]


def move_run(folder: Path, parent: Path, progress: Told | None = None) -> Path:
    """Move a run into `parent`, whole or not at all, also to another disk.

    Parameters
    ----------
    folder : Path
        The run.
    parent : Path
        Where it goes; made when missing.
    progress : callable, optional
        Called with bytes done and in all while it is copied to another disk.

    Returns
    -------
    Path
        Where it is now: under its own name, or one like it where that is taken.

    Raises
    ------
    UserError
        When it is still being written.
    OSError
        When it cannot be moved; it then is where it was.
    """
    if locks.held(RunStore(folder).lock):
        raise UserError("is still being written", where=folder, mend="Move it once its training has ended")
    parent.mkdir(parents=True, exist_ok=True)
    target = _free(parent / folder.name)
    MOVED.pop(target, None)
    # Said before, so that nobody finds it in neither place.
    MOVED[folder] = target
    try:
        if folder.stat().st_dev == parent.stat().st_dev:
            folder.rename(target)
            return target
        _copy(folder, target, progress)
    except BaseException:
        del MOVED[folder]
        raise
    # The copy is whole: what cannot be removed of the old one does no harm.
    shutil.rmtree(folder, ignore_errors=True)
    return target


def _free(path: Path) -> Path:
    n, free = 2, path
    while free.exists():
        free = path.with_name(f"{path.name}-{n}")
        n += 1
    return free


def _copy(folder: Path, target: Path, progress: Told | None) -> None:
    total = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    done = 0

    def copy(source: str, to: str) -> str:
        nonlocal done
        shutil.copy2(source, to)
        done += Path(to).stat().st_size
        if progress is not None:
            progress(done, total)
        return to

    whole = Path(tempfile.mkdtemp(prefix=files.WRITING, dir=target.parent))
    try:
        shutil.copytree(folder, whole, copy_function=copy, dirs_exist_ok=True)
        whole.chmod(0o777 & ~files.UMASK)
        whole.rename(target)
    except BaseException:
        shutil.rmtree(whole, ignore_errors=True)
        raise
