"""Images with annotations as COCO's are, where all annotations of an image are of one category."""

from __future__ import annotations

import json
import os
import posixpath
import re
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path, PurePosixPath

from guiapp.core.layers.base import Words, field
from guiapp.core.notify import UserError
from guiapp.data.dataset import TRAIN, Dataset
from guiapp.data.importers.coco_matching import Found
from guiapp.data.importers.coco_reading import Annotations, read_annotations
from guiapp.data.importers.labelled import Account, Choices, check_labels, check_place, is_file, listed, made
from guiapp.data.importers.naming import SPLITS, in_order, split_in
from guiapp.data.importers.scanning import Scan
from guiapp.data.importers.table_guessing import Naming, cleaned, namings
from guiapp.data.importers.table_options import ANY, NONE, TOP
from guiapp.data.work import Cancel, Progress

EACH = "one for each split"
"""Files named after train, validation and test, read together."""

_MOST_FILES = 20
_MOST_LOOKED_AT = 50
_MOST_CHOICES = 200
_BESIDE = ("_annotations.coco.json", "annotations.json")
_PEEKED = 1 << 16
_TRIED = 200
_PROBED = 3
_FILE_NAME = re.compile(rb'"file_name"\s*:\s*"((?:[^"\\]|\\.)*)"')
_SPLIT_WORD = re.compile(rf"(?<![a-z])(?:{'|'.join(SPLITS)})(?![a-z])")


class CocoOptions(Words):
    """Which annotations are read; what is empty is found by looking."""

    file: str = field("", "Annotations", f"The file of annotations, or “{EACH}”.")
    folder: str = field("", "Folder", f"Where the images are, seen from the chosen folder; “{TOP}” is that itself.")
    crop: bool = field(False, "Crop to the box", "Cut each image that has exactly one box to it.")


class Coco:
    """Folders of images and JSON files with ``images``, ``annotations`` and ``categories``.

    Images whose annotations are of several categories are left out and counted. Files named after the splits, as
    ``instances_train2017.json`` and ``instances_val2017.json``, are read together.
    """

    name = "coco"
    title = "Images with COCO annotations"
    options = CocoOptions

    def looks_like(self, path: Path) -> float:
        """Return 0.85 where a file begins as such annotations do and its images seem to be there."""
        if path.is_file():
            return 0.85 if path.name.lower().endswith(".json") and _names_in(path) is not None else 0.0
        files, folders = listed(path)
        names = _jsons(path, files, folders)
        return 0.85 if any(_has_images(path, name, folders[:_MOST_FILES]) for name in names) else 0.0

    def open(self, path: Path, options: CocoOptions, progress: Progress, cancel: Cancel) -> Dataset:
        """Read the annotations and which images there are; see `Importer.open`."""
        root = _root(path)
        scan = Scan(str(root), progress, cancel)
        scan.images_in("")
        if not scan.paths:
            raise UserError("holds no images", where=root, mend="Choose the folder that holds images and annotations")
        known = _known(scan.texts, root, path)
        chosen = _chosen(root, path, options.file, known)
        found, folders = Found(root), []
        for name in chosen:
            said = read_annotations(root / name, options.crop, progress, cancel)
            naming = _naming(said, root, name, scan.paths, options.folder)
            found.join(said, name, scan.paths, naming, _split_of(name))
            folders.append(naming.folder)
        several = len(chosen) > 1
        where = root if several else root / chosen[0]
        found.check(where)
        images = found.labelled(scan.paths, splits=several, boxes=options.crop)
        check_labels(images.labels, where, "Choose annotations of at least two categories")
        account = Account(list(scan.skipped))
        found.tell(account, scan.paths)
        how = CocoOptions(
            file=EACH if several else chosen[0], folder=options.folder if several else folders[0], crop=options.crop
        )
        return made(self.name, images, account, how, _choices(known, scan.paths))


def _root(path: Path) -> Path:
    if path.is_dir():
        return path
    # Annotations lie in a folder of their own, beside those of the images.
    return path.parent.parent if path.parent.name.lower().startswith("annotation") else path.parent


def _jsons(path: Path, files: Sequence[str], folders: Sequence[str]) -> list[str]:
    """Return the JSON files that may be annotations; folders of images, which may be large, are not listed for it."""
    found = [name for name in files if name.lower().endswith(".json")]
    for folder in folders:
        if folder.lower().startswith("annotation"):
            found += [f"{folder}/{name}" for name in listed(path / folder)[0] if name.lower().endswith(".json")]
        elif folder.lower() in SPLITS:
            found += [f"{folder}/{name}" for name in _BESIDE]
    return found[:_MOST_FILES]


def _names_in(path: Path) -> list[str] | None:
    """Return some of the file names in what looks like annotations; None where it does not."""
    try:
        with path.open("rb") as file:
            data = file.read(_PEEKED)
            file.seek(max(file.tell(), file.seek(0, os.SEEK_END) - _PEEKED))
            data += file.read(_PEEKED)
    except OSError:
        return None
    if b'"images"' not in data or (b'"categories"' not in data and b'"category_id"' not in data):
        return None
    names = []
    for match in islice(_FILE_NAME.finditer(data), _TRIED):
        with suppress(ValueError):
            names.append(str(json.loads(b'"' + match[1] + b'"')))
    return names


def _has_images(root: Path, name: str, folders: Sequence[str]) -> bool:
    if not (root / name).is_file():
        return False
    names = _names_in(root / name) or []
    own = PurePosixPath(name).stem.rpartition("_")[2]  # the images of instances_train2017.json are in train2017
    inside = (f"images/{word}" for word in ("", own, *SPLITS))
    places = {"", PurePosixPath(name).parent.as_posix(), *folders, *inside}
    return any(is_file(root, posixpath.join(place, image)) for image in names[:_PROBED] for place in sorted(places))


def _known(texts: Sequence[str], root: Path, path: Path) -> list[str]:
    """Return the files of annotations there are, those least deep first; the one that was chosen among them."""
    jsons = sorted((text for text in in_order(texts) if text.lower().endswith(".json")), key=lambda t: t.count("/"))
    own = [path.relative_to(root).as_posix()] if path.is_file() else []
    found = [name for name in jsons[:_MOST_LOOKED_AT] if name not in own and _names_in(root / name) is not None]
    return own + found


def _split_of(name: str) -> int | None:
    """Return the split that a file's own name means, or else its folder's."""
    path = PurePosixPath(name)
    own = split_in(path.name)
    return split_in(path.parent.name) if own is None else own


def _by_split(known: Sequence[str]) -> list[str]:
    """Return the files that are the splits of one dataset, train first; none where they are not."""
    groups: dict[str, dict[int, str]] = {}
    for name in known:
        split = _split_of(name)
        if split is not None:
            groups.setdefault(_SPLIT_WORD.sub("", name.lower()), {}).setdefault(split, name)
    whole = {kind: group for kind, group in groups.items() if TRAIN in group and len(group) > 1}
    if not whole:
        return []
    best = min(whole, key=lambda kind: ("instances" not in kind, kind))
    return [whole[best][split] for split in sorted(whole[best])]


def _chosen(root: Path, path: Path, told: str, known: Sequence[str]) -> list[str]:
    if told == EACH:
        if files := _by_split(known):
            return files
        raise UserError(
            "holds no annotations for the splits", where=root, mend="Name them after train, val and test, or choose one"
        )
    if told:
        check_place(root, told, "file of annotations", "Choose the annotations again")
        return [told]
    if path.is_file():
        return list(known[:1])
    if files := _by_split(known) or list(known[:1]):
        return files
    raise UserError(
        "holds no COCO annotations", where=root, mend="Put the JSON file of the annotations beside the images"
    )


def _naming(said: Annotations, root: Path, name: str, paths: Sequence[str], folder: str) -> Naming:
    """Return how file names become paths."""
    names = list(said.images.values())
    sample = names[:: max(1, len(names) // _TRIED)]
    beside = name.rpartition("/")[0]
    told = Naming(folder, NONE)
    return namings([[cleaned(n, root.as_posix(), beside) for n in sample]], paths, name, told)[0][1]


def _choices(known: Sequence[str], paths: Sequence[str]) -> Choices:
    folders = [folder for folder in in_order(path.rpartition("/")[0] for path in paths) if folder]
    each = (EACH,) if _by_split(known) else ()
    return {"file": (*each, *known[:_MOST_CHOICES]), "folder": (TOP, *folders[:_MOST_CHOICES], ANY)}


importer = Coco()
