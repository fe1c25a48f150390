"""Which names of an archive's entries may become files."""

from __future__ import annotations

import os
import re
import unicodedata
from enum import Enum

MOST_LETTERS, LONGEST_PART, LONGEST = 4096, 255, 1000
"""What is not even looked at; the bytes of one name; the bytes of a whole path inside the archive."""

_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])( *)(\..*)?", re.IGNORECASE)
_NOT_ON_WINDOWS = re.compile(r'[<>:"|?*]')
_DRIVE = re.compile(r"[A-Za-z]:")
_LITTER = frozenset({"__macosx", ".ds_store", "thumbs.db", "desktop.ini"})


class Why(Enum):
    """Why an entry is passed over: what one of them is, and several."""

    LINK = ("link", "links")
    SPECIAL = ("device or other special file", "devices and other special files")
    SIGNS = ("name with a backslash or control character", "names with backslashes or control characters")
    RESERVED = ("name that Windows does not allow", "names that Windows does not allow")
    LONG = ("name that is too long", "names that are too long")
    TWICE = (
        "name that is there twice, or differs only in upper and lower case",
        "names that are there twice, or differ only in upper and lower case",
    )

    def counted(self, count: int) -> str:
        """Return the words with their number: ``3 links``."""
        return f"{count:,} {self.value[count != 1]}"


def leads_outside(name: str) -> bool:
    """Whether a name would put a file outside the folder that it is unpacked into."""
    plain = name.replace("\\", "/")
    return plain.startswith("/") or _DRIVE.match(plain) is not None or ".." in plain.split("/")


def parts_of(name: str) -> tuple[str, ...]:
    """Return the folders and the file that a name consists of."""
    return tuple(part for part in name.split("/") if part not in ("", "."))


def is_litter(parts: tuple[str, ...]) -> bool:
    """Whether an entry is what systems leave behind: Finder's and Explorer's own files."""
    return any(part.lower() in _LITTER or part.startswith("._") for part in parts)


def refusal(name: str, windows: bool = os.name == "nt") -> Why | None:
    """Return why no file can be called so, or None where one can."""
    if len(name) > MOST_LETTERS:
        return Why.LONG
    if "\\" in name or any(unicodedata.category(sign) == "Cc" for sign in name):
        return Why.SIGNS
    sizes = [len(part.encode("utf-8", "surrogateescape")) for part in name.split("/")]
    if max(sizes) > LONGEST_PART or sum(sizes) + len(sizes) > LONGEST:
        return Why.LONG
    return Why.RESERVED if any(_is_reserved(part, windows) for part in parts_of(name)) else None


def _is_reserved(part: str, windows: bool) -> bool:
    if _RESERVED.fullmatch(part) or part[-1] in ". ":
        return True
    return windows and _NOT_ON_WINDOWS.search(part) is not None


class Seen:
    """The names met so far, as file systems that know no case see them."""

    def __init__(self) -> None:
        self._files: set[str] = set()
        self._folders: set[str] = set()

    def add(self, parts: tuple[str, ...]) -> bool:
        """Remember a file; False where its name, or that of a folder above it, is taken."""
        keys = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
        keys = [unicodedata.normalize("NFC", key).casefold() for key in keys]
        *folders, file = keys
        if file in self._files or file in self._folders or not self._files.isdisjoint(folders):
            return False
        self._files.add(file)
        self._folders.update(folders)
        return True
