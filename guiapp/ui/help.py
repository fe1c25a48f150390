"""The help inside the program: short pages beside the window, none of them from the network."""

from __future__ import annotations

import platform

from PySide6 import __version__ as pyside_version
from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import (
    QFont,
    QKeySequence,
    QShortcut,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QTextBrowser, QWidget

from guiapp import __version__
from guiapp.core.files import resources_dir
from guiapp.look.theme import theme
from guiapp.look.tokens import BODY, ROW_HEIGHT, TITLE
from guiapp.ui.window import Window

PAGES = {
    "first-steps": "First steps",
    "data": "Data",
    "network": "Network",
    "train": "Train",
    "inspect": "Inspect",
    "predict": "Predict",
    "timeline": "Timeline",
    "shortcuts": "Keyboard shortcuts",
    "about": "About",
}


def text_of(name: str, window: Window) -> str:
    """Return a page in Markdown.

    Parameters
    ----------
    name : str
        One of `PAGES`.
    window : Window
        Whose shortcuts and engine are told of.
    """
    if name == "shortcuts":
        return _shortcuts(window)
    if name == "about":
        return _about(window)
    return (resources_dir() / "help" / f"{name}.md").read_text("utf-8")


def _shortcuts(window: Window) -> str:
    lines = ["# Keyboard shortcuts", "", "Every command is also in the command palette, Ctrl+K.", ""]
    lines += ["| Keys | What they do |", "| --- | --- |"]
    for where, action in window.commands():
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        if keys:
            lines.append(f"| {keys} | {action.text().replace('&', '')} ({where}) |")
    lines += ["| Left, Right | One snapshot back or on, ten with Shift, on the timeline |"]
    lines += ["| Home, End | The first and the last snapshot, on the timeline |"]
    lines += ["| Space | Play or hold, on the timeline |"]
    return "\n".join(lines)


def _about(window: Window) -> str:
    device = window.services.engine.device
    lines = [
        "# Convnet Studio",
        "",
        f"Version {__version__}. Build convolutional networks in a form, and watch them learn.",
        "",
    ]
    lines += ["It never goes online by itself, and your images stay where they are.", ""]
    lines += [f"- Python {platform.python_version()}, Qt through PySide6 {pyside_version}"]
    if device is not None:
        lines += [f"- {name} {version}" for name, version in device.versions.items() if name.lower() != "python"]
        lines += ["", device.detail]
    return "\n".join(lines)


def _set_type(document: QTextDocument) -> None:
    """Give headings and paragraphs the program's sizes and spaces; Qt's own are those of a printed page."""
    block = document.begin()
    while block.isValid():
        level = block.blockFormat().headingLevel()
        cursor = QTextCursor(block)
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
        spaces = QTextBlockFormat()
        spaces.setTopMargin(16 if level > 1 else 0)
        spaces.setBottomMargin(4 if block.textList() is not None else 8)
        spaces.setLineHeight(125, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        cursor.mergeBlockFormat(spaces)
        if level:
            letters = QTextCharFormat()
            font = QFont(document.defaultFont())
            font.setPixelSize(TITLE if level == 1 else BODY)
            font.setBold(True)
            letters.setFont(font)
            letters.clearProperty(QTextFormat.Property.FontSizeAdjustment)
            cursor.setCharFormat(letters)
        block = block.next()


class HelpWindow(QWidget):
    """A window of its own with the list of pages and the page that is read."""

    def __init__(self, window: Window) -> None:
        super().__init__(window, Qt.WindowType.Window)
        self._window = window
        self.setWindowTitle("Help")
        self.resize(820, 600)
        self.list = QListWidget()
        self.list.setFixedWidth(180)
        self.list.setAccessibleName("Pages of the help")
        for name, title in PAGES.items():
            item = QListWidgetItem(title, self.list)
            item.setData(Qt.ItemDataRole.UserRole, name)
            item.setSizeHint(QSize(0, ROW_HEIGHT))
        self.text = QTextBrowser()
        self.text.setOpenLinks(False)
        self.text.anchorClicked.connect(self._follow)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 16, 16, 16)
        row.setSpacing(16)
        row.addWidget(self.list)
        row.addWidget(self.text, 1)
        self.list.currentRowChanged.connect(self._show)
        QShortcut(QKeySequence.StandardKey.Cancel, self, self.close)
        theme.changed.connect(self._show)

    def open_page(self, name: str) -> None:
        """Show a page, and the window with it."""
        self.list.setCurrentRow(list(PAGES).index(name) if name in PAGES else 0)
        self._show()
        self.show()
        self.raise_()
        self.activateWindow()

    def page(self) -> str:
        """Return the name of the page that is shown."""
        item = self.list.currentItem()
        return str(item.data(Qt.ItemDataRole.UserRole)) if item is not None else ""

    def _show(self) -> None:
        name = self.page()
        if name:
            # The size of the text follows the program's, not the document's.
            self.text.document().setDefaultFont(self.font())
            self.text.document().setDocumentMargin(12)
            self.text.setMarkdown(text_of(name, self._window))
            _set_type(self.text.document())

    def _follow(self, url: QUrl) -> None:
        self.open_page(url.toString().removesuffix(".md"))
