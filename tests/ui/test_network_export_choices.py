from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from guiapp.core.analysis import analyse
from guiapp.core.layers import create
from guiapp.core.network import NetworkSpec
from guiapp.ui.network.drawing_export import DrawingExport
from guiapp.ui.network.inks import inks

NETWORK = NetworkSpec(layers=(create("Input", name="image"), create("Flatten"), create("Dense", name="dense")))


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[QSettings]:
    yield QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


def opened(qtbot: QtBot, settings: QSettings) -> DrawingExport:
    dialog = DrawingExport(analyse(NETWORK).rows, "mine", settings)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: not dialog.picture.pixmap().isNull())
    return dialog


def test_what_was_chosen_last_is_chosen_again(qtbot: QtBot, settings: QSettings) -> None:
    first = opened(qtbot, settings)
    first.format.setCurrentText("PNG picture")
    first.pixels.setCurrentText("Own width")
    first.width_field.set_value(640)
    first.colours.setCurrentText("Dark")
    first.ground.setCurrentText("Transparent")
    first.resize(700, 600)
    first.reject()
    again = opened(qtbot, settings)
    assert again.suffix == ".png"
    assert again.pixel_width == 640
    assert again.paper.dark
    assert again.paper.transparent
    assert (again.width(), again.height()) == (700, 600)


def test_choices_that_no_longer_exist_are_left_alone(qtbot: QtBot, settings: QSettings) -> None:
    for name, value in (("format", "Tapestry"), ("width", "-3"), ("colours", ""), ("background", "7")):
        settings.setValue(f"network/drawing-{name}", value)
    dialog = opened(qtbot, settings)
    assert dialog.suffix == ".svg"
    assert dialog.width_field.value() == 2000
    assert not dialog.paper.transparent


@pytest.mark.parametrize("dark", [False, True])
def test_a_picture_without_a_ground_is_shown_on_squares_of_its_appearance(
    qtbot: QtBot, settings: QSettings, dark: bool
) -> None:
    dialog = opened(qtbot, settings)
    dialog.colours.setCurrentText("Dark" if dark else "Light")
    dialog.ground.setCurrentText("Transparent")
    wanted = {inks(dark=dark).color(name).name() for name in ("surface", "raised")}
    qtbot.waitUntil(lambda: corners(dialog.picture.pixmap().toImage()) == wanted)


def corners(image: QImage) -> set[str]:
    return {QColor(image.pixelColor(x, 3)).name() for x in (3, 11)}
