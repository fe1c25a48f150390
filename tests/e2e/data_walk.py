"""The steps of a person on the Data page of the real window, by mouse, keys and drops."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QPushButton, QTabBar, QWidget
from pytestqt.qtbot import QtBot

from guiapp.core.dataset_settings import DatasetSettings
from guiapp.core.runs import ListedImage
from guiapp.data.dataset import SPLIT_NAMES
from guiapp.look.toasts import Toast
from guiapp.ui.data.page import DataPage
from guiapp.ui.data.views import DataView
from guiapp.ui.form import FieldsForm
from guiapp.ui.form_editors import ChoiceEditor, NumberEditor
from guiapp.ui.health_model import HealthModel, health_of
from guiapp.ui.window import Window

LONG_MS = 30_000
Ctrl, Shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
V = TypeVar("V", bound=DataView)


class DataWalk:
    """What a person does on the Data page."""

    def __init__(self, window: Window, qtbot: QtBot) -> None:
        self.window, self.qtbot = window, qtbot
        self.services = window.services
        self.model = window.services.dataset
        self.health: HealthModel = health_of(window.services)
        window.go("data")

    @property
    def page(self) -> DataPage:
        """The page."""
        page = self.window.page("data")
        assert isinstance(page, DataPage)
        return page

    @property
    def settings(self) -> DatasetSettings:
        """What the project says of its images."""
        settings = self.services.session.project.dataset
        assert settings is not None
        return settings

    # waiting

    def wait(self, condition: Callable[[], Any]) -> None:
        """Wait until something holds."""
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=LONG_MS)

    def settle(self) -> None:
        """Wait until the images are as the project says, and checked."""
        self.wait(lambda: self.model.state == "ready" and not self.model.dividing)
        self.wait(lambda: self.health.state == "ready" and self.health.arranged is self.model.arranged)

    def toast(self, words: str) -> Toast | None:
        """Return the message that says this, or None."""
        return next((toast for toast in self.window.toasts.shown() if words in toast.note.text), None)

    def focus(self, widget: QWidget) -> None:
        """Put the focus there as Tab does; after a dialog nothing but this brings the window to the front offscreen."""
        self.window.activateWindow()
        self.wait(self.window.isActiveWindow)
        widget.setFocus(Qt.FocusReason.TabFocusReason)

    # mouse

    def drop(self, path: Path) -> None:
        """Drop a file or folder on the page."""
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path))])
        how = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
        at = self.page.rect().center()
        QApplication.sendEvent(self.page, QDragEnterEvent(at, *how))
        QApplication.sendEvent(self.page, QDropEvent(QPointF(at), *how))

    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        """Click on what can be seen and used."""
        assert widget.isVisible() and widget.isEnabled(), widget
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at or QPoint())

    def click_tab(self, bar: QTabBar, title: str) -> None:
        """Click on a tab."""
        at = next(i for i in range(bar.count()) if bar.tabText(i) == title)
        self.click(bar, bar.tabRect(at).center())

    def view(self, kind: type[V]) -> V:
        """Show a view of the images and return it."""
        self.click_tab(self.page.views.bar, kind.title)
        view = self.page.views.current
        assert isinstance(view, kind)
        return view

    def click_button(self, inside: QWidget, words: str) -> None:
        """Click on the button with these words, once it can be used."""

        def found() -> list[QAbstractButton]:
            buttons = inside.findChildren(QPushButton)
            return [b for b in buttons if b.text() == words and b.isVisible() and b.isEnabled()]

        self.wait(found)
        self.click(found()[0])

    # keys

    def focused(self) -> QWidget:
        """Return what has the focus."""
        widget = QApplication.focusWidget()
        assert widget is not None
        return widget

    def keys(self, *keys: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press keys where the focus is."""
        for key in keys:
            QTest.keyClick(self.focused(), key, held)

    def type(self, text: str) -> None:
        """Type where the focus is, in place of what is there."""
        self.keys(Qt.Key.Key_A, held=Ctrl)
        QTest.keyClicks(self.focused(), text)

    def command(self, words: str) -> None:
        """Run the first command that is found by these words."""
        self.keys(Qt.Key.Key_K, held=Ctrl)
        QTest.keyClicks(self.focused(), words)
        self.keys(Qt.Key.Key_Return)

    def find(self, text: str) -> None:
        """Look for an image by its name, and go down to it."""
        browser = self.page.browser
        self.focus(browser.filters.search)
        self.type(text)
        self.wait(lambda: browser.gallery.wall is not None and browser.gallery.wall.wanted.text == text)
        self.keys(Qt.Key.Key_Down)
        assert self.focused() is browser.gallery
        self.keys(Qt.Key.Key_Home)

    def choose(self, form: FieldsForm | None, field: str, text: str) -> None:
        """Choose one of a field's values from its list, by the keys."""
        assert form is not None
        editor = form.editor(field)
        assert isinstance(editor, ChoiceEditor) and editor.box.isVisible()
        self.focus(editor.box)
        self.keys(Qt.Key.Key_Down, held=Qt.KeyboardModifier.AltModifier)
        view = editor.box.view()
        assert view.isVisible()
        for key in (Qt.Key.Key_Home, *[Qt.Key.Key_Down] * editor.box.findText(text), Qt.Key.Key_Return):
            QTest.keyClick(view, key)

    def number(self, form: FieldsForm, field: str, text: str) -> None:
        """Type a number."""
        editor = form.editor(field)
        assert isinstance(editor, NumberEditor) and editor.field.line.isVisible()
        self.focus(editor.field.line)
        self.type(text)

    # what the page shows

    def found(self) -> list[str]:
        """Return what the health report has found."""
        return [finding.key for finding in self.health.findings]

    def listed(self) -> list[ListedImage]:
        """Return each image with its class and split, as the page shows it."""
        arranged = self.model.arranged
        assert arranged is not None
        active = arranged.active
        return [
            ListedImage(path, active.class_names[label], SPLIT_NAMES[split])
            for path, label, split in zip(active.paths, active.labels.tolist(), arranged.splits.tolist(), strict=True)
        ]
