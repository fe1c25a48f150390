"""A form of some of the dataset's settings, which writes what is entered into the project."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from guiapp.core.dataset_settings import DatasetSettings
from guiapp.core.notify import UserError
from guiapp.ui.form import FieldsForm, with_field
from guiapp.ui.services import Services


class SettingsForm(FieldsForm):
    """Shows and changes fields of the project's `DatasetSettings`.

    Parameters
    ----------
    services : Services
        Session and dataset.
    names : sequence of str
        Which fields.
    """

    def __init__(self, services: Services, names: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(names=names, parent=parent)
        self._services = services
        self.changed.connect(self._apply)

    def refresh(self) -> None:
        """Show what the project says."""
        settings = self._services.session.project.dataset
        if settings is not None:
            self.set_value(settings, key=settings.path)

    def with_change(self, settings: DatasetSettings, name: str, value: object) -> DatasetSettings:
        """Return the settings with what was entered; a form may change more than the one field.

        Raises
        ------
        UserError
            When the value is not right.
        """
        # Checking many thousand names again, at each turn of a wheel, would hold the window up.
        small = settings.model_copy(update={"relabelled": {}, "excluded": ()})
        return settings.model_copy(update={name: getattr(with_field(small, name, value), name)})

    def _apply(self, name: str, value: object) -> None:
        settings = self._services.session.project.dataset
        if settings is None:
            return
        try:
            changed = self.with_change(settings, name, value)
        except UserError as exc:
            self.refuse(name, value, exc.what)
            return
        self.show_problem(name, "")
        title = DatasetSettings.model_fields[name].title or name
        self._services.dataset.set_settings(changed, f"change {title[0].lower()}{title[1:]}", f"dataset.{name}")
