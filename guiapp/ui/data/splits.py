"""The part of the left column about splits: shares or counts, the seed, and what comes of them."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QWidget

from guiapp.core.dataset_settings import DatasetSettings
from guiapp.data.dataset import SPLIT_NAMES, TEST, TRAIN, VALIDATION
from guiapp.look.heading import secondary
from guiapp.ui.actions import button, make
from guiapp.ui.data.section import Section
from guiapp.ui.data.settings_form import SettingsForm
from guiapp.ui.data.split_bar import SplitBar
from guiapp.ui.services import Services

FIELDS = ("keep_given", "divide", "validation", "test", "train_images", "validation_images", "test_images")
COUNTS = {TRAIN: "train_images", VALIDATION: "validation_images", TEST: "test_images"}
LARGEST_SEED = 9_999


class SplitSection(Section):
    """Which images are for training, for validation and for the very end."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__("Splits", services.settings, "splits", parent=parent)
        self._services = services
        self._given = secondary("")
        self.form = _Numbers(services, FIELDS)
        self.seed = SettingsForm(services, ("seed",))
        self.bar = SplitBar()
        self.deal_action = make(
            self,
            "Deal the images out again",
            self.deal_again,
            icon="shuffle",
            tip="Divide them another way, by another seed",
        )
        deal = button(self.deal_action)
        self._seed_row = QWidget()
        row = QHBoxLayout(self._seed_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.seed, 1)
        row.addWidget(deal, 0, Qt.AlignmentFlag.AlignTop)
        self._rest = secondary("Train takes all the images that the other splits leave.")
        self._out = secondary("")
        for widget in (self._given, self.form, self._rest, self._seed_row, self.bar, self._out):
            self.body.addWidget(widget)
        self.toggled.connect(lambda _opened: self.refresh())

    def refresh(self) -> None:
        """Show the settings, and what came of them."""
        model, settings = self._services.dataset, self._services.session.project.dataset
        self.deal_action.setEnabled(settings is not None and model.dataset is not None)
        if settings is None:
            return
        given = model.arranged.active.given_splits if model.arranged is not None else None
        found = set() if given is None else set(np.unique(given).tolist())
        self._given.setVisible(given is not None)
        self._given.setText(given_text(found, kept=settings.keep_given))
        hidden = hidden_fields(settings, found)
        self.form.hide_fields(hidden)
        self.form.refresh()
        self.seed.refresh()
        self._seed_row.setVisible("seed" not in hidden)
        counts = [int(np.count_nonzero(model.splits == which)) for which in range(len(SPLIT_NAMES))]
        self.bar.set_counts(counts if model.splits.size else ())
        self.set_note("" if self.opened else " / ".join(f"{count:,}" for count in counts[:3]))
        self._rest.setVisible(settings.divide == "counts" and settings.train_images == 0)
        missing = missing_text(settings, counts) if model.splits.size and model.error is None else ""
        self._out.setText(missing)
        self._out.setVisible(bool(missing))
        self._show_error(settings)

    def _show_error(self, settings: DatasetSettings) -> None:
        model = self._services.dataset
        active = model.active
        wrong = blamed(settings, active.given_splits, len(active)) if active is not None else ""
        error = model.error if model.state == "ready" and settings.divide == "counts" else None
        for name in COUNTS.values():
            # What is asked for in each split stands in the fields around it, and the column is narrow.
            text = f"{error.what.partition(' (of ')[0]}. {error.mend}" if error is not None and name == wrong else ""
            self.form.show_problem(name, text)

    def deal_again(self) -> None:
        """Divide the images by another seed."""
        settings = self._services.session.project.dataset
        if settings is not None:
            seed = random.choice([n for n in range(1, LARGEST_SEED + 1) if n != settings.seed])
            changed = settings.model_copy(update={"seed": seed})
            self._services.dataset.set_settings(changed, "deal the images out again")

    def actions_of_page(self) -> tuple[QAction, ...]:
        """Return what can be done with the splits."""
        return (self.deal_action,)


class _Numbers(SettingsForm):
    """Begins with the numbers that there are when shares become counts."""

    def with_change(self, settings: DatasetSettings, name: str, value: object) -> DatasetSettings:
        """Return the settings with what was entered, and with the numbers of now where they are asked for first."""
        changed = super().with_change(settings, name, value)
        splits = self._services.dataset.splits
        if name == "divide" and changed.divide == "counts" and splits.size:
            counts = {COUNTS[which]: int(np.count_nonzero(splits == which)) for which in (VALIDATION, TEST)}
            changed = changed.model_copy(update=counts | {COUNTS[TRAIN]: 0})
        return changed


def given_text(found: set[int], *, kept: bool) -> str:
    """Return how the images come divided, and what becomes of that."""
    names = [SPLIT_NAMES[which] for which in (TRAIN, VALIDATION, TEST) if which in found]
    if not names:
        return ""
    listed = " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else f"{names[0]} alone"
    if not kept:
        return f"The images come divided into {listed}; they are divided afresh."
    rest = "" if VALIDATION in found else " Validation images are taken from the training images."
    return f"The images come divided into {listed}; that is kept.{rest}"


def missing_text(settings: DatasetSettings, counts: Sequence[int]) -> str:
    """Return which splits have fewer images than their fields say, as some are left out; "" where none has."""
    if settings.divide != "counts" or not settings.excluded:
        return ""
    found = []
    for which, name in COUNTS.items():
        wanted = int(getattr(settings, name))
        if (out := wanted - counts[which]) > 0:
            found.append(
                f"{out:,} of the {wanted:,} {SPLIT_NAMES[which]} images {'is' if out == 1 else 'are'} left out."
            )
    return " ".join(found)


def hidden_fields(settings: DatasetSettings, found: set[int]) -> set[str]:
    """Return the fields that change nothing where the images come divided into the splits `found`."""
    if not found:
        return {"keep_given"}
    if not settings.keep_given or settings.divide == "counts":
        return set()
    return {"test"} if VALIDATION not in found else {"test", "validation", "seed"}


def blamed(settings: DatasetSettings, given: NDArray[np.uint8] | None, images: int) -> str:
    """Return the field that asks for more images than there are; where none does alone, it is that of train."""
    kept = given if settings.keep_given else None
    left = images
    for which in (TEST, VALIDATION):
        wanted = int(getattr(settings, COUNTS[which]))
        there = left if kept is None or not (kept == which).any() else int(np.count_nonzero(kept == which))
        if wanted > there or (kept is None and wanted == left):
            return COUNTS[which]
        left -= wanted
    return COUNTS[TRAIN]
