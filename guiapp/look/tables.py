"""Tables as the program shows them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from guiapp.look.tokens import ROW_HEIGHT


def tidy(view: QTableView, stretched: int | None = None) -> None:
    """Give a table rows of 28 px, whole-row selection, heads at the left, no grid and no row numbers.

    Parameters
    ----------
    view : QTableView
        The table.
    stretched : int, optional
        The column that takes the room that is left; the last one by default.
    """
    rows, heads = view.verticalHeader(), view.horizontalHeader()
    rows.hide()
    rows.setDefaultSectionSize(ROW_HEIGHT)
    rows.setMinimumSectionSize(ROW_HEIGHT)
    heads.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    heads.setHighlightSections(False)
    if stretched is None:
        heads.setStretchLastSection(True)
    else:
        heads.setSectionResizeMode(stretched, QHeaderView.ResizeMode.Stretch)
    view.setShowGrid(False)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setTabKeyNavigation(False)
