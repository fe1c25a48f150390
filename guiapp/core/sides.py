"""The networks that can be compared: of a project file, of a run, a template, or one of the library."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from guiapp.core import library_files, templates
from guiapp.core import project as projects
from guiapp.core.network import NetworkSpec
from guiapp.core.notify import UserError
from guiapp.core.project import Project, TrainingSettings
from guiapp.core.runs import RunReader


@dataclass(frozen=True)
class Side:
    """A network to compare, with the settings of its training where it has any.

    Attributes
    ----------
    title : str
        What it is called: short enough for the head of a column.
    network : NetworkSpec
        Its layers.
    training : TrainingSettings or None
        How it is trained; None where nobody said.
    place : str
        Where it comes from, in full.
    """

    title: str
    network: NetworkSpec
    training: TrainingSettings | None = None
    place: str = ""


def of_project(project: Project, title: str, place: str = "") -> Side:
    """Return the network of a project."""
    return Side(title, project.network, project.training, place)


def from_project(path: Path) -> Side:
    """Read the network of a project file.

    Raises
    ------
    UserError, OSError
        When it cannot be read.
    """
    return of_project(projects.load(path), path.name, str(path))


def from_run(folder: Path) -> Side:
    """Read the network of a run, as it was when its training began.

    Raises
    ------
    UserError, OSError
        When it is no run, or cannot be read.
    """
    return of_project(RunReader(folder).project(), folder.resolve().name, str(folder))


def from_template(name: str) -> Side:
    """Return the network of a template.

    Raises
    ------
    UserError
        When there is none of this name, or it is damaged.
    """
    template = templates.load(name)
    return Side(template.title, template.network, template.training, f"template {name}")


def from_library(path: Path) -> Side:
    """Read a network or block of the library.

    Raises
    ------
    UserError, OSError
        When it cannot be read.
    """
    item = library_files.read(path)
    return Side(item.name, item.shown(), None, str(path))


def named(text: str) -> Side:
    """Return the network that a project file, the folder of a run, or the name of a template holds.

    Raises
    ------
    UserError, OSError
        When it is none of the three, or cannot be read.
    """
    path = Path(text)
    if path.is_dir():
        return from_run(path)
    if path.exists():
        return from_project(path)
    if text in templates.names():
        return from_template(text)
    raise UserError(
        "is no project file, no run and no template",
        where=text,
        mend=f"Check the name; the templates are {', '.join(templates.names())}",
    )
