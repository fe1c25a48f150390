"""Commands that take a network to Keras, and back."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from guiapp.cli import console, inspecting
from guiapp.cli.getting import unpacked
from guiapp.cli.making import check_name
from guiapp.core import notify
from guiapp.core import project as projects
from guiapp.core.analysis import analyse
from guiapp.core.keras_files import read
from guiapp.core.notify import UserError, printable
from guiapp.core.project import DatasetSettings, Project


def export(arguments: Namespace) -> int:
    """Write a run's network, or the script of a project, for use elsewhere."""
    place: Path = arguments.run_folder
    if place.suffix != projects.SUFFIX or place.is_dir():
        return inspecting.export(arguments)
    if arguments.to != "python":
        raise UserError(
            f"is a project, which has no weights to write as {arguments.to}",
            where=place,
            mend="Train it and give the run's folder, or write --to python",
        )
    inspecting.check_suffix(arguments.out, ".py")
    project = projects.load(place)
    console.quiet_engine()
    from guiapp.engine.script_project import export_script

    with console.progress() as progress:
        path, *lists = export_script(project, arguments.out, progress)
    console.out(f"{printable(path)}: written, run as far as its network, and compared with the project's")
    for path in lists:
        console.out(f"{printable(path)}: the images that the script trains on, with their classes and splits")
    return 0


def import_network(arguments: Namespace) -> int:
    """Write a project of the network in a file."""
    out: Path = arguments.out
    if out.suffix != projects.SUFFIX:
        raise UserError("is not the name of a project", where=out, mend=f"Let it end in {projects.SUFFIX}")
    check_name(Path(out.name), "project")
    found = read(arguments.file, leave_out=arguments.leave_out)
    project = found.applied(Project(name=out.stem))
    if arguments.data is not None:
        data = unpacked(arguments.data)
        check_name(data.resolve(), "dataset")
        if not data.exists():
            raise UserError("there is no such file or folder", where=data, mend="Check the name, or choose it again")
        project = project.model_copy(update={"dataset": DatasetSettings(path=str(data.resolve()))})
    for note in found.notes:
        notify.warning(note)
    projects.save(project, out)
    analysis = analyse(project.network)
    console.out(f"{printable(out)}: {len(project.network.layers):,} layers, {analysis.parameters:,} parameters")
    if analysis.errors:
        first = analysis.errors[0]
        where = f"“{first.layer}”: " if first.layer else ""
        notify.warning(f"The network has a problem: {where}{first.text}")
    return 0
