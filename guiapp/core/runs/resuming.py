"""What a run goes on with."""

from __future__ import annotations

from pathlib import Path

from guiapp.core.project import Project


def resumed(run_project: Project, open_project: Project) -> Project:
    """Return the project to go on with: the run's own, as it was frozen when training began.

    Parameters
    ----------
    run_project : Project
        As `RunReader.project` returns it.
    open_project : Project
        The one that the person has open. Nothing but the place of its images is taken from it, and that only where
        the run's are not in their place any more and these are.
    """
    here, there = open_project.dataset, run_project.dataset
    if here is None or there is None or Path(there.path).exists() or not Path(here.path).exists():
        return run_project
    return run_project.model_copy(update={"dataset": there.model_copy(update={"path": here.path})})
