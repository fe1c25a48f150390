"""Opening an archive, whatever its kind, and saying what it holds before anything is written."""

from __future__ import annotations

import errno
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from guiapp.core.notify import UserError
from guiapp.data.archives import names
from guiapp.data.archives.entry import BY_HAND, MOST_ENTRIES, Entry, damaged, too_many
from guiapp.data.archives.names import Why
from guiapp.data.archives.tars import tar_entries
from guiapp.data.archives.zips import zip_entries
from guiapp.data.headers import IMAGE_SUFFIXES
from guiapp.data.work import Cancel, Progress, never, no_progress, stop_if

SUFFIXES = (".zip", ".tar", ".tgz", ".tbz", ".tbz2", ".txz", ".tar.gz", ".tar.bz2", ".tar.xz")
"""How the names of archives that are read end."""

OTHERS = (".7z", ".rar", ".tar.zst")
"""How the names of archives end that are refused in words."""

LOOKING = "Looking into the archive"
_KINDS = (
    (b"PK\3\4", "zip"),
    (b"PK\5\6", "zip"),
    (b"\x1f\x8b", "tar.gz"),
    (b"BZh", "tar.bz2"),
    (b"\xfd7zXZ\0", "tar.xz"),
)
_REFUSED = ((b"7z\xbc\xaf\x27\x1c", "7z"), (b"Rar!", "RAR"), (b"\x28\xb5\x2f\xfd", "Zstandard"))
_DAMAGE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    struct.error,
    ValueError,
    RecursionError,
    LookupError,
    OverflowError,
)
_MOST_NAMES, _EVERY = 12, 500


@dataclass(frozen=True)
class Contents:
    """What an archive holds.

    Attributes
    ----------
    path : str
        The archive.
    kind : str
        ``"zip"``, ``"tar"``, ``"tar.gz"``, ``"tar.bz2"`` or ``"tar.xz"``.
    packed : int
        Its own size in bytes.
    files, nbytes : int
        How many files come out, and their bytes.
    images : int
        How many of them are images.
    archives : int
        How many of them are archives, which stay packed.
    top : tuple of str
        The first names at its top, folders ending in "/".
    passed : tuple of (Why, int)
        What is passed over, and how often.
    """

    path: str
    kind: str
    packed: int
    files: int
    nbytes: int
    images: int
    archives: int
    top: tuple[str, ...]
    passed: tuple[tuple[Why, int], ...]

    @property
    def passed_over(self) -> str:
        """A sentence on what is passed over, or "" where that is nothing."""
        if not self.passed:
            return ""
        return f"Passed over: {', '.join(why.counted(count) for why, count in self.passed)}."


def is_archive(path: Path) -> bool:
    """Whether a file's name says that it is a packed archive; a folder is none."""
    return path.name.lower().endswith(SUFFIXES + OTHERS) and not path.is_dir()


def kind_of(path: Path) -> str:
    """Return the kind of an archive, from the first bytes of the file.

    Raises
    ------
    UserError
        When it is another kind of archive, or none.
    """
    if path.exists() and not path.is_file():
        raise UserError("is no ordinary file", where=path, mend="Choose a zip or tar file, or a folder")
    with path.open("rb") as file:
        start = file.read(512)
    for magic, kind in _KINDS:
        if start.startswith(magic):
            return kind
    if start[257:262] == b"ustar" or (start and path.suffix.lower() == ".tar"):
        return "tar"
    for magic, name in _REFUSED:
        if start.startswith(magic):
            raise UserError(f"is an archive of the kind {name}, which is not read", where=path, mend=BY_HAND)
    what = "is not an archive that can be read" if start else "the file is empty"
    raise UserError(what, where=path, mend="Choose a zip or tar file, or a folder")


@contextmanager
def opened(path: Path, cancel: Cancel) -> Iterator[Iterator[Entry]]:
    """Open an archive and give its entries.

    Raises
    ------
    UserError
        When it is damaged, protected, or unpacks to far more than any images would.
    OSError
        When it cannot be read.
    Cancelled
        Once `cancel` answers True.
    """
    kind = kind_of(path)
    try:
        entries = zip_entries(path, cancel) if kind == "zip" else tar_entries(path, kind, cancel)
        with closing(entries):
            yield _counted(path, entries)
    except _DAMAGE as exc:
        damaged(path, _in_words(exc), exc)
    except NotImplementedError as exc:
        raise UserError("is packed in a way that is not read", where=path, mend=BY_HAND) from exc
    except OSError as exc:
        if exc.errno in (None, errno.EINVAL):  # how gzip and bz2 call damage; and a place before the file's beginning
            damaged(path, _in_words(exc), exc)
        raise


def _in_words(exc: BaseException) -> str:
    text = str(exc).lower()
    if isinstance(exc, EOFError) or "ended" in text or "end of data" in text or "truncated" in text:
        return "it ends too early"
    return "a checksum is wrong" if "crc" in text or "checksum" in text else "its parts do not fit together"


def _counted(path: Path, entries: Iterator[Entry]) -> Iterator[Entry]:
    for number, entry in enumerate(entries):
        if number >= MOST_ENTRIES:
            too_many(path)
        if entry.size < 0:
            damaged(path, "a size is negative")
        yield entry


class Sieve:
    """Decides which entries become files, and counts those that are passed over."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = names.Seen()
        self.passed: Counter[Why] = Counter()

    def take(self, entry: Entry) -> tuple[str, ...] | None:
        """Return the folders and the file that an entry becomes, or None where it is passed over.

        Raises
        ------
        UserError
            When its name leads outside the folder that is unpacked into.
        """
        if names.leads_outside(entry.name):
            raise UserError(
                f"holds a name that leads outside its own folder (“{entry.name[:80]}”), so that nothing is unpacked",
                where=self._path,
                mend="Use it only if you trust where it is from, and unpack it with another program",
            )
        why, parts = self._judge(entry)
        if why is not None:
            self.passed[why] += 1
        return parts if why is None and entry.kind == "file" and parts and not names.is_litter(parts) else None

    def _judge(self, entry: Entry) -> tuple[Why | None, tuple[str, ...]]:
        if entry.kind in ("link", "special"):
            return (Why.LINK if entry.kind == "link" else Why.SPECIAL), ()
        why = names.refusal(entry.name)
        if why is not None:
            return why, ()
        parts = names.parts_of(entry.name)
        if entry.kind == "file" and parts and not self._seen.add(parts):
            return Why.TWICE, ()
        return None, parts


_last: list[tuple[tuple[str, int, int], Contents]] = []


def _version(path: Path) -> tuple[str, int, int]:
    stat = path.stat()
    return str(path), stat.st_size, stat.st_mtime_ns


def known(path: Path) -> Contents | None:
    """Return what the archive that was looked into last holds, where it is this one and it has not changed."""
    return next((contents for version, contents in _last if contents.files and version == _version(path)), None)


def look_into(path: Path | str, progress: Progress = no_progress, cancel: Cancel = never) -> Contents:
    """Find out what an archive holds; nothing is written.

    Raises
    ------
    UserError
        When it is no archive, is damaged, not safe, or holds no files.
    OSError
        When it cannot be read.
    Cancelled
        Once `cancel` answers True.
    """
    path = Path(path)
    sieve = Sieve(path)
    files = nbytes = images = archives = 0
    top: dict[str, None] = {}
    with opened(path, cancel) as entries:
        for number, entry in enumerate(entries):
            if number % _EVERY == 0:
                stop_if(cancel)
                progress(LOOKING, entry.done // 1000, entry.total // 1000)
            parts = sieve.take(entry)
            if parts is None:
                continue
            files, nbytes = files + 1, nbytes + entry.size
            name = parts[-1].lower()
            images += "." + name.rpartition(".")[2] in IMAGE_SUFFIXES
            archives += name.endswith(SUFFIXES + OTHERS)
            if len(top) < _MOST_NAMES:
                top.setdefault(parts[0] + ("/" if len(parts) > 1 else ""))
    contents = Contents(
        str(path),
        kind_of(path),
        path.stat().st_size,
        files,
        nbytes,
        images,
        archives,
        tuple(top),
        tuple(sieve.passed.items()),
    )
    _last[:] = [(_version(path), contents)]
    if not files:
        raise UserError(
            f"holds no files that can be unpacked. {contents.passed_over}".strip(),
            where=path,
            mend="Choose another archive, or a folder",
        )
    return contents
