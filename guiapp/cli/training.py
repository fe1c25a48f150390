"""The command that trains."""

from __future__ import annotations

import os
import signal
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from guiapp.cli import console
from guiapp.cli.reporting import BarReporter, JsonReporter
from guiapp.core import notify
from guiapp.core import project as projects
from guiapp.core.messages import Event, Reason
from guiapp.core.notify import Cancelled, UserError
from guiapp.core.project import Project
from guiapp.core.runs import RunReader, new_folder, resumed

INTERRUPTED = 130


def train(arguments: Namespace) -> int:
    """Train a project, or go on with a run; Ctrl+C ends after the present step and keeps what was learned."""
    resume: Path | None = arguments.resume
    project = projects.load(arguments.project)
    if resume is not None:
        project = resumed(RunReader(resume).project(), project)
    project = _changed(project, arguments)
    run = resume or _new_run(arguments.out, arguments.project, project)
    reporter = JsonReporter(run) if arguments.json else BarReporter(run)
    reason = run_training(project, run, reporter.take, resume=resume is not None)
    reporter.end(reason)
    if reason == "failed":
        # Why it failed says how to mend it.
        mend = "" if reporter.failure else "Go on with it by --resume, or look into the log file"
        raise UserError(reporter.failure or "training failed", where=run, mend=mend)
    return INTERRUPTED if reason == "interrupted" else 0


def _changed(project: Project, arguments: Namespace) -> Project:
    wanted = {"epochs": arguments.epochs, "max_steps": arguments.steps, "seed": arguments.seed}
    given = {name: value for name, value in wanted.items() if value is not None}
    try:
        training = type(project.training)(**{**project.training.model_dump(), **given})
    except ValidationError as exc:
        what = projects.words(exc)[0].replace("max_steps", "steps")
        raise UserError(f"--{what}", mend="Choose another number") from None
    return project.model_copy(update={"training": training})


def _new_run(out: Path | None, path: Path, project: Project) -> Path:
    """Return the folder of a new run.

    Raises
    ------
    UserError
        When it is taken: nothing that is there already is ever touched.
    """
    if out is None:
        return new_folder(path.resolve().parent / "runs", project.name)
    if (out / "run.db").exists():
        raise UserError("already holds a run", where=out, mend="Choose another --out, or go on with it by --resume")
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise UserError("is there already, and is no run", where=out, mend="Choose another --out")
    return out


def run_training(project: Project, run: Path, take: Callable[[Event], None], *, resume: bool = False) -> Reason:
    """Prepare the images and train in this process.

    Parameters
    ----------
    project : Project
        What to train.
    run : Path
        The folder to record in.
    take : callable
        Given each event, on the thread that trains; training stops, and keeps what was learned, when it raises
        OSError, which is then raised here.
    resume : bool
        Whether to go on from its latest checkpoint.
    """
    console.quiet_engine()
    stops: list[Callable[[], None]] = []
    lost: list[OSError] = []

    def guarded(event: Event) -> None:
        if not lost:
            try:
                take(event)
            except OSError as exc:  # whoever read the output has gone, or its disk is full
                lost.append(exc)
                control.stop()

    with _interruptible(stops) as interrupted:
        from guiapp.engine.control import Control
        from guiapp.engine.running import train_run

        control = Control()
        stops.append(lambda: control.stop(interrupted=True))
        try:
            with console.progress() as progress:
                reason = train_run(
                    project, run, guarded, control, resume=resume, progress=progress, cancel=interrupted,
                    warn=None if resume else notify.warning,
                )  # fmt: skip
        except Cancelled:
            reason = "interrupted"
    if lost:
        raise lost[0]
    return "interrupted" if interrupted() and reason == "stopped" else reason


@contextmanager
def _interruptible(stops: list[Callable[[], None]]) -> Iterator[Callable[[], bool]]:
    """Turn the first Ctrl+C into calls of `stops`; a second one ends the process at once.

    A run is readable however its process ends, so that nothing but the last moments is lost then.
    """
    seen = False

    def handle(_number: int, _frame: Any) -> None:
        nonlocal seen
        if seen:
            os.write(2, b"Interrupted at once.\n")
            os._exit(INTERRUPTED)
        seen = True
        for stop in stops:
            stop()

    former = signal.signal(signal.SIGINT, handle)
    try:
        yield lambda: seen
    finally:
        signal.signal(signal.SIGINT, former)
