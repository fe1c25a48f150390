"""What an archive holds, entry by entry, and the sentences for what is wrong with one.

Nothing is trusted: names are only handed on, sizes are held against what is really read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, NoReturn

from guiapp.core.notify import UserError
from guiapp.data.work import Cancel, stop_if

CHUNK = 1 << 20
MOST_ENTRIES = 2_000_000
BOMB_RATIO, BOMB_BYTES = 200, 100_000_000
"""Images never shrink so far: what does, and is large, was made to fill the disk."""

BY_HAND = "Unpack it with another program, and choose the folder that comes out"

Kind = Literal["file", "folder", "link", "special"]


@dataclass(frozen=True)
class Entry:
    """One entry of an archive.

    Attributes
    ----------
    name : str
        As it is written there.
    kind : str
        ``"file"``, ``"folder"``, ``"link"`` or ``"special"``.
    size : int
        The bytes that it says it unpacks to.
    chunks : callable
        Yields the bytes of a file; to be used before the next entry is asked for.
    done, total : int
        How much of the packed archive lies before it, and all of it.
    """

    name: str
    kind: Kind
    size: int
    chunks: Callable[[], Iterator[bytes]]
    done: int
    total: int


def damaged(path: Path, why: str, cause: BaseException | None = None) -> NoReturn:
    """Raise that an archive is damaged, and why."""
    raise UserError(f"is damaged or cut short ({why})", where=path, mend="Download or copy it again") from cause


def refuse_bomb(path: Path, unpacked: int, packed: int) -> None:
    """Raise where so many bytes came, or are to come, out of so few."""
    if unpacked > BOMB_BYTES and unpacked > BOMB_RATIO * max(1, packed):
        raise UserError(
            f"unpacks to more than {BOMB_RATIO} times its size ({unpacked / 1e9:,.1f} GB)",
            where=path,
            mend="Do not use it: it was made to fill the disk",
        )


def too_many(path: Path) -> NoReturn:
    """Raise that there are more entries than can be handled."""
    raise UserError(f"holds more than {MOST_ENTRIES:,} entries", where=path, mend=BY_HAND)


def exactly(path: Path, name: str, file: IO[bytes], size: int, cancel: Cancel) -> Iterator[bytes]:
    """Yield the bytes of an entry; raise where they are fewer or more than it says."""
    left = size
    while data := file.read(min(CHUNK, left + 1)):
        stop_if(cancel)
        left -= len(data)
        if left < 0:
            damaged(path, f"{name} is longer than it says")
        yield data
    if left:
        damaged(path, f"{name} is shorter than it says")
