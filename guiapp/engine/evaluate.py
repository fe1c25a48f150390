"""How well a run's network does on images whose classes are known."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from guiapp.core.messages import Evaluation, Which
from guiapp.core.notify import UserError
from guiapp.core.project import DatasetSettings, Project
from guiapp.core.runs import RunReader
from guiapp.data import opening
from guiapp.data.dataset import Dataset
from guiapp.data.editing import relabelled
from guiapp.data.work import Cancel, Progress, never, no_progress, stop_if
from guiapp.engine.live import LiveModel, load_run
from guiapp.engine.pipeline import Rows, decode, divide, input_of, open_arranged

Split = Literal["test", "validation", "all"]


def evaluate(
    run: Path | str,
    data: Path | str | None = None,
    *,
    which: Which = "latest",
    progress: Progress = no_progress,
    cancel: Cancel = never,
) -> Evaluation:
    """Evaluate a run's network.

    Parameters
    ----------
    run : Path or str
        The run's folder.
    data : Path or str, optional
        Images to evaluate on, with classes that the network knows. When not given: the test split of the images that
        the run lists, or their validation split where there is none, or all where there is neither.
    which : {"latest", "best"}
        Which of its checkpoints.
    progress, cancel
        Told how far it is; asked whether to go on.

    Raises
    ------
    UserError
        When the run has no such weights, or the images cannot be used.
    Cancelled
        Once `cancel` answers True.
    """
    network = load_run(run, which=which)
    project = RunReader(run).project()
    dataset, rows, split, images = _images(network, project, data, progress, cancel)
    numbers = _numbers(dataset, network)
    logits = _logits(network, images, rows, progress, cancel)
    labels = numbers[dataset.labels[rows]]
    count = len(network.class_names)
    confusion = np.bincount(labels * count + logits.argmax(axis=1), minlength=count * count).reshape(count, count)
    picked = logits[np.arange(len(rows)), labels]
    loss = float(np.mean(_log_sum(logits) - picked)) if len(rows) else 0.0
    accuracy = float(np.trace(confusion)) / len(rows)
    return Evaluation(loss, accuracy, network.class_names, confusion.astype(np.int64), len(rows), split)


def _images(
    network: LiveModel, project: Project, data: Path | str | None, progress: Progress, cancel: Cancel
) -> tuple[Dataset, Rows, Split, NDArray[np.uint8]]:
    seen = input_of(network.spec)
    if data is not None:
        dataset = _renamed(opening.open_dataset(data, None, progress, cancel), network, project)
        _numbers(dataset, network)
        decoded = decode(dataset, seen, progress, cancel)
        return dataset, np.flatnonzero(decoded.good), "all", decoded.images
    if project.dataset is None:
        raise UserError("its project has no images", where=network.run, mend="Name a folder of images to evaluate on")
    arranged = open_arranged(project.dataset, progress, cancel, run=network.run)
    dataset = arranged.active
    decoded = decode(dataset, seen, progress, cancel, splits=arranged.splits)
    train, validation, test = divide(arranged, decoded.good)
    if len(test):
        return dataset, test, "test", decoded.images
    if len(validation):
        return dataset, validation, "validation", decoded.images
    return dataset, train, "all", decoded.images


def _renamed(dataset: Dataset, network: LiveModel, project: Project) -> Dataset:
    """Return the dataset with the project's new names for classes that the network does not know by theirs."""
    names = {} if project.dataset is None else project.dataset.renamed
    names = {old: new for old, new in names.items() if old not in network.class_names}
    return relabelled(dataset, DatasetSettings(path="any", renamed=names))  # a folder's own name may be no text


def _numbers(dataset: Dataset, network: LiveModel) -> NDArray[np.int64]:
    """Return the network's number of each of the dataset's classes, matched by name."""
    known = {name: i for i, name in enumerate(network.class_names)}
    unknown = [name for name in dataset.class_names if name not in known]
    if unknown:
        raise UserError(
            f"has the class “{unknown[0]}”, which the network does not know",
            where=dataset.root,
            mend=f"Name the folders as the network's classes: {', '.join(network.class_names[:5])}"
            + (" …" if len(known) > 5 else ""),
        )
    return np.array([known[name] for name in dataset.class_names], np.int64)


def _logits(
    network: LiveModel, images: NDArray[np.uint8], rows: Rows, progress: Progress, cancel: Cancel
) -> NDArray[np.float64]:
    """Return what the last layer gives out, or its logarithm where that is a probability, (N, classes)."""
    last = next(layer.name for layer in reversed(network.spec.layers) if layer.enabled)
    found: list[Any] = []
    for start in range(0, len(rows), network.batch):
        stop_if(cancel)
        part = rows[start : start + network.batch]
        found.append(network.outputs(images[part], [last])[last])
        progress("Evaluating", start + len(part), len(rows))
    outputs = np.concatenate(found).astype(np.float64)
    return np.log(np.clip(outputs, 1e-7, 1.0)) if network.built.gives_probabilities else outputs


def _log_sum(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    top = logits.max(axis=1, keepdims=True)
    return np.asarray((top + np.log(np.exp(logits - top).sum(axis=1, keepdims=True)))[:, 0])
