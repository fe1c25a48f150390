"""The script of a project, before anything was trained: its network, its images and its training."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from guiapp.core import files
from guiapp.core.notify import UserError
from guiapp.core.project import Project
from guiapp.data.editing import arrange
from guiapp.data.opening import open_settings
from guiapp.data.work import Cancel, Progress, never, no_progress, stop_if
from guiapp.engine import backend
from guiapp.engine.build import Built, build
from guiapp.engine.listing import listing
from guiapp.engine.script import Source, exported, script
from guiapp.engine.script_list import SUFFIX, ScriptList, place_of_list, write_list


def export_script(
    project: Project, out: Path | str, progress: Progress = no_progress, cancel: Cancel = never
) -> tuple[Path, ...]:
    """Write a script that builds and trains what a project says, with the list of its images beside it.

    The script is run as far as its network, which is held against the project's, before it counts as done.

    Parameters
    ----------
    project : Project
        With or without images; without, the script trains on a folder that holds a folder of images for each class.
    out : Path or str
        The file; ``.py`` is added where it has no suffix.
    progress, cancel
        Told how far it is; asked whether to go on.

    Returns
    -------
    tuple of Path
        The script, and the list of its images where the project has some.

    Raises
    ------
    UserError
        When the network has a problem, the images cannot be opened, or something else is in the place.
    OSError
        When the place cannot be written.
    Cancelled
        Once `cancel` answers True.
    """
    target = Path(out)
    target = target if target.suffix else target.with_suffix(".py")
    if target.is_dir():
        raise UserError("is a folder", where=target, mend="Choose another name")
    progress("Opening the images", 0, 3)
    names, folder, listed = _images(project, progress, cancel)
    beside = None if listed is None else place_of_list(target)
    backend.tensorflow()
    stop_if(cancel)
    progress("Building the network", 1, 3)
    built = build(project.network, len(names) or None)
    names = names or tuple(f"class{number}" for number in range(1, built.model.outputs[0].shape[-1] + 1))
    text = script(Source(project, built, names, folder), listed)
    target.parent.mkdir(parents=True, exist_ok=True)
    files.sweep(target.parent)
    place = Path(tempfile.mkdtemp(prefix=files.EXPORTING, dir=target.parent))
    try:
        made = place / "network.py"
        made.write_text(text, "utf-8")
        stop_if(cancel)
        progress("Comparing", 2, 3)
        _compare(built, made)
        if listed is not None and beside is not None:
            write_list(made.with_suffix(SUFFIX), listed)
            made.with_suffix(SUFFIX).replace(beside)
        made.replace(target)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    progress("Done", 3, 3)
    return (target,) if beside is None else (target, beside)


def _images(project: Project, progress: Progress, cancel: Cancel) -> tuple[tuple[str, ...], str, ScriptList | None]:
    """Return the classes, the folder to train on without being told, and the list of the images."""
    settings = project.dataset
    if settings is None:
        return (), "", None
    dataset = open_settings(settings, progress, cancel)
    arranged = arrange(dataset, settings)
    active = arranged.active
    images = tuple(listing(arranged, np.ones(len(active), np.bool_)))
    boxes = None
    if active.boxes is not None and settings.options.get("crop"):
        cut = zip(active.paths, active.boxes.tolist(), strict=True)
        boxes = {path: tuple(box) for path, box in cut if any(box)}
    listed = ScriptList(images, boxes)
    folder = "" if listed.stored or not Path(dataset.root).is_dir() else str(dataset.root)
    return active.class_names, folder, listed


def _compare(built: Built, made: Path) -> None:
    """Hold the layers that a script builds against the network's own.

    Raises
    ------
    UserError
        When they differ.
    """
    theirs = exported(made)["build"]()
    # A backbone's parts are numbered by Keras itself, anew each time.
    numbered = any(layer.kind == "Pretrained" for layer in built.spec.layers)
    same = numbered or built.model.get_config() == theirs.get_config()
    if not same or _shapes(built.model) != _shapes(theirs):
        raise UserError(
            "the script would build another network; it was removed",
            where="export to python",
            mend="Choose another format, and report this with the project",
        )


def _shapes(model: Any) -> list[tuple[int, ...]]:
    return [tuple(weight.shape) for weight in model.weights]
