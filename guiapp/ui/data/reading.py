"""How the images are read: which format, and what it is told; for when a guess was wrong."""

from __future__ import annotations

import re

from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from guiapp.core.dataset_settings import Option
from guiapp.core.layers.base import Words
from guiapp.core.notify import UserError
from guiapp.data.importers import importers
from guiapp.look.heading import problem
from guiapp.ui.data.section import Section
from guiapp.ui.form import FieldsForm, form_fields, with_field
from guiapp.ui.form_editors.simple import Choice
from guiapp.ui.form_rows import LABEL_WIDTH
from guiapp.ui.services import Services

BY_LOOKING = "Automatic"
HELP = "How the images and their classes are found. Choose another way where the guess was wrong."


def importer_title(name: str) -> str:
    """Return what a person calls an importer; "" where there is none of that name."""
    return next((importer.title for importer in importers() if importer.name == name), "")


class ReadingSection(Section):
    """The format, and the form of what it can be told."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__("How it is read", services.settings, "reading", opened=False, parent=parent)
        self._services = services
        self._form_of: object = None
        self._said_of: object = None
        self.form: FieldsForm | None = None
        self.kind = Choice("Format", HELP, ())
        self.kind.activated.connect(lambda _index: self._read(self.kind.currentData(), {}))
        self.problem = problem()
        self.problem.setMinimumWidth(1)
        self.problem.hide()
        label = QLabel("Format")
        label.setToolTip(HELP)
        label.setBuddy(self.kind)
        label.setFixedWidth(LABEL_WIDTH)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(label)
        row.addWidget(self.kind, 1)
        self.body.addLayout(row)
        self.body.addWidget(self.problem)

    def refresh(self) -> None:
        """Show how the images that are open were read."""
        model, settings = self._services.dataset, self._services.session.project.dataset
        self.setVisible(settings is not None)
        if settings is None:
            return
        if not self.kind.count():
            self.kind.addItem(BY_LOOKING, None)
            for importer in importers():
                self.kind.addItem(importer.title, importer.name)
        self.kind.choose(settings.importer)
        dataset = model.dataset
        if dataset is not self._said_of:
            self._say("")
        self._show_options(dataset.options if dataset is not None else None)

    def _show_options(self, options: Words | None) -> None:
        dataset = self._services.dataset.dataset
        if options is None or dataset is None or not form_fields(type(options)):
            self._set_form(None, None)
            return
        wanted = (type(options), dict(dataset.choices))
        if wanted != self._form_of or self.form is None:
            form = FieldsForm(options, choices=dataset.choices)
            form.changed.connect(self._option_changed)
            self._set_form(form, wanted)
        else:
            self.form.set_value(options)

    def _set_form(self, form: FieldsForm | None, of: object) -> None:
        if self.form is not None and self.form is not form:
            self.form.hide()
            self.form.deleteLater()
        self.form, self._form_of = form, of
        if form is not None:
            self.body.insertWidget(1, form)

    def _option_changed(self, name: str, value: object) -> None:
        settings, form = self._services.session.project.dataset, self.form
        options = form.value() if form is not None else None
        if settings is None or form is None or options is None:
            return
        try:
            with_field(options, name, value)
        except UserError as exc:
            form.refuse(name, value, exc.what)
            return
        told: Option = value if isinstance(value, (bool, int, float, str)) else str(value)
        self._read(settings.importer, {**settings.options, name: told}, name)

    def _read(self, importer: str | None, options: dict[str, Option], name: str = "") -> None:
        """Open the images in that way; where it fails all stays as it was, and the reason is said here."""
        settings = self._services.session.project.dataset
        if settings is None:
            return
        self._say("")

        def failed(error: UserError) -> None:
            self.refresh()
            if name and self.form is not None and self._services.dataset.dataset is not None:
                options_now = self._services.dataset.dataset.options
                if options_now is not None:
                    self.form.set_value(options_now, key=object())
            self._say(f"It cannot be read that way. {error.sentence}")

        self._services.dataset.choose(settings.path, importer, options, failed)

    def _say(self, text: str) -> None:
        self._said_of = self._services.dataset.dataset
        # A long path has no place to break, and would push the column out of sight.
        self.problem.setText(re.sub(r"(?<=[/\\_-])", "\u200b", text))
        self.problem.setVisible(bool(text))
