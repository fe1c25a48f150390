"""Every test here starts from the light appearance, without motion."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from guiapp.look.theme import theme


@pytest.fixture(autouse=True)
def light(qapp: object, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    from PySide6.QtWidgets import QApplication

    monkeypatch.setenv("CONVNET_STUDIO_REDUCED_MOTION", "1")
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    if theme.asked != "light" or not app.styleSheet():
        theme.apply(app, "light")
