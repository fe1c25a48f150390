"""What a project says of its images: where they are, what is changed about their classes, how they are divided."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from guiapp.core.layers.base import Words, field

Divide = Literal["shares", "counts"]
Balance = Literal["none", "class weights", "balanced sampling"]
Option = bool | int | float | str
MOST_IMAGES = 10**9


class DatasetSettings(Words):
    """Which images, and how they are divided; the files themselves are never changed.

    `renamed` maps a class as the files name it to the name in use; two with one name are one class. `relabelled` maps
    an image, as `Dataset.paths` names it, to a class as the files name it, or to a new one. `classes` are names in use.
    """

    path: str = Field(title="Folder", description="The folder or file that the images come from.", min_length=1)
    importer: str | None = Field(
        default=None, title="Format", description="How it is read; found by looking at it when not set."
    )
    options: dict[str, Option] = Field(
        default={}, title="Reading", description="What the format is told, such as which column holds the labels."
    )
    classes: tuple[str, ...] | None = Field(
        default=None, title="Classes", description="The classes to use; all of them when not set."
    )
    renamed: dict[str, str] = Field(default={}, title="Renamed", description="Classes under another name.")
    relabelled: dict[str, str] = Field(default={}, title="Relabelled", description="Images moved to another class.")
    excluded: tuple[str, ...] = Field(default=(), title="Excluded", description="Images that are left out.")
    keep_given: bool = field(
        True, "Keep splits", "Keep the division that the images come with; without it they are divided afresh."
    )
    divide: Divide = field("shares", "Divide by", "Whether the splits are given as shares or as numbers of images.")
    validation: float = field(
        0.2, "Validation", "The share of images held back to judge the network while it learns.",
        ge=0, lt=1, when="divide=shares",
    )  # fmt: skip
    test: float = field(
        0.0, "Test", "The share of images kept apart until the very end, for `evaluate`.",
        ge=0, lt=1, when="divide=shares",
    )  # fmt: skip
    train_images: int = field(
        0, "Train", "How many images to train on; 0 is all that the other splits leave.",
        unit="images", zero="all the rest", ge=0, le=MOST_IMAGES, when="divide=counts",
    )  # fmt: skip
    validation_images: int = field(
        100, "Validation", "How many images are held back to judge the network while it learns.",
        unit="images", ge=0, le=MOST_IMAGES, when="divide=counts",
    )  # fmt: skip
    test_images: int = field(
        0, "Test", "How many images are kept apart until the very end, for `evaluate`.",
        unit="images", ge=0, le=MOST_IMAGES, when="divide=counts",
    )  # fmt: skip
    seed: int = field(1, "Split seed", "The same seed divides the images the same way again.", ge=0, le=2**31 - 1)
    balance: Balance = field(
        "none",
        "Balance",
        "What is done where some classes have many more images than others: “class weights” makes each image of a "
        "small class count for more, “balanced sampling” shows it more often.",
    )

    @model_validator(mode="after")
    def _something_to_train_on(self) -> DatasetSettings:
        if self.validation + self.test >= 1:
            raise ValueError("validation and test together must leave some images to train on; make them smaller")
        return self
