"""Commands that make and check projects."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from guiapp.cli import console
from guiapp.cli.getting import unpacked
from guiapp.core import notify, templates
from guiapp.core import project as projects
from guiapp.core.analysis import Analysis, LayerInfo, analyse
from guiapp.core.flattening import Named, planned
from guiapp.core.layers import Layer, Problem, Shape
from guiapp.core.layers.blocks import Block
from guiapp.core.network import NetworkSpec
from guiapp.core.notify import UserError, printable
from guiapp.core.project import Project
from guiapp.core.shapes import shape_text
from guiapp.data.dataset import SPLIT_NAMES, Dataset
from guiapp.data.editing import Arranged, arrange
from guiapp.data.opening import open_dataset, open_settings


def new(arguments: Namespace) -> int:
    """Write a project made of a template and a dataset."""
    template = templates.load(arguments.template)
    out: Path = arguments.out
    if out.suffix != projects.SUFFIX:
        raise UserError("is not the name of a project", where=out, mend=f"Let it end in {projects.SUFFIX}")
    check_name(Path(out.name), "project")
    data = unpacked(arguments.data)
    check_name(data.resolve(), "dataset")
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


def check_name(path: Path, what: str) -> None:
    """Raise a `UserError` where a name cannot be written into a project, which is text."""
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError:
        raise UserError(
            f"the {what}'s name is not text: it holds bytes that are no UTF-8", where=path, mend="Rename it"
        ) from None


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
        raise _no_size(width, height, f"{_of_layer(errors[0])}{errors[0].text}")
    return sized


def _no_size(width: int, height: int, why: str) -> UserError:
    return UserError(f"{width}x{height} does not suit the template: {why}", where="--size", mend="Choose another size")


def _tell(dataset: Dataset) -> None:
    for text in dataset.warnings:
        notify.warning(text)
    if dataset.skipped:
        first, count = dataset.skipped[0], len(dataset.skipped)
        files_are = "1 file is left out:" if count == 1 else f"{count:,} files are left out;"
        notify.warning(f"{files_are} {first.sentence(count)}")


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8:,} more" if len(names) > 8 else "")


def check(arguments: Namespace) -> int:
    """Show what the arithmetic says of a project; exit code 1 where it has an error."""
    project = projects.load(arguments.project)
    arranged, trouble = _images(project)
    analysis = analyse(project.network, None if arranged is None else len(arranged.active.class_names))
    if arguments.json:
        console.out_json(_as_json(analysis, arranged, trouble))
    else:
        console.out(project.name)
        if arranged is not None:
            console.out(_in_words(arranged))
        _table(project.network, analysis)
    _raise_first(analysis, trouble, arguments.project)
    return 0


def _raise_first(analysis: Analysis, trouble: UserError | None, place: Path) -> None:
    """Raise the first error of a project; in the words on stdout it is left out, so that nothing is told twice."""
    errors = len(analysis.errors) + (trouble is not None)
    if not errors:
        return
    more = f" ({errors - 1} more)" if errors > 1 else ""
    if not analysis.errors:
        assert trouble is not None
        raise UserError(f"its images: {trouble.sentence}{more}", where=place, mend="Open it in the window to mend it")
    first = analysis.errors[0]
    mend = first.repair.text if first.repair else "Open it in the window to mend it"
    raise UserError(f"{_of_layer(first)}{first.text}{more}", where=place, mend=mend)


def _of_layer(problem: Problem) -> str:
    return f"“{problem.layer}”: " if problem.layer else ""


def _images(project: Project) -> tuple[Arranged | None, UserError | None]:
    if project.dataset is None:
        return None, None
    try:
        with console.progress() as progress:
            dataset = open_settings(project.dataset, progress)
        for text in dataset.warnings:
            notify.warning(text)
        return arrange(dataset, project.dataset), None
    except UserError as exc:
        return None, exc


def _in_words(arranged: Arranged) -> str:
    """Return how many images each class and each split has."""
    dataset = arranged.active
    rows = sorted(zip(dataset.counts().tolist(), dataset.class_names, strict=True), key=lambda row: -row[0])
    classes = [f"{printable(name)}: {count:,}" for count, name in rows]
    splits = zip(np.bincount(arranged.splits, minlength=len(SPLIT_NAMES)).tolist(), SPLIT_NAMES, strict=True)
    parts = ", ".join(f"{count:,} {name}" for count, name in splits if count)
    return f"{len(dataset):,} images: {parts}; in {len(rows):,} classes: {_listed(tuple(classes))}"


def _counts(arranged: Arranged) -> dict[str, dict[str, int]]:
    """Return how many images of each class each split has; splits that have none at all are left out."""
    dataset = arranged.active
    splits = [split for split in range(len(SPLIT_NAMES)) if (arranged.splits == split).any()]
    return {
        name: {
            SPLIT_NAMES[split]: int(((dataset.labels == label) & (arranged.splits == split)).sum()) for split in splits
        }
        for label, name in enumerate(dataset.class_names)
    }


def _as_json(analysis: Analysis, arranged: Arranged | None, trouble: UserError | None) -> dict[str, object]:
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
    return {
        "layers": rows,
        "parameters": analysis.parameters,
        "macs": analysis.macs,
        "problems": problems,
        "images": None if arranged is None else _counts(arranged),
    }


def _table(network: NetworkSpec, analysis: Analysis) -> None:
    rows = [("layer", "kind", "output", "parameters", "multiply-adds")]
    names, _ = planned(network, analysis.rows)
    for at, row in enumerate(analysis.rows):
        rows.append(_cells(row))
        rows.extend(_inner(row.layer, row.inputs, names.get(at, ())))
    rows.append(("total", "", "", f"{analysis.parameters:,}", f"{analysis.macs:,}"))
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    for cells in rows:
        left = "  ".join(cell.ljust(width) for cell, width in zip(cells[:2], widths[:2], strict=True))
        right = "  ".join(cell.rjust(width) for cell, width in zip(cells[2:], widths[2:], strict=True))
        console.out(f"{left}  {right}".rstrip())
    told = analysis.errors[:1]  # on stderr
    for problem in (problem for problem in analysis.problems if problem not in told):
        repair = f" [{problem.repair.text}]" if problem.repair else ""
        console.out(f"{problem.severity}: {problem.layer or 'network'}: {problem.text}{repair}")


Cells = tuple[str, str, str, str, str]


def _cells(row: LayerInfo) -> Cells:
    return _row(row.layer, row.shape, row.parameters, row.macs)


def _row(layer: Layer, shape: Shape | None, parameters: int, macs: int, indent: str = "") -> Cells:
    sides = shape_text(shape) if shape else "?"
    kind = layer.kind if layer.enabled else f"{layer.kind} (disabled)"
    return indent + layer.name, kind, sides, f"{parameters:,}", f"{macs:,}"


def _inner(block: Layer, inputs: Sequence[Shape], names: Sequence[Named], indent: str = "  ") -> Iterator[Cells]:
    """Return the rows of the layers inside a block, indented below its own, with the names that they are built by."""
    steps = block.steps(inputs) if names and isinstance(block, Block) and block.enabled else ()
    for step, named in zip(steps, names, strict=False):
        layer = step.layer.with_fields(name=named.name)
        live = layer.enabled
        parameters = sum(weight.size for weight in layer.weights(step.inputs)) if live else 0
        yield _row(layer, step.shape, parameters, layer.macs(step.inputs) if live else 0, indent)
        yield from _inner(step.layer, step.inputs, named.inside, f"{indent}  ")
