"""A project: dataset, network, training and pinned images, as one immutable value saved as JSON."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from guiapp.core import files
from guiapp.core.augmentation import Augmentation
from guiapp.core.dataset_settings import DatasetSettings
from guiapp.core.layers import Layer
from guiapp.core.layers.base import Words, field
from guiapp.core.network import NetworkSpec
from guiapp.core.notify import UserError

__all__ = [  # the parts of a project, wherever they are defined
    "FORMAT", "MAX_BYTES", "MIGRATIONS", "SUFFIX", "Augmentation", "DatasetSettings", "Optimizer", "Project",
    "TrainingSettings", "autosave_path", "from_json", "load", "save", "set_field", "slug", "to_json", "words",
]  # fmt: skip
FORMAT = 3
SUFFIX = ".convnet"
MAX_BYTES = 64 * 1024 * 1024
"""No project that a person makes comes near this; a larger file is something else."""

Optimizer = Literal["adam", "adamw", "sgd", "rmsprop"]


class TrainingSettings(Words):
    """How the network is trained."""

    optimizer: Optimizer = field("adam", "Optimiser", "How weights follow the slope of the loss. Adam suits most.")
    learning_rate: float = field(
        1e-3,
        "Learning rate",
        "How far each step goes. Too large and the loss jumps; too small and it crawls.",
        gt=0,
        le=100,
    )
    momentum: float = field(
        0.0, "Momentum", "How much of the last step is kept in the next.", ge=0, lt=1, when="optimizer=sgd|rmsprop"
    )
    weight_decay: float = field(
        0.004, "Weight decay", "How strongly weights are pulled towards zero.", ge=0, lt=1, when="optimizer=adamw"
    )
    batch: int = field(32, "Batch size", "How many images each step looks at.", unit="images", ge=1, le=65536)
    epochs: int = field(10, "Epochs", "How many times it goes through all training images.", ge=1, le=100_000)
    max_steps: int = field(
        0, "Stop after", "A number of steps after which training ends, even inside an epoch; 0 is no limit.",
        unit="steps", zero="no limit", ge=0, le=10**9,
    )  # fmt: skip
    seed: int = field(
        1, "Seed", "The same seed gives the same first weights and the same order of images.", ge=0, le=2**31 - 1
    )
    snapshot_every: int = field(
        50, "Snapshot every", "How often filters and maps are recorded for the timeline.", unit="steps", ge=1, le=10**6
    )
    snapshot_budget_mb: int = field(
        500, "Snapshot space", "Disk space for snapshots of one run; beyond it they are thinned out evenly.",
        unit="MB", ge=1, le=10**6,
    )  # fmt: skip


class Project(Words):
    """Everything that a person chose: one value; two equal projects train the same."""

    format: Literal[3] = 3
    name: str = Field(default="Untitled", title="Name", min_length=1, max_length=200)
    dataset: DatasetSettings | None = None
    augmentation: Augmentation = Augmentation()
    network: NetworkSpec = NetworkSpec()
    training: TrainingSettings = TrainingSettings()
    pinned: tuple[str, ...] = Field(default=(), title="Pinned images", description="Paths of the images to watch.")


def words(error: ValidationError) -> list[str]:
    """Return each problem of a pydantic error as ``"path: what is wrong"``."""
    return [f"{_path(item['loc'])}: {_message(item)}" for item in error.errors(include_url=False)]


def _path(loc: tuple[int | str, ...]) -> str:
    out = ""
    for i, part in enumerate(loc):
        if i and isinstance(loc[i - 1], int) and loc[max(0, i - 2)] == "layers":
            continue
        out += f"[{part}]" if isinstance(part, int) else (f".{part}" if out else part)
    return out or "the file"


def _message(item: Any) -> str:
    context = item.get("ctx", {})
    known = {
        "extra_forbidden": "is not a field that this version knows; remove it",
        "missing": "is missing; add it",
        "union_tag_invalid": f"“{str(context.get('tag'))[:64]}” is not a kind of layer that this version knows",
        "union_tag_not_found": "is not a layer: it has no kind",
        "model_type": "must be an object with fields, in { }",
        "dict_type": "must be an object with fields, in { }",
        "tuple_type": "must be a list, in [ ]",
        "too_long": f"must have at most {context.get('max_length')} items",
        "string_type": "must be a text",
        "string_too_long": f"must be at most {context.get('max_length')} characters long",
        "string_unicode": "holds half a character; write it again",
        "greater_than_equal": f"must be at least {context.get('ge')}",
        "greater_than": f"must be more than {context.get('gt')}",
        "less_than_equal": f"must be at most {context.get('le')}",
        "less_than": f"must be less than {context.get('lt')}",
        "literal_error": f"must be {context.get('expected')}",
        "string_too_short": "must not be empty",
        "int_parsing": "must be a whole number",
        "int_from_float": "must be a whole number",
        "int_type": "must be a whole number",
        "int_parsing_size": "must be a smaller number",
        "float_parsing": "must be a number",
        "float_type": "must be a number",
        "bool_parsing": "must be true or false",
        "bool_type": "must be true or false",
        "finite_number": "must be a finite number",
    }
    text: str = known.get(item["type"], item["msg"].removeprefix("Value error, "))
    return text[0].lower() + text[1:] if text else text


def set_field(layer: Layer, name: str, value: Any) -> Layer:
    """Return `layer` with one field changed.

    Raises
    ------
    UserError
        When the value is not right; its `what` says why.
    """
    try:
        return layer.with_fields(**{name: value})
    except ValidationError as exc:
        raise UserError(_message(exc.errors(include_url=False)[0]), where=name) from None


MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {
    1: lambda old: {**old, "format": 2},  # what is new has defaults that mean what older formats did
    2: lambda old: {**old, "format": 3},
}
"""From each older format: a function to the next."""


def from_json(text: str, where: object) -> Project:
    """Return the project that `text` holds; older formats are brought up to date.

    Parameters
    ----------
    text : str
        The JSON.
    where : object
        What to call it in errors.

    Raises
    ------
    UserError
        When it is cut off, not a project, from a newer version, or has wrong or unknown fields.
    """
    try:
        value = json.loads(text)
    except json.JSONDecodeError as exc:
        raise UserError(
            f"is damaged: it cannot be read beyond line {exc.lineno}",
            where=where,
            mend="Open its autosave beside it, or a copy from before",
        ) from None
    except ValueError:  # a number of more digits than Python reads
        raise UserError(
            "is damaged: a number in it has thousands of digits", where=where, mend="Open a copy from before"
        ) from None
    except RecursionError:
        raise UserError("is not a project: it is nested too deeply", where=where, mend="Choose another file") from None
    if not isinstance(value, dict) or type(value.get("format")) is not int:
        raise UserError(
            "is not a Convnet Studio project: it has no format number", where=where, mend=f"Choose a {SUFFIX} file"
        )
    if value["format"] > FORMAT:
        found = str(value["format"])[:12]
        raise UserError(
            f"was saved by a newer version of the program (format {found}; this one knows up to {FORMAT})",
            where=where,
            mend="Update the program to open it",
        )
    while value["format"] < FORMAT:
        step = MIGRATIONS.get(value["format"])
        if step is None:
            raise UserError(f"has the unknown format {value['format']}", where=where, mend=f"Choose a {SUFFIX} file")
        value = step(value)
    try:
        return Project.model_validate(value)
    except ValidationError as exc:
        wrong = words(exc)
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise UserError(
            f"has a field that is wrong: {wrong[0]}{more}", where=where, mend="Mend it in a text editor, or open a copy"
        ) from None


def to_json(project: Project) -> str:
    """Return `project` as the JSON that is saved."""
    return json.dumps(project.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n"


def load(path: Path) -> Project:
    """Read a project file; its relative paths are taken from the file's folder.

    Raises
    ------
    UserError
        As `from_json`, or when the file cannot be read or is far too large.
    OSError
        When the file cannot be opened.
    """
    if path.stat().st_size > MAX_BYTES:
        raise UserError("is too large to be a project", where=path, mend=f"Choose a {SUFFIX} file")
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise UserError("is not a project: it is not text", where=path, mend=f"Choose a {SUFFIX} file") from None
    project = from_json(text, path)
    try:
        return _with_paths(project, lambda name: _absolute(name, path.parent))
    except ValueError:  # a null character
        raise UserError(
            "names a file or folder that cannot be", where=path, mend="Mend it in a text editor, or open a copy"
        ) from None


def save(project: Project, path: Path) -> None:
    """Write a project file whole; paths below the file's folder are written relative to it.

    Raises
    ------
    OSError
        When the place cannot be written or the disk is full; the former file is then untouched.
    """
    files.write_text(path, to_json(_with_paths(project, lambda name: _relative(name, path.parent))))


def _with_paths(project: Project, change: Callable[[str], str]) -> Project:
    data = project.dataset
    return project.model_copy(
        update={
            "dataset": data.model_copy(update={"path": change(data.path)}) if data else None,
            "pinned": tuple(change(name) for name in project.pinned),
        }
    )


def _absolute(name: str, folder: Path) -> str:
    # realpath leaves a loop of links as it is, where Path.resolve raises.
    return os.path.realpath(folder / name) if not Path(name).is_absolute() else _checked(name)


def _checked(name: str) -> str:
    if "\0" in name:
        raise ValueError(name)
    return name


def _relative(name: str, folder: Path) -> str:
    path = Path(name)
    for parent in (folder.absolute(), Path(os.path.realpath(folder))):
        if path.is_relative_to(parent):
            return path.relative_to(parent).as_posix()
    return name


def autosave_path(path: Path) -> Path:
    """Where the autosave of the project at `path` is."""
    return path.with_name(f".{path.name}.autosave")


def slug(name: str) -> str:
    """Return `name` as part of a file's name: letters and digits of any language, joined by hyphens."""
    return re.sub(r"[^\w]+", "-", name, flags=re.UNICODE).lower()[:60].strip("-_") or "untitled"
