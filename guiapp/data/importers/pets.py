"""What the Oxford-IIIT pets bring beside their images: lists of the splits, species, and boxes around the heads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

import numpy as np
from numpy.typing import NDArray

from guiapp.core.notify import UserError, as_user_error
from guiapp.data.dataset import TEST, TRAIN, VALIDATION
from guiapp.data.work import Cancel, Progress, stop_if

ANNOTATIONS, XMLS = "annotations", "xmls"
"""The folder beside the images, and the one of the boxes in it."""

_LISTS = (("trainval.txt", TRAIN), ("train.txt", TRAIN), ("val.txt", VALIDATION), ("test.txt", TEST))
_SPECIES = {"1": "cat", "2": "dog"}
_MOST_TEXT = 16 << 20
_MOST_XML = 1 << 20
_MOST_DIGITS = 40
_EVERY = 200

CATS = frozenset(
    {
        "abyssinian", "bengal", "birman", "bombay", "british_shorthair", "egyptian_mau", "maine_coon", "persian",
        "ragdoll", "russian_blue", "siamese", "sphynx",
    }
)  # fmt: skip
DOGS = frozenset(
    {
        "american_bulldog", "american_pit_bull_terrier", "basset_hound", "beagle", "boxer", "chihuahua",
        "english_cocker_spaniel", "english_setter", "german_shorthaired", "great_pyrenees", "havanese", "japanese_chin",
        "keeshond", "leonberger", "miniature_pinscher", "newfoundland", "pomeranian", "pug", "saint_bernard", "samoyed",
        "scottish_terrier", "shiba_inu", "staffordshire_bull_terrier", "wheaten_terrier", "yorkshire_terrier",
    }
)  # fmt: skip
"""The breeds of the Oxford pets, in lower case."""


@dataclass
class Listed:
    """What the lists say.

    Attributes
    ----------
    splits : dict
        The split of each image, by its name without ending.
    files : dict
        The list of each split.
    species : dict
        ``"cat"`` or ``"dog"``, by the class in the image's name.
    warnings : list of str
        What the person should know of the lists.
    """

    splits: dict[str, int] = field(default_factory=dict)
    files: dict[int, str] = field(default_factory=dict)
    species: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def lists_in(folder: Path) -> Listed:
    """Read the lists of images in `folder`, where there are any: in each line a name, its class, species and breed.

    Raises
    ------
    UserError
        When a list is too large to be one.
    OSError
        When one cannot be read.
    """
    out = Listed()
    twice = 0
    for name, split in _LISTS:
        if not (path := folder / name).is_file():
            continue
        out.files[split] = name
        for words in _lines(path):
            if words[0] in out.splits:
                twice += out.splits[words[0]] != split
                continue
            out.splits[words[0]] = split
            if len(words) >= 3 and words[2] in _SPECIES:
                out.species[words[0].rpartition("_")[0]] = _SPECIES[words[2]]
    if twice:
        images = "One image is" if twice == 1 else f"{twice:,} images are"
        out.warnings.append(f"{images} in two lists, of which the first counts.")
    return out


def _lines(path: Path) -> list[list[str]]:
    if path.stat().st_size > _MOST_TEXT:
        raise UserError("is too large to be a list of images", where=path, mend="Move it to another folder")
    text = path.read_bytes().decode("utf-8-sig", "replace")
    return [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def species_of(classes: Sequence[str], listed: Mapping[str, str]) -> dict[str, str] | None:
    """Return ``"cat"`` or ``"dog"`` for each class, or None where they are no breeds, or all of one species.

    The lists know best, then the breeds that are known. Of a breed that is neither, the first letter tells, small for
    dogs, but only among others that are known: elsewhere small letters mean nothing.
    """
    known = {name: listed.get(name) or _known(name) for name in classes}
    if sum(species is not None for species in known.values()) * 2 < len(known):
        return None
    out = {name: species or ("dog" if name[:1].islower() else "cat") for name, species in known.items()}
    return out if len(set(out.values())) == 2 else None


def _known(name: str) -> str | None:
    name = name.lower().replace(" ", "_")
    return "cat" if name in CATS else "dog" if name in DOGS else None


def boxes_of(folder: Path, names: Sequence[str], progress: Progress, cancel: Cancel) -> NDArray[np.int32]:
    """Return the box of each image, (N, 4): left, top, right, bottom; all 0 where it has none that can be used.

    Parameters
    ----------
    folder : Path
        The folder of the annotations.
    names : sequence of str
        The images, without their endings.
    progress, cancel
        Told how many are done; asked whether to go on.

    Raises
    ------
    UserError
        When an annotation tries to define entities.
    """
    boxes = np.zeros((len(names), 4), np.int32)
    for i, name in enumerate(names):
        if i % _EVERY == 0:
            stop_if(cancel)
            progress("Reading boxes", i, len(names))
        path = folder / f"{name}.xml"
        try:
            with open(path, "rb") as file:
                data = file.read(_MOST_XML + 1)
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as exc:
            raise as_user_error(exc, doing=str(path)) from exc
        if len(data) <= _MOST_XML:
            boxes[i] = read_box(data, path) or 0
    return boxes


def read_box(data: bytes, where: object = "") -> tuple[int, int, int, int] | None:
    """Return the largest box in an annotation, or None where it has none inside the image, or is no annotation.

    Parameters
    ----------
    data : bytes
        XML as PASCAL VOC has it: ``bndbox`` with ``xmin``, ``ymin``, ``xmax``, ``ymax``, counted from 1, both ends in.
    where : object
        What messages call it.

    Raises
    ------
    UserError
        When it defines a document type: only there could entities be, which grow without end or read other files.
    """
    reader = _Annotation()
    try:
        reader.parser.Parse(data, True)
    except _Refused as exc:
        raise UserError(
            "defines a document type, which annotations have no need of and which is not read",
            where=where,
            mend="Remove the <!DOCTYPE …> from it",
        ) from exc
    except (expat.ExpatError, ValueError):
        return None
    return max(filter(None, map(reader.inside, reader.boxes)), key=_area, default=None)


class _Refused(Exception):
    """A document type is defined."""


class _Annotation:
    """What an annotation says of the image's size and its boxes, in the order of its text."""

    def __init__(self) -> None:
        self.boxes: list[dict[str, float]] = []
        self._size: dict[str, float] = {}
        self._path: list[str] = []
        self._text = ""
        self.parser = expat.ParserCreate()
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters

    def _refuse(self, *_: object) -> None:
        raise _Refused

    def _start(self, name: str, _: object) -> None:
        self._path.append(name)
        self._text = ""
        if name == "bndbox":
            self.boxes.append({})

    def _characters(self, text: str) -> None:
        self._text = (self._text + text)[:_MOST_DIGITS]

    def _end(self, name: str) -> None:
        self._path.pop()
        above = self._path[-1] if self._path else ""
        if above == "bndbox" or (above == "size" and len(self._path) == 2):
            (self.boxes[-1] if above == "bndbox" else self._size)[name] = float(self._text)
        self._text = ""

    def inside(self, box: Mapping[str, float]) -> tuple[int, int, int, int] | None:
        """Return the part of a box that lies in the image, or None where nothing does."""
        try:
            ends = [round(box[name]) for name in ("xmin", "ymin", "xmax", "ymax")]
            wide, high = (round(min(self._size.get(name) or 1e6, 1e6)) for name in ("width", "height"))
        except (KeyError, OverflowError, ValueError):
            return None
        left, top = max(0, ends[0] - 1), max(0, ends[1] - 1)
        right, bottom = min(wide, ends[2]), min(high, ends[3])
        return (left, top, right, bottom) if left < right and top < bottom else None


def _area(box: tuple[int, int, int, int]) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])
