"""What names say: their order, the split that a word means, and whether they can be kept in a project."""

from __future__ import annotations

import re
from collections.abc import Iterable

from guiapp.data.dataset import TEST, TRAIN, VALIDATION

SPLITS = {
    "train": TRAIN,
    "training": TRAIN,
    "val": VALIDATION,
    "valid": VALIDATION,
    "validation": VALIDATION,
    "test": TEST,
    "testing": TEST,
}
"""Words for the three splits, in lower case, as folders are called."""


def natural(name: str) -> list[tuple[int, int, str]]:
    """Return a key that orders "2" before "10", and numbers before words."""
    parts = re.split(r"(\d{1,18})", name.casefold())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part]


def in_order(names: Iterable[str]) -> list[str]:
    """Return names once each, as a person would order them."""
    return sorted(set(names), key=lambda name: (natural(name), name))


def split_in(name: str) -> int | None:
    """Return the split that a word within `name` means, as in ``"instances_val2017.json"``; None where none does."""
    words = re.findall(r"[a-z]+", name.lower())
    return next((SPLITS[word] for word in words if word in SPLITS), None)


def is_hidden(name: str) -> bool:
    """Whether a file or folder is none that people see, or one that the Finder packs beside what they chose."""
    return name[0] == "." or name == "__MACOSX"


def is_utf8(name: str) -> bool:
    """Whether `name` can be kept in a project; the system hands out any bytes, with those that are no UTF-8 marked."""
    if name.isascii():
        return True
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
