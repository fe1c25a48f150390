"""Getting one file from the web: gone on with where it was left, tried again, and held against its checksum.

Only the caller's thread writes, so that nothing is written any more once it has been cancelled.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from guiapp import __version__
from guiapp.core import files
from guiapp.core.notify import UserError
from guiapp.data.catalogue import File
from guiapp.data.web import CANCEL_S, Again, Answer, Head, Pace, Useless, host_of
from guiapp.data.work import Cancel, stop_if

Advance = Callable[[int], None]
"""Told how many bytes of the file are there."""


@dataclass
class _Part:
    """What is there of a file: ``NAME.part``, and beside it whence it came."""

    path: Path

    @property
    def _note(self) -> Path:
        return self.path.with_name(self.path.name + ".json")

    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def etag(self, url: str) -> str:
        """Return what the server called the version that was begun, where it was this server."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            note = json.loads(self._note.read_text(encoding="utf-8"))
            return str(note["etag"]) if note["url"] == url else ""
        return ""

    def note(self, url: str, etag: str, nbytes: int) -> None:
        files.write_text(self._note, json.dumps({"url": url, "etag": etag, "bytes": nbytes}))

    def drop(self) -> None:
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def finish(self, target: Path) -> None:
        self.path.replace(target)
        self._note.unlink(missing_ok=True)


def fetch(file: File, folder: Path, advance: Advance, cancel: Cancel, pace: Pace | None = None) -> Path:
    """Get `file` into `folder` and return where it is; one that is there whole already is not asked for again.

    Parameters
    ----------
    file : File
        What to get.
    folder : Path
        Where to; ``NAME.part`` is gone on with.
    advance, cancel
        Told how many bytes are there; asked whether to go on.
    pace : Pace, optional
        How patient to be.

    Raises
    ------
    UserError
        When no place has it, it is another file than it should be, or there is no network.
    OSError
        When it cannot be written.
    Cancelled
        Once `cancel` answers True; what is there is kept.
    """
    target = folder / file.name
    if target.exists():
        advance(file.nbytes)
        return target
    folder.mkdir(parents=True, exist_ok=True)
    part, job = _Part(target.with_name(file.name + ".part")), _Job(file, advance, cancel, pace or Pace())
    if part.size() > file.nbytes:
        part.drop()
    why: list[str] = []
    for url in file.urls:
        try:
            job.get(url, part)
            job.check(part, url)
        except Useless as exc:
            why.append(str(exc))
            continue
        part.finish(target)
        return target
    raise UserError(why[0], where=file.name, mend=_mend(why))


def _mend(why: list[str]) -> str:
    others = len(why) - 1
    either = f"; {others} other place{'s' if others > 1 else ''} did not help either" if others else ""
    return f"Try again later: what was downloaded rightly is kept{either}"


class _Job:
    def __init__(self, file: File, advance: Advance, cancel: Cancel, pace: Pace) -> None:
        self.file, self.advance, self.cancel, self.pace = file, advance, cancel, pace

    def get(self, url: str, part: _Part) -> None:
        """Have all bytes in `part`, asking again as long as that brings something."""
        failures = tries = 0
        before = part.size()
        while part.size() < self.file.nbytes:
            try:
                self._once(url, part)
            except Again as exc:
                if part.size() > before:
                    failures = tries = 0
                failures, tries, before = failures + exc.weight, tries + 1, part.size()
                if failures >= self.pace.tries:
                    raise Useless(str(exc)) from None
                self._wait(min(self.pace.longest_pause_s, self.pace.pause_s * 2 ** (tries - 1)))
        if part.size() > self.file.nbytes:
            part.drop()
            raise Useless(f"{host_of(url)} sent more than the file should hold")

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            stop_if(self.cancel)
            time.sleep(min(CANCEL_S, left))

    def _once(self, url: str, part: _Part) -> None:
        """Ask once, from the first byte that is missing on, and write what comes."""
        start, etag = part.size(), part.etag(url)
        headers = {"Accept-Encoding": "identity", "User-Agent": f"convnet-studio/{__version__}"}
        if start:
            headers["Range"] = f"bytes={start}-"
            if etag:
                headers["If-Range"] = etag
        answer = Answer(url, headers, self.pace, self.cancel)
        try:
            start = self._agree(answer.head(), start, part, url)
            with part.path.open("r+b" if part.path.exists() else "wb") as out:
                out.truncate(start)
                out.seek(start)
                for chunk in answer.chunks():
                    out.write(chunk)
                    out.flush()  # so that what has come is there when this process is killed
                    start += len(chunk)
                    if start > self.file.nbytes:
                        return
                    self.advance(start)
        except OSError as exc:
            if exc.filename is None:
                exc.filename = str(part.path.parent)
            raise
        finally:
            answer.leave()
        if start < self.file.nbytes:
            raise Again(f"{host_of(url)} broke off")

    def _agree(self, head: Head, start: int, part: _Part, url: str) -> int:
        """Return the byte at which the answer begins; raise where it is none that helps."""
        status, host = head.status, host_of(url)
        if status == 416:
            part.drop()
            raise Again(f"{host} did not go on with the download")
        if status == 429 or status >= 500:
            raise Again(f"{host} cannot answer now (error {status})")
        if status not in (200, 206):
            raise Useless(f"is not to be had at {host} any more (error {status})")
        if status == 206:
            said = head.headers.get("Content-Range", "")
            if not said.startswith(f"bytes {start}-") or not said.endswith((f"/{self.file.nbytes}", "/*")):
                part.drop()
                raise Again(f"{host} did not go on where the download was left")
        else:
            start = 0
        length = head.headers.get("Content-Length", "")
        if length.isdecimal() and int(length) != self.file.nbytes - start:
            raise Useless(
                f"{host} has something else in its place ({int(length):,} bytes, not {self.file.nbytes - start:,})"
            )
        etag = head.headers.get("ETag", "")
        # A weak one says that the meaning is the same, not the bytes.
        part.note(url, "" if etag.startswith("W/") else etag, self.file.nbytes)
        return start

    def check(self, part: _Part, url: str) -> None:
        """Throw away what has not the right checksum."""
        digest = hashlib.sha256()
        with part.path.open("rb") as file:
            while chunk := file.read(1 << 22):
                stop_if(self.cancel)
                digest.update(chunk)
        if digest.hexdigest() != self.file.sha256:
            part.drop()
            raise Useless(f"came damaged from {host_of(url)}: its checksum is wrong, and it was thrown away")
