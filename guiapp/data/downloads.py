"""Getting a dataset of the catalogue: download, check, unpack, and say which folder to open.

Nothing here is called unless a person asked for the download.
"""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from guiapp.core.locks import Lock
from guiapp.core.notify import UserError, as_user_error
from guiapp.data import archives
from guiapp.data.archives.unpacking import MARKER
from guiapp.data.catalogue import Known
from guiapp.data.work import Cancel, Progress, never, no_progress

if TYPE_CHECKING:
    from guiapp.data.web import Pace

DOWNLOADING = "Downloading"
_LEFT = ".downloading-"


def downloaded(known: Known, out: Path) -> Path | None:
    """Return the folder to open where the dataset is in `out` already, else None."""
    with suppress(OSError, ValueError):
        if json.loads((out / MARKER).read_text(encoding="utf-8")) == _mark(known):
            return archives.folder_to_open(out)
    return None


def begun(known: Known, out: Path) -> int:
    """Return how many bytes of an earlier try are there to be gone on with."""
    found = 0
    for file in known.files:
        for path in (_waiting(out) / file.name, _waiting(out) / f"{file.name}.part"):
            with suppress(OSError):
                found += path.stat().st_size
    return found


def download(
    known: Known,
    out: Path | str,
    progress: Progress = no_progress,
    cancel: Cancel = never,
    pace: Pace | None = None,
) -> Path:
    """Get a dataset into the folder `out` and return the folder to open.

    Parameters
    ----------
    known : Known
        The dataset.
    out : Path or str
        The folder that is made. Where it holds this dataset already, nothing is done.
    progress, cancel
        Told how far it is, in kilobytes; asked whether to go on.
    pace : Pace, optional
        How patient to be with the servers.

    Raises
    ------
    UserError
        When a file is not to be had or wrong, there is no network, `out` is taken, or the disk is too small.
    OSError
        When something cannot be written.
    Cancelled
        Once `cancel` answers True; what was downloaded is kept beside `out`, and gone on with next time.
    """
    out = Path(out).absolute()
    there = downloaded(known, out)
    if there is not None:
        return there
    if not archives.is_free(out):
        raise UserError("is there already, and holds something else", where=out, mend="Choose another folder")
    archives.check_room(out, known.nbytes - begun(known, out) + known.unpacked)
    waiting = _waiting(out)
    waiting.mkdir(parents=True, exist_ok=True)
    try:
        lock = Lock(waiting / "lock")
    except BlockingIOError:
        raise UserError("is being downloaded already", where=known.title, mend="Wait until that has ended") from None
    try:
        _fetch_all(known, waiting, progress, cancel, pace)
        with archives.building(out) as folder:
            _fill(known, waiting, folder, progress, cancel)
            archives.mark(folder, _mark(known))
    except OSError as exc:
        raise as_user_error(exc, doing=known.title) from exc
    finally:
        lock.release()
        if not begun(known, out):
            shutil.rmtree(waiting, ignore_errors=True)
    shutil.rmtree(waiting, ignore_errors=True)
    return archives.folder_to_open(out)


def _waiting(out: Path) -> Path:
    return out.with_name(_LEFT + out.name)


def _mark(known: Known) -> dict[str, object]:
    return {"dataset": known.name, "files": [file.sha256 for file in known.files]}


def _fetch_all(known: Known, folder: Path, progress: Progress, cancel: Cancel, pace: Pace | None) -> None:
    from guiapp.data.fetching import fetch  # here: what asks only whether a dataset is there need not go online

    before, total = 0, known.nbytes // 1000

    def advance(done: int) -> None:
        progress(DOWNLOADING, (before + done) // 1000, total)

    for file in known.files:
        fetch(file, folder, advance, cancel, pace)
        before += file.nbytes


def _fill(known: Known, waiting: Path, folder: Path, progress: Progress, cancel: Cancel) -> None:
    """Put what was downloaded into the folder of the dataset: archives unpacked, the rest as it is."""
    for file in known.files:
        path = waiting / file.name
        if file.archive:
            archives.unpack_into(archives.look_into(path, progress, cancel), folder, progress, cancel)
        else:
            shutil.copyfile(path, folder / file.name)
