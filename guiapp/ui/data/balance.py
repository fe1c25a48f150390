"""How even the classes are: what follows where they are not, and what is done about it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QVBoxLayout, QWidget

from guiapp.core.dataset_settings import Balance
from guiapp.data.findings import UNEVEN
from guiapp.look.heading import secondary, set_property
from guiapp.ui.data.class_edits import shortened
from guiapp.ui.data.settings_form import SettingsForm
from guiapp.ui.services import Services

_FOLLOWS: Mapping[Balance, str] = {
    "none": "The network will tend to answer “{large}” and miss “{small}”.",
    "class weights": "Each image of a small class counts for more, so that all classes matter the same.",
    "balanced sampling": "Images of small classes are shown more often, so that all classes matter the same.",
}


def judgement(trained: Mapping[str, int], balance: Balance) -> str:
    """Return what follows from the numbers of images that each class is trained on; "" where they are even enough.

    Parameters
    ----------
    trained : mapping
        How many training images each class in use has.
    balance : str
        What is done about it.
    """
    if len(trained) < 2:
        return ""
    large, small = max(trained, key=trained.__getitem__), min(trained, key=trained.__getitem__)
    most, fewest = trained[large], trained[small]
    large, small = shortened(large), shortened(small)
    if not fewest:
        return f"“{small}” has no images to train on, and cannot be learned." if most else ""
    if most <= UNEVEN * fewest:
        return ""
    times = most / fewest
    figure = f"{times:,.0f}" if times >= 10 else f"{times:.1f}".removesuffix(".0")
    return f"“{large}” has {figure} times as many images as “{small}”. " + _FOLLOWS[balance].format(
        large=large, small=small
    )


class BalanceBox(QWidget):
    """The judgement, and the field that says what is done."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self.sentence = secondary("")
        self.form = SettingsForm(services, ("balance",))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.form)
        column.addWidget(self.sentence)

    def refresh(self, parts: Mapping[str, tuple[int, ...]]) -> None:
        """Judge the classes in use, of which each has so many images in train, validation and test."""
        settings = self._services.session.project.dataset
        self.form.refresh()
        known = settings is not None and all(parts.values())
        text = judgement({name: found[0] for name, found in parts.items()}, settings.balance) if known else ""  # type: ignore[union-attr]
        set_property(self.sentence, "role", "warning" if settings and settings.balance == "none" else "secondary")
        self.sentence.setText(text)
        self.sentence.setVisible(bool(text))
