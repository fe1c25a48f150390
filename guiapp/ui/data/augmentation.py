"""The view in which augmentation is chosen, with 16 variants of a training image beside it."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from guiapp.core.augmentation import Augmentation
from guiapp.core.colormaps import colormap
from guiapp.core.layers.input import Input
from guiapp.core.notify import UserError, as_user_error
from guiapp.core.project import Project
from guiapp.data.augment import augment
from guiapp.look.elide import ElidedLabel
from guiapp.look.heading import caption, hairline, heading, secondary, set_property
from guiapp.look.imageview import ImageView
from guiapp.look.pixels import Bytes
from guiapp.look.tiles import TileGrid
from guiapp.ui.data import seen
from guiapp.ui.data.augmentation_advice import Preset, doubts
from guiapp.ui.data.augmentation_panel import AugmentationPanel
from guiapp.ui.data.pictures import Square, action_button, make_action
from guiapp.ui.data.preview import Preview
from guiapp.ui.data.seen import Seen
from guiapp.ui.form import FieldsForm, scrolling, with_field
from guiapp.ui.services import Services

LEFT, BESIDE, MOST_BESIDE = 280, 144, 320
VARIANTS = 16
OFF = "Nothing is switched on: every epoch shows the images as they are."


class AugmentationView(Preview):
    """Chooses what is done at random to training images, and shows it on one of them."""

    title: ClassVar[str] = "Augmentation"
    icon: ClassVar[str] = "duplicate"

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(services, parent)
        self._place, self._next, self._again = 0, 0, 0
        self._seen: Seen | None = None
        self.panel = AugmentationPanel()
        self.original = ImageView("")
        self.name = ElidedLabel("", Qt.TextElideMode.ElideRight, role="secondary")
        self.facts = caption("")
        self.advice = secondary("")
        set_property(self.advice, "role", "warning")
        self.words = ElidedLabel("", Qt.TextElideMode.ElideRight, role="secondary")
        self.grid = TileGrid("", "variant")
        self._square = Square(self.grid)
        self._column = QWidget()
        self._make_actions()
        self._lay_out()
        self.panel.edited.connect(self._field_changed)
        self.panel.preset.connect(self._preset_chosen)

    def _make_actions(self) -> None:
        tip = "Show the variants of another training image"
        self.other_action = make_action(self, "Another image", "step-forward", "F4", tip)
        self.other_action.triggered.connect(self.show_other)
        tip = "Draw other random numbers, as the next epoch will"
        self.again_action = make_action(self, "Again", "redo", "Alt+Return", tip)
        self.again_action.triggered.connect(self.draw_again)

    def _lay_out(self) -> None:
        right = QHBoxLayout()
        right.setContentsMargins(12, 12, 12, 12)
        right.setSpacing(12)
        right.addWidget(self._beside())
        right.addLayout(self._variants(), 1)
        area = scrolling(self.panel)
        area.setFixedWidth(LEFT)
        row = QHBoxLayout(self.content)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(area)
        row.addWidget(hairline(vertical=True))
        row.addLayout(right, 1)

    def _beside(self) -> QWidget:
        column = QVBoxLayout(self._column)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for widget in (heading("Unchanged"), self.original, self.name, self.facts):
            column.addWidget(widget)
        column.addSpacing(8)
        column.addWidget(action_button(self.other_action, "step-forward"))
        column.addSpacing(4)
        column.addWidget(action_button(self.again_action, "redo"))
        column.addSpacing(12)
        column.addWidget(self.advice)
        column.addStretch(1)
        return self._column

    def _variants(self) -> QVBoxLayout:
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(heading(f"{VARIANTS} variants"))
        top.addWidget(self.words, 1)
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addLayout(top)
        column.addWidget(self._square, 1)
        return column

    def page_actions(self) -> list[QAction]:
        """Return what can be done here."""
        return [self.other_action, self.again_action]

    # what is shown

    def start(self) -> None:
        """Show the first image of others."""
        self._place = 0
        self.read()

    def read(self) -> None:
        """Read the image that is shown."""
        self.jobs.run(
            seen.read_some, self.active, self.rows, self._place, 1, self.layer,
            done=self._show_image, failed=self.fail, key="read",
        )  # fmt: skip

    def follow(self, project: Project) -> None:
        """Show the settings, and what they do."""
        self.panel.set_value(project.augmentation)
        if self.layer is not None:
            self._advise(project.augmentation, self.layer)
        self._vary()

    def _show_image(self, found: tuple[list[Seen], int]) -> None:
        (one,), self._next = found
        self._seen = one
        fitted = one.fitted
        description = f"{one.name}, as the network sees it, unchanged"
        table = colormap("grey") if fitted.shape[2] == 1 else None
        self.original.set_image(fitted[..., 0] if fitted.shape[2] == 1 else fitted, table, description=description)
        self.name.setText(one.label)
        self.name.setToolTip(one.name)
        self.facts.setText(f"{fitted.shape[1]:,} × {fitted.shape[0]:,} px")
        self._square.set_shape(*fitted.shape[:2])
        self._vary()

    def _vary(self) -> None:
        if self._seen is None:
            return
        project = self.services.session.project
        self.jobs.run(
            variants, self._seen.fitted, project.augmentation, project.training.seed, self._again,
            done=self._show_variants, failed=self.fail, key="vary",
        )  # fmt: skip

    def _show_variants(self, made: Bytes) -> None:
        grey = made.shape[3] == 1
        self.grid.set_tiles(made[..., 0] if grey else made, colormap("grey") if grey else None)

    def fail(self, exc: BaseException) -> None:
        """Say why nothing can be shown."""
        error = exc if isinstance(exc, UserError) else as_user_error(exc, doing="changing an image")
        self._seen = None
        self.original.set_image(None)
        self.name.setText("")
        self.facts.setText("")
        self.grid.set_empty_text(error.sentence)
        self.grid.set_tiles(None)

    def _advise(self, settings: Augmentation, layer: Input) -> None:
        found = doubts(settings, layer, self.services.dataset.class_names)
        self.advice.setText("\n\n".join(found))
        self.advice.setVisible(bool(found))
        self.words.setText(f"as the network sees them: {seen.size_words(layer)}" if settings.active else OFF)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the original larger where there is room."""
        super().resizeEvent(event)
        side = min(MOST_BESIDE, max(BESIDE, self.width() // 8))
        self._column.setFixedWidth(side)
        self.original.setFixedSize(side, side)

    # what is changed

    def show_other(self) -> None:
        """Show the variants of another training image."""
        if len(self.rows):
            self._place = self._next
            self.read()

    def draw_again(self) -> None:
        """Draw other random numbers."""
        self._again += 1
        self._vary()

    def _field_changed(self, form: FieldsForm, name: str, value: object) -> None:
        try:
            changed = with_field(self.services.session.project.augmentation, name, value)
        except UserError as exc:
            form.refuse(name, value, exc.what)
            return
        form.show_problem(name, "")
        title = Augmentation.model_fields[name].title or name
        self._change(changed, f"change {title.lower()}", f"augmentation.{name}")

    def _preset_chosen(self, preset: Preset) -> None:
        layer = seen.input_of(self.services.session.project)
        if layer is not None:
            self._change(preset.make(layer), f"choose the augmentation “{preset.title}”")

    def _change(self, changed: Augmentation, text: str, merge: str | None = None) -> None:
        project = self.services.session.project
        self.services.session.change(project.model_copy(update={"augmentation": changed}), text, merge)


def variants(image: Bytes, settings: Augmentation, seed: int, again: int) -> Bytes:
    """Return `VARIANTS` variants of an image (H, W, C) as training would make them; others for another `again`."""
    many = np.repeat(image[None], VARIANTS, axis=0)
    return augment(many, settings, seed, again, np.arange(VARIANTS, dtype=np.intp))
