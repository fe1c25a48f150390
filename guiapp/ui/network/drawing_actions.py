"""What can be done with the drawing as a whole: export, print and copy it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QAction, QFont, QGuiApplication, QImage

from guiapp.core import notify
from guiapp.ui.network.drawing_export import DrawingExport
from guiapp.ui.network.paper import Sheet, print_on, turned

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter

    from guiapp.ui.network.page import NetworkPage

COPIED_SCALE = 2


def extra(page: NetworkPage) -> tuple[str, list[QAction]]:
    """Return the menu of the drawing."""
    doing = _Doing(page)
    actions: list[QAction] = []
    for text, tip, run in (
        ("Export drawing…", "Save the drawing as SVG, PNG or PDF", doing.export),
        ("Print drawing…", "Print the whole drawing on one page", doing.print),
        ("Copy drawing", "Copy the whole drawing as a picture", doing.copy),
    ):
        action = QAction(text, page)
        action.setToolTip(tip)
        action.triggered.connect(lambda _checked=False, run=run: run())
        actions.append(action)

    def follow() -> None:
        for action in actions:
            action.setEnabled(bool(page.state.network.layers))

    page.state.changed.connect(follow)
    follow()
    return "Drawing", actions


class _Doing:
    def __init__(self, page: NetworkPage) -> None:
        self._page = page

    def export(self) -> None:
        """Open the dialog."""
        page = self._page
        title = page.services.session.project.name or "network"
        dialog = DrawingExport(
            page.state.analysis.rows, title, page.services.settings, page, page.services.session.path
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def copy(self) -> None:
        """Copy the drawing to the clipboard, as SVG and as a picture."""
        rows, font, title = self._page.state.analysis.rows, self._font(), self._page.services.session.project.name

        def make() -> tuple[QImage, bytes]:
            sheet = Sheet(rows, font)
            return sheet.image(sheet.size.width() * COPIED_SCALE), sheet.svg(title)

        self._page.services.jobs.run(make, done=_to_clipboard, key="copy drawing", doing="copying the drawing")

    def print(self) -> None:
        """Ask for the printer, and print."""
        from PySide6.QtPrintSupport import QPrintDialog, QPrinter

        printer = QPrinter()
        turned(printer, self._page.state.analysis.rows, self._font())
        printer.setDocName(self._page.services.session.project.name)
        dialog = QPrintDialog(printer, self._page)
        dialog.finished.connect(dialog.deleteLater)
        dialog.accepted.connect(lambda: self.print_on(printer))
        dialog.setModal(True)
        dialog.show()

    def print_on(self, printer: QPrinter) -> None:
        """Print on a printer that has been chosen."""
        rows, font = self._page.state.analysis.rows, self._font()
        self._page.services.jobs.run(
            lambda: print_on(printer, rows, font),
            done=lambda _nothing: notify.info("The drawing has been handed to the printer."),
            key="print drawing",
            doing="printing the drawing",
        )

    def _font(self) -> QFont:
        return QFont(self._page.font())


def _to_clipboard(made: tuple[QImage, bytes]) -> None:
    image, svg = made
    data = QMimeData()
    data.setImageData(image)
    data.setData("image/svg+xml", svg)
    QGuiApplication.clipboard().setMimeData(data)
    notify.info("The drawing is on the clipboard.")
