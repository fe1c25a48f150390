"""The whole of a training: prepare the images, open the run's store, train; nothing is left of one that never began."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from guiapp.core.messages import Ended, Event, Reason
from guiapp.core.notify import UserError
from guiapp.core.project import Project
from guiapp.core.runs import RunWriter
from guiapp.data.work import Cancel, Progress, never, no_progress
from guiapp.engine.control import Control
from guiapp.engine.meter import Send
from guiapp.engine.pipeline import TrainingData, prepare
from guiapp.engine.train import train


def train_run(
    project: Project,
    run: Path,
    send: Send,
    control: Control,
    *,
    resume: bool = False,
    progress: Progress = no_progress,
    cancel: Cancel = never,
    warn: Callable[[str], None] | None = None,
) -> Reason:
    """Prepare the images, train, and record in the folder `run`; a run that never begins leaves no folder.

    Parameters
    ----------
    project, control, resume
        As for `train`.
    send : callable
        As for `train`; given `Ended` once the run is closed, so that it may be gone on with at once.
    run : Path
        The run's folder; made when missing.
    progress, cancel
        Told how far the images are; asked whether to go on until training begins.
    warn : callable, optional
        Given each sentence about the dataset that the person should read; for whoever has not opened it before.

    Raises
    ------
    UserError
        As `prepare` and `train`.
    Cancelled
        Once `cancel` answers True.
    """
    fresh = not (run / "run.db").exists()
    ours = not run.exists()
    if resume and fresh:
        raise UserError("is not a run: it has no run.db", where=run, mend="Choose a folder inside a “runs” folder")
    data = prepare(project, progress, cancel, run=run if resume else None)
    if warn is not None:
        for text in data.warnings:
            warn(text)
    if data.damaged is not None:
        send(data.damaged)
    store = RunWriter(run, budget_bytes=project.training.snapshot_budget_mb * 1_000_000)
    ended: list[Ended] = []

    def tell(event: Event) -> None:
        if isinstance(event, Ended):
            ended.append(event)
        else:
            send(event)

    try:
        data = _listed(data, store, resume=resume)
        return train(project, data, store, tell, control, resume=resume)
    except BaseException:
        with suppress(Exception):
            store.close()
        if ours and not (run / "project.json").exists():
            shutil.rmtree(run, ignore_errors=True)
        raise
    finally:
        with suppress(Exception):  # a store that failed has been told of in `Ended`
            store.close()
        for event in ended:
            send(event)


def _listed(data: TrainingData, store: RunWriter, *, resume: bool) -> TrainingData:
    """Write the run's list of images, unless it has one that is gone on with; nobody needs it in memory after that."""
    if data.listing is not None and not (resume and store.images_list.exists()):
        store.images(data.listing)
    return replace(data, listing=None)
