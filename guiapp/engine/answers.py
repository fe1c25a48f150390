"""Answers to the requests that need neither the training nor a network that is kept ready."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from guiapp.core.messages import (
    Animate,
    CheckHealth,
    Download,
    EnsureSample,
    Evaluate,
    Export,
    ExportScript,
    LookIntoArchive,
    OpenDataset,
    Unpack,
)
from guiapp.core.notify import UserError
from guiapp.data import work


def answer_open_dataset(request: OpenDataset, progress: work.Progress, cancel: work.Cancel) -> Any:
    """Scan a dataset."""
    from guiapp.data.opening import open_settings

    dataset = open_settings(request.settings, progress, cancel)
    dataset.order_key()  # goes along, so that the window need not compute it
    return dataset


def answer_check_health(request: CheckHealth, progress: work.Progress, cancel: work.Cancel) -> Any:
    """Look at every image of a dataset."""
    from guiapp.data.health import check
    from guiapp.data.opening import open_settings

    return check(open_settings(request.settings, progress, cancel), progress, cancel)


def answer_ensure_sample(_request: EnsureSample, progress: work.Progress, cancel: work.Cancel) -> str:
    """Draw the sample images; returns their folder."""
    from guiapp.data.sample import ensure_sample

    return str(ensure_sample(progress, cancel))


def answer_evaluate(request: Evaluate, progress: work.Progress, cancel: work.Cancel) -> Any:
    """Evaluate a run."""
    from guiapp.engine.evaluate import evaluate

    return evaluate(request.run, request.data, which=request.which, progress=progress, cancel=cancel)


def answer_animate(request: Animate, progress: work.Progress, cancel: work.Cancel) -> Any:
    """Write an animation."""
    from guiapp.core.runs import RunReader
    from guiapp.visuals.animate import render
    from guiapp.visuals.options import Options

    try:
        options = Options(**request.options)
    except TypeError as exc:
        mend = "Close the program, start it again, and export the animation once more"
        raise UserError(f"an option of the animation is not known ({exc})", mend=mend) from exc
    out = Path(request.out) if request.out is not None else None
    return render(
        RunReader(request.run), options, out, lambda done, total: progress("Drawing frames", done, total), cancel
    )


def answer_export(request: Export, progress: work.Progress, cancel: work.Cancel) -> str:
    """Export a run's network; returns what was written, in words."""
    from guiapp.engine.export import export

    made = export(request.run, request.to, request.out, which=request.which, progress=progress, cancel=cancel)
    return " and ".join(map(str, made))


def answer_export_script(request: ExportScript, progress: work.Progress, cancel: work.Cancel) -> str:
    """Write a project as a script; returns what was written, in words."""
    from guiapp.engine.script_project import export_script

    return " and ".join(map(str, export_script(request.project, request.out, progress, cancel)))


def answer_look_into_archive(request: LookIntoArchive, progress: work.Progress, cancel: work.Cancel) -> Any:
    """Find out what an archive holds."""
    from guiapp.data.archives import look_into

    return look_into(request.path, progress, cancel)


def answer_unpack(request: Unpack, progress: work.Progress, cancel: work.Cancel) -> str:
    """Unpack an archive; returns the folder to open."""
    from guiapp.data.archives import unpack

    return str(unpack(request.path, request.out, progress, cancel))


def answer_download(request: Download, progress: work.Progress, cancel: work.Cancel) -> str:
    """Get a dataset from the web, because the person asked for it; returns the folder to open."""
    from guiapp.data.catalogue import find
    from guiapp.data.downloads import download

    return str(download(find(request.name), request.out, progress, cancel))
