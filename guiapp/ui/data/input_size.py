"""The part of the left column about the size and the scaling that the network sees: its Input layer."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from guiapp.core.layers import Layer
from guiapp.core.notify import UserError
from guiapp.core.project import Project
from guiapp.look.heading import secondary
from guiapp.ui.data.section import Section
from guiapp.ui.form import FieldsForm, with_field
from guiapp.ui.services import Services

FIELDS = ("height", "width", "channels", "fit", "scaling")


class SizeSection(Section):
    """Shows and changes the network's Input layer."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__("Size and scaling", services.settings, "size", parent=parent)
        self._services = services
        self.form = FieldsForm(names=FIELDS)
        self.form.changed.connect(self._changed)
        self._no_input = secondary("The network has no Input yet. Add one on the Network page.")
        self.body.addWidget(self._no_input)
        self.body.addWidget(self.form)

    def refresh(self) -> None:
        """Show the layer as it is now."""
        layer = _input(self._services.session.project)
        self.form.setVisible(layer is not None)
        self._no_input.setVisible(layer is None)
        if layer is not None:
            self.form.set_value(layer, key=layer.name)

    def _changed(self, name: str, value: object) -> None:
        project = self._services.session.project
        layer = _input(project)
        if layer is None:
            return
        try:
            network = project.network.replace(project.network.index(layer.name), with_field(layer, name, value))
        except UserError as exc:
            self.form.refuse(name, value, exc.what)
            return
        self.form.show_problem(name, "")
        changed = project.model_copy(update={"network": network})
        self._services.session.change(changed, f"change {name} of {layer.name}", f"{layer.name}.{name}")


def _input(project: Project) -> Layer | None:
    return next((layer for layer in project.network.layers if layer.kind == "Input"), None)
