"""Finding out how a table speaks of images: which column, which folder, which ending, and where the label is."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from guiapp.data.dataset import TEST, TRAIN, VALIDATION
from guiapp.data.headers import IMAGE_SUFFIXES
from guiapp.data.importers.naming import SPLITS, split_in
from guiapp.data.importers.table_options import ANY, NONE, TOP

_LABELS = frozenset(
    {"label", "labels", "class", "classes", "classname", "category", "target", "breed", "species", "diagnosis", "dx"}
)
_FILES = frozenset({"id", "file", "filename", "filepath", "image", "imageid", "imagename", "img", "name", "path"})
_NUMBERS = frozenset({"labelid", "classid", "labelindex", "classindex", "labelidx", "classidx", "categoryid"})
_SPLITS = frozenset({"split", "subset", "set", "dataset", "usage", "partition", "fold", "phase"})
_FRACTION = re.compile(r"[-+]?\d*[.,]\d*(e[-+]?\d+)?", re.IGNORECASE)
_SPECIFIC = 0.98


_Places = dict[tuple[str, str], set[str]]
"""The names that are images, by the folder and the ending that lead to them."""


@dataclass(frozen=True)
class Naming:
    """How names in a table become paths.

    Attributes
    ----------
    folder : str
        What they are relative to, with forward slashes, `TOP`, or `ANY`.
    extension : str
        What is added, as ``".png"``, `NONE`, or `ANY`.
    """

    folder: str
    extension: str


def cleaned(cell: str, root: str, beside: str) -> str:
    """Return a name as a table has it, relative and with forward slashes; empty where it leads out of the root.

    Parameters
    ----------
    cell : str
        As it stands in the table.
    root : str
        The root's own path, with forward slashes.
    beside : str
        The folder of the table, relative to the root: names with ``..`` start there.
    """
    name = cell.strip().replace("\\", "/")
    if name.startswith(f"{root}/"):
        name = name[len(root) + 1 :]
    if ".." in name:
        name = posixpath.normpath(posixpath.join(beside, name)) if ".." in name.split("/") else name
    while name.startswith("./"):
        name = name[2:]
    outside = name.startswith(("/", "../")) or name == ".." or name[1:3] == ":/"
    return "" if outside else name


def index_of(paths: Sequence[str], naming: Naming) -> dict[str, int]:
    """Return which path each name means, as a table writes it; -1 where it could be several."""
    folder, extension = naming.folder, naming.extension
    start = 0 if folder in (TOP, ANY) else len(folder) + 1
    out: dict[str, int] = {}
    for i, path in enumerate(paths):
        if start and not path.startswith(f"{folder}/"):
            continue
        name = path[path.rfind("/") + 1 :] if folder == ANY else path[start:]
        if extension != NONE:
            dot = name.rfind(".")
            if extension not in (ANY, name[dot:]):
                continue
            name = name[:dot]
        out[name] = -1 if name in out else i
    return out


def look(name: str, index: dict[str, int], naming: Naming) -> int | None:
    """Return what `name` means in an index; None where there is no such image."""
    return index.get(name[name.rfind("/") + 1 :] if naming.folder == ANY else name)


def namings(
    columns: Sequence[Iterable[str]], paths: Sequence[str], table: str, told: Naming
) -> list[tuple[int, Naming]]:
    """Return for each column (cleaned names) how many of them are images, and how they are to be read.

    What `told` holds that is not empty is kept to.
    """
    wanted: dict[str, list[tuple[int, str]]] = {}
    for column, names in enumerate(columns):
        for name in set(names):
            if name:
                wanted.setdefault(name[name.rfind("/") + 1 :], []).append((column, name))
    found: list[_Places] = [{} for _ in columns]
    for path in paths:
        base = path[path.rfind("/") + 1 :]
        dot = base.rfind(".")
        if base in wanted:
            _note(found, wanted[base], path, "")
        if base[:dot] in wanted:
            _note(found, wanted[base[:dot]], path[: len(path) - len(base) + dot], base[dot:])
    return [_best(places, table, told) for places in found]


def _note(found: list[_Places], names: list[tuple[int, str]], path: str, extension: str) -> None:
    for column, name in names:
        if path == name:
            folder = TOP
        elif path.endswith(f"/{name}"):
            folder = path[: -len(name) - 1]
        else:
            continue
        found[column].setdefault((folder, extension or NONE), set()).add(name)


def _best(places: _Places, table: str, told: Naming) -> tuple[int, Naming]:
    """Return the most particular naming that explains nearly all that any explains."""
    ways = [way for way in _ways(places) if told.folder in ("", way[1].folder)]
    ways = [way for way in ways if told.extension in ("", way[1].extension)]
    if not ways:
        return 0, Naming(told.folder or TOP, told.extension or NONE)
    most = max(count for count, _ in ways)
    good = [way for way in ways if way[0] >= _SPECIFIC * most]
    return max(good, key=lambda way: (-_width(way[1]), *_fits(way[1].folder, table), way[0], way[1].folder == TOP))


def _ways(places: _Places) -> list[tuple[int, Naming]]:
    """Return how many names each naming explains."""
    endings: dict[str, set[str]] = {}
    for (folder, extension), names in places.items():
        if extension != NONE:
            endings.setdefault(folder, set()).update(names)
    ways = [(len(names), Naming(*place)) for place, names in places.items()]
    ways += [(len(names), Naming(folder, ANY)) for folder, names in endings.items()]
    for ending in (NONE, ANY):
        times = Counter(
            name for place, names in places.items() if (place[1] == NONE) is (ending == NONE) for name in names
        )
        ways.append((sum(count == 1 for count in times.values()), Naming(ANY, ending)))
    return [way for way in ways if way[0]]


def _width(naming: Naming) -> int:
    return 2 * (naming.folder == ANY) + (naming.extension == ANY)


def _fits(folder: str, table: str) -> tuple[bool, int]:
    """Return how well a folder suits a table's name, and otherwise how likely it is to be the one with labels."""
    split = split_in(folder)
    likely = {TRAIN: 3, None: 2, VALIDATION: 1, TEST: 0}[split]
    return split is not None and split == split_in(table), likely


def has_header(cells: Sequence[list[str]], column: int, first: str, index: dict[str, int], naming: Naming) -> bool:
    """Whether the first row names the columns: its name (`first`, cleaned) is no image, nor written as images are."""
    if look(first, index, naming) is not None:
        return False
    if first[first.rfind(".") :].lower() in IMAGE_SUFFIXES:
        return False
    others = {_shape(row[column]) for row in cells[1:50] if len(row) > column}
    return not (any(c.isdigit() for c in first) and _shape(cells[0][column]) in others)


def _shape(text: str) -> str:
    return re.sub(r"\d+", "0", text.strip())


def word(name: str) -> str:
    """Return a column's name without all that is no letter, to be compared."""
    return re.sub(r"[^a-z]", "", name.lower())


def label_column(names: Sequence[str], values: Sequence[Sequence[str]], without: Iterable[int | None]) -> int | None:
    """Return the column that looks most like labels; None where none is left."""
    left = [i for i in range(len(names)) if i not in set(without)]
    return max(left, key=lambda i: (_label_likeness(names[i], values[i]), -i), default=None)


def _label_likeness(name: str, values: Sequence[str]) -> tuple[bool, int, bool, bool, bool]:
    distinct = {value for value in values if value}
    called = word(name)
    rank = 2 if called in _LABELS else 1 if called in _NUMBERS else 0
    fractions = any(_FRACTION.fullmatch(value) for value in distinct)
    repeated = 2 * len(distinct) <= len(values)
    textual = not all(value.lstrip("-+").isdigit() for value in distinct)
    return len(distinct) > 1, rank, not fractions, repeated, textual


def called_label(name: str) -> bool:
    """Whether a column's name says that it holds labels."""
    return word(name) in _LABELS


def called_file(name: str) -> bool:
    """Whether a column's name says that it holds the names of images."""
    return word(name) in _FILES


def split_column(names: Sequence[str], values: Sequence[Sequence[str]], without: Iterable[int | None]) -> int | None:
    """Return the column that holds words for splits in every row; None where there is none."""
    left = [i for i in range(len(names)) if i not in set(without) and _says_split(values[i])]
    return max(left, key=lambda i: (word(names[i]) in _SPLITS, -i), default=None)


def _says_split(values: Sequence[str]) -> bool:
    return len(set(values)) > 1 and all(value.lower() in SPLITS for value in values)
