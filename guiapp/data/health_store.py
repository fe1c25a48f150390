"""What was found in a dataset's images, kept in the user's cache folder; bounded, and safe to delete."""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guiapp.core import files
from guiapp.data.dataset import Dataset

LIMIT = 50
"""Of so many datasets it is kept; those looked at longest ago go first."""

_FORMAT = 1
_DAMAGED = (
    OSError,
    ValueError,
    KeyError,
    EOFError,
    TypeError,
    AttributeError,
    NotImplementedError,
    zipfile.BadZipFile,
    zlib.error,
)


def _place(dataset: Dataset) -> Path:
    return files.cache_dir() / "health" / f"{dataset.fingerprint()}.npz"


def load(dataset: Dataset) -> dict[str, Any] | None:
    """Return the attributes of the `Health` that is kept of `dataset`; None where none is, or it is damaged."""
    path = _place(dataset)
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            values = _unpacked({name: kept[name] for name in kept.files}, len(dataset))
    except _DAMAGED:
        return None
    if values is not None:
        with suppress(OSError):
            os.utime(path)
    return values


def save(dataset: Dataset, values: Mapping[str, Any]) -> None:
    """Keep the attributes of a `Health`; where that cannot be done, nothing is kept."""
    path = _place(dataset)
    with suppress(OSError):
        with files.writing(path) as temporary, temporary.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **_packed(values))
        _make_room(path)


def _make_room(keep: Path) -> None:
    found = [(path.stat().st_mtime, path) for path in keep.parent.glob("[!.]*.npz") if path != keep]
    for _, path in sorted(found)[: max(0, len(found) + 1 - LIMIT)]:
        path.unlink(missing_ok=True)


def _packed(values: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    named = {kind: values[kind] for kind in ("formats", "modes")}
    notes = {
        "format": _FORMAT,
        "unreadable": [list(item) for item in values["unreadable"]],
        "notes": list(values["notes"]),
        **{kind: list(rows) for kind, rows in named.items()},
    }
    arrays = {f"{kind}-{i}": array for kind, rows in named.items() for i, array in enumerate(rows.values())}
    for kind in ("exact", "near"):
        groups = values[kind]
        arrays[f"{kind}-rows"] = np.array([row for group in groups for row in group], np.int64)
        arrays[f"{kind}-sizes"] = np.array([len(group) for group in groups], np.int64)
    text = np.frombuffer(json.dumps(notes).encode(), np.uint8)
    return {"widths": values["widths"], "heights": values["heights"], "text": text, **arrays}


def _unpacked(kept: Mapping[str, NDArray[Any]], count: int) -> dict[str, Any] | None:
    notes = json.loads(kept["text"].tobytes())
    if notes["format"] != _FORMAT or kept["widths"].shape != (count,) or kept["heights"].shape != (count,):
        return None
    values: dict[str, Any] = {
        "widths": kept["widths"].astype(np.int32),
        "heights": kept["heights"].astype(np.int32),
        "unreadable": tuple((int(row), str(why)) for row, why in notes["unreadable"]),
        "notes": tuple(str(note) for note in notes["notes"]),
    }
    for kind in ("formats", "modes"):
        values[kind] = {
            str(name): _checked(kept[f"{kind}-{i}"], count).astype(np.intp) for i, name in enumerate(notes[kind])
        }
    for kind in ("exact", "near"):
        values[kind] = _split(_checked(kept[f"{kind}-rows"], count).tolist(), kept[f"{kind}-sizes"].tolist())
    _checked(np.array([row for row, _ in values["unreadable"]], np.int64), count)
    return values


def _checked(rows: NDArray[Any], count: int) -> NDArray[Any]:
    """Return `rows`; raise where one of them is no row."""
    if rows.dtype.kind not in "iu" or rows.ndim != 1 or (len(rows) and not 0 <= rows.min() <= rows.max() < count):
        raise ValueError("a row that is not there")
    return rows


def _split(rows: Sequence[int], sizes: Iterable[int]) -> tuple[tuple[int, ...], ...]:
    groups, at = [], 0
    for size in sizes:
        groups.append(tuple(rows[at : at + size]))
        at += size
    return tuple(groups)
