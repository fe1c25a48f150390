"""Commands that make and check projects."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from pydantic import ValidationError

from guiapp.cli import console
from guiapp.cli.getting import unpacked
from guiapp.core import notify, templates
from guiapp.core import project as projects
from guiapp.core.network import Analysis, LayerInfo, NetworkSpec, analyse
from guiapp.core.notify import UserError, printable
from guiapp.core.project import Project
from guiapp.data.dataset import Dataset
from guiapp.data.editing import arrange
from guiapp.data.opening import open_dataset, open_settings


def new(arguments: Namespace) -> int:
    """Write a project made of a template and a dataset."""
    template = templates.load(arguments.template)
    out: Path = arguments.out
    if out.suffix != projects.SUFFIX:
        raise UserError("is not the name of a project", where=out, mend=f"Let it end in {projects.SUFFIX}")
    data = unpacked(arguments.data)
    with console.progress() as progress:
        dataset = open_dataset(data, progress=progress)
    classes = _chosen(arguments.classes)
    if classes is not None:
        dataset = _restricted(dataset, classes)
    project = template.project(out.stem, str(data.resolve()), len(dataset.class_names))
    if classes is not None and project.dataset is not None:
        chosen = project.dataset.model_copy(update={"classes": dataset.class_names})
        project = project.model_copy(update={"dataset": chosen})
    if arguments.size:
        project = project.model_copy(update={"network": _sized(project.network, *arguments.size)})
    _tell(dataset)
    projects.save(project, out)
    console.out(
        f"{printable(out)}: {template.title}, {len(dataset):,} images in {len(dataset.class_names):,} classes "
        f"({printable(_listed(dataset.class_names))})"
    )
    return 0


def _chosen(text: str | None) -> tuple[str, ...] | None:
    names = tuple(name.strip() for name in (text or "").split(",") if name.strip())
    if text is not None and len(set(names)) < 2:
        raise UserError("names fewer than two classes", where="--classes", mend="Write at least two, as in cats,dogs")
    return names or None


def _restricted(dataset: Dataset, names: tuple[str, ...]) -> Dataset:
    for name in names:
        if name not in dataset.class_names:
            raise UserError(
                f"has no class named “{name}”",
                where=dataset.root,
                mend=f"Choose from {_listed(dataset.class_names)}",
            )
    return dataset.only(names)


def _sized(network: NetworkSpec, width: int, height: int) -> NetworkSpec:
    first = network.layers[0]
    try:
        sized = network.update(first.name, width=width, height=height)
    except ValidationError as exc:
        raise _no_size(width, height, projects.words(exc)[0]) from None
    errors = analyse(sized).errors
    if errors:
        raise _no_size(width, height, f"layer “{errors[0].layer}” {errors[0].text}")
    return sized


def _no_size(width: int, height: int, why: str) -> UserError:
    return UserError(f"{width}x{height} does not suit the template: {why}", where="--size", mend="Choose another size")


def _tell(dataset: Dataset) -> None:
    for text in dataset.warnings:
        notify.warning(text)
    if dataset.skipped:
        first, count = dataset.skipped[0], len(dataset.skipped)
        files_are = "file is" if count == 1 else "files are"
        notify.warning(f"{count:,} {files_are} left out, for example {first.path}: {first.why}.")


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8:,} more" if len(names) > 8 else "")


def check(arguments: Namespace) -> int:
    """Show what the arithmetic says of a project; exit code 1 where it has an error."""
    project = projects.load(arguments.project)
    classes, trouble = _classes(project)
    analysis = analyse(project.network, classes)
    if arguments.json:
        console.out_json(_as_json(analysis, trouble))
    else:
        _table(project, analysis)
    errors = len(analysis.errors) + (trouble is not None)
    if errors:
        where, what = _first(analysis, trouble)
        more = f" ({errors - 1} more)" if errors > 1 else ""
        raise UserError(f"{where}{what}{more}", where=arguments.project, mend="Open it in the window to mend it")
    return 0


def _classes(project: Project) -> tuple[int | None, UserError | None]:
    if project.dataset is None:
        return None, None
    try:
        dataset = open_settings(project.dataset)
        for text in dataset.warnings:
            notify.warning(text)
        dataset = arrange(dataset, project.dataset).active
    except UserError as exc:
        return None, exc
    return len(dataset.class_names), None


def _first(analysis: Analysis, trouble: UserError | None) -> tuple[str, str]:
    if analysis.errors:
        first = analysis.errors[0]
        return (f"layer “{first.layer}” " if first.layer else ""), first.text
    return "its images: ", trouble.sentence if trouble else ""


def _as_json(analysis: Analysis, trouble: UserError | None) -> dict[str, object]:
    problems: list[dict[str, object]] = [
        {"layer": p.layer, "text": p.text, "repair": p.repair.text if p.repair else None} for p in analysis.problems
    ]
    if trouble is not None:
        problems.append({"layer": None, "text": trouble.sentence, "repair": None})
    rows = [
        {
            "name": row.layer.name,
            "kind": row.layer.kind,
            "shape": list(row.shape) if row.shape else None,
            "parameters": row.parameters,
            "macs": row.macs,
        }
        for row in analysis.rows
    ]
    return {"layers": rows, "parameters": analysis.parameters, "macs": analysis.macs, "problems": problems}


def _table(project: Project, analysis: Analysis) -> None:
    rows = [("layer", "kind", "output", "parameters", "multiply-adds"), *(_cells(row) for row in analysis.rows)]
    rows.append(("total", "", "", f"{analysis.parameters:,}", f"{analysis.macs:,}"))
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    console.out(project.name)
    for cells in rows:
        left = "  ".join(cell.ljust(width) for cell, width in zip(cells[:2], widths[:2], strict=True))
        right = "  ".join(cell.rjust(width) for cell, width in zip(cells[2:], widths[2:], strict=True))
        console.out(f"{left}  {right}".rstrip())
    for problem in analysis.problems:
        repair = f" [{problem.repair.text}]" if problem.repair else ""
        console.out(f"{problem.severity}: {problem.layer or 'network'}: {problem.text}{repair}")


def _cells(row: LayerInfo) -> tuple[str, str, str, str, str]:
    shape = "×".join(f"{n:,}" for n in row.shape) if row.shape else "?"
    kind = row.layer.kind if row.layer.enabled else f"{row.layer.kind} (disabled)"
    return row.layer.name, kind, shape, f"{row.parameters:,}", f"{row.macs:,}"
