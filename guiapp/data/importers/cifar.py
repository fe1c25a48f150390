"""CIFAR-10 and CIFAR-100 as their authors give them out: batches that Python wrote, or plain bytes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from guiapp.core.layers.base import Words, field
from guiapp.core.notify import UserError
from guiapp.data.dataset import TEST, TRAIN, Dataset
from guiapp.data.importers.cifar_files import COARSE, FINE, LABELS, Batch, binary_batch, names_in, python_batch
from guiapp.data.keeping import Keeper
from guiapp.data.sources import StoredSource
from guiapp.data.work import Cancel, Progress

CIFAR_10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
"""The classes of CIFAR-10, in the order of their numbers."""

_MEND = "Choose the folder with data_batch_1 (or train) and test_batch (or test)"
_CHOICES = {FINE: "fine", COARSE: "coarse"}
_INSIDE = ("cifar-10-batches-py", "cifar-100-python", "cifar-10-batches-bin", "cifar-100-binary")
_TRAIN = tuple(f"data_batch_{number}" for number in range(1, 10))


@dataclass(frozen=True)
class _Layout:
    """One of the four ways in which these files come."""

    train: tuple[str, ...]
    test: str
    names: tuple[str, ...]
    kinds: tuple[str, ...]
    binary: bool = False

    def files(self, folder: Path) -> list[tuple[Path, int]]:
        """Return the batches that are there, with the split of each."""
        parts = [(name, TRAIN) for name in self.train] + [(self.test, TEST)]
        return [(folder / name, split) for name, split in parts if (folder / name).is_file()]


_TEN = (LABELS,)
_HUNDRED = (FINE, COARSE)
_LAYOUTS = (
    _Layout(_TRAIN, "test_batch", ("batches.meta",), _TEN),
    _Layout(("train",), "test", ("meta",), _HUNDRED),
    _Layout(tuple(f"{name}.bin" for name in _TRAIN), "test_batch.bin", ("batches.meta.txt",), _TEN, binary=True),
    _Layout(
        ("train.bin",), "test.bin", ("fine_label_names.txt", "coarse_label_names.txt"), _HUNDRED, binary=True
    ),
)  # fmt: skip


def _found(path: Path) -> tuple[Path, _Layout] | None:
    """Return the folder of the batches and how they come; `path` is it, a batch in it, or the folder around it."""
    folder = path.parent if path.is_file() else path
    for at in (folder, *(folder / name for name in _INSIDE)):
        for layout in _LAYOUTS:
            files = [file.name for file, _ in layout.files(at)]
            # “train” and “test” alone may be anything.
            sure = layout.kinds == _TEN or layout.binary or (at / layout.names[0]).is_file()
            if files and sure and (path.is_dir() or path.name in (*files, *layout.names)):
                return at, layout
    return None


class CifarOptions(Words):
    """What these files can be told."""

    labels: str = field(
        "",
        "Labels",
        "CIFAR-100 names each image twice: “fine” are its 100 classes (maple), “coarse” the 20 groups of them (trees). "
        "Empty: fine.",
    )


class Cifar:
    """CIFAR-10 and CIFAR-100: ``data_batch_1`` … and ``test_batch``, or ``train`` and ``test``, as they are given out.

    The batches that Python wrote are read without running them.
    """

    name = "cifar"
    title = "CIFAR batches"
    options = CifarOptions

    def looks_like(self, path: Path) -> float:
        """Return 0.9 where there are files named as such batches are, else 0."""
        try:
            return 0.9 if _found(path) else 0.0
        except OSError:
            return 0.0

    def open(self, path: Path, options: CifarOptions, progress: Progress, cancel: Cancel) -> Dataset:
        """Read the labels, and rearrange the images into the cache folder; see `Importer.open`."""
        found = _found(path)
        if found is None:
            raise UserError("holds no CIFAR batches", where=path, mend=_MEND)
        folder, layout = found
        kind = _kind(options.labels, layout, path)
        keeper, batches = Keeper(progress), []
        files = layout.files(folder)
        for done, (file, _) in enumerate(files):
            progress("Reading batches", done, len(files))
            batches.append(_batch(file, layout, keeper, cancel))
        progress("Reading batches", len(files), len(files))
        labels = np.concatenate([_labels(batch, kind, file) for batch, (file, _) in zip(batches, files, strict=True)])
        names = _class_names(folder, layout, kind, labels, cancel)
        counts = [batch.part.shape[0] for batch in batches]
        stats = [file.stat() for file, _ in files]
        within = "" if folder in (path, path.parent) else f"{folder.name}/"
        return Dataset(
            root=path,
            importer=self.name,
            class_names=names,
            paths=tuple(f"{within}{f.name}#{i}" for (f, _), n in zip(files, counts, strict=True) for i in range(n)),
            labels=labels.astype(np.int32),
            sizes=np.repeat(np.array([s.st_size for s in stats], np.int64), counts),
            times=np.repeat(np.array([s.st_mtime_ns for s in stats], np.int64), counts),
            given_splits=np.repeat(np.array([split for _, split in files], np.uint8), counts),
            source=StoredSource.of([batch.part for batch in batches]),
            options=CifarOptions(labels=_CHOICES.get(kind, "")),
            choices={"labels": tuple(_CHOICES.values())} if layout.kinds == _HUNDRED else {},
        )


def _kind(wanted: str, layout: _Layout, path: Path) -> str:
    if layout.kinds == _TEN:
        return LABELS
    for kind, word in _CHOICES.items():
        if wanted in (word, "" if kind == FINE else word):
            return kind
    raise UserError(f"has no labels called “{wanted}”", where=path, mend="Choose “fine” or “coarse”")


def _batch(file: Path, layout: _Layout, keeper: Keeper, cancel: Cancel) -> Batch:
    read = binary_batch if layout.binary else python_batch
    return read(file, layout.kinds, keeper, cancel)


def _labels(batch: Batch, kind: str, file: Path) -> NDArray[np.int64]:
    if kind not in batch.labels:
        raise UserError(f"holds no labels called “{kind}”", where=file, mend="Download it again")
    return np.array(batch.labels[kind], np.int64)


def _class_names(
    folder: Path, layout: _Layout, kind: str, labels: NDArray[np.int64], cancel: Cancel
) -> tuple[str, ...]:
    """Return the names of the classes: those beside the batches, the known ones of CIFAR-10, or numbers."""
    at = folder / layout.names[layout.kinds.index(kind) if layout.binary else 0]
    names = names_in(at, kind, layout.binary, cancel)
    last = int(labels.max(initial=0))
    if not names:
        names = CIFAR_10 if kind == LABELS and last < len(CIFAR_10) else tuple(map(str, range(last + 1)))
    if last >= len(names):
        raise UserError(
            f"names {len(names):,} classes, but there is a label {last:,}", where=at, mend="Download both again"
        )
    return names


importer = Cifar()
