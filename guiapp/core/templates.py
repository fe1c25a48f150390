"""Networks to begin with, each a JSON file in resources/templates."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from guiapp.core import files
from guiapp.core.layers.base import Words
from guiapp.core.network import NetworkSpec, fitted
from guiapp.core.notify import UserError
from guiapp.core.project import Augmentation, DatasetSettings, Project, TrainingSettings, words


class Template(Words):
    """A network with the training that suits it.

    Attributes
    ----------
    title, description : str
        What it is called, and what it is good for, in one or two sentences.
    network : NetworkSpec
        Its layers; the last dense layer is fitted to the dataset's classes when it is used.
    training : TrainingSettings
        Optimiser, batch and epochs that its author used.
    validation, test : float
        The shares of images that its author held back.
    augmentation : Augmentation
        What its author did to the training images.
    result : str
        What accuracy its author reports, and on what.
    """

    title: str
    description: str
    result: str = ""
    validation: float = Field(default=0.2, ge=0, lt=1)
    test: float = Field(default=0.0, ge=0, lt=1)
    network: NetworkSpec
    training: TrainingSettings
    augmentation: Augmentation = Augmentation()

    def project(self, name: str, path: str | None, classes: int | None = None) -> Project:
        """Return a project that applies the template to the images at `path`."""
        dataset = DatasetSettings(path=path, validation=self.validation, test=self.test) if path else None
        network = fitted(self.network, classes) if classes else self.network
        return Project(
            name=name, dataset=dataset, network=network, training=self.training, augmentation=self.augmentation
        )


def folder() -> Path:
    """Where the templates are."""
    return files.resources_dir() / "templates"


@cache
def names() -> tuple[str, ...]:
    """Names of all templates: `starter` first, then the others by name."""
    found = sorted(path.stem for path in folder().glob("*.json"))
    return tuple(sorted(found, key=lambda name: name != "starter"))


@cache
def load(name: str) -> Template:
    """Return the template called `name`.

    Raises
    ------
    UserError
        When there is none, or its file is damaged.
    """
    if name not in names():
        raise UserError("is not a template", where=name, mend=f"Choose one of {', '.join(names())}")
    path = folder() / f"{name}.json"
    try:
        value: Any = json.loads(path.read_text("utf-8"))
        return Template.model_validate(value)
    except ValidationError as exc:
        raise UserError(words(exc)[0], where=path, mend="Install the program again") from None
    except ValueError:
        raise UserError("is damaged", where=path, mend="Install the program again") from None
