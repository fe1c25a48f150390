"""The rows of the layer list: their model, and how one is drawn."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QHelpEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from guiapp.core import notify
from guiapp.core.analysis import Analysis, LayerInfo
from guiapp.core.layers.blocks import Block
from guiapp.core.notify import UserError
from guiapp.look import tokens as tk
from guiapp.look.icons import pixmap
from guiapp.look.theme import tabular, theme
from guiapp.ui.form import sentence
from guiapp.ui.network.geometry import short_name
from guiapp.ui.network.name_line import NameLine
from guiapp.ui.network.row_places import CHEVRON, ICON, INDENT, chevron, name_left
from guiapp.ui.network.state import NetworkState
from guiapp.ui.network.words import family_colour, mixed, row_problems, row_tip, shape_text

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
InfoRole = Qt.ItemDataRole.UserRole
GRIP, RIGHT = 6, 8
NAME_SHARE = 0.42


def _beside_shape(row: LayerInfo) -> int:
    """Return how far from the right edge a row's shape ends."""
    return RIGHT + (20 if row.problems else 0)


def _same_to_see(a: LayerInfo, b: LayerInfo) -> bool:
    return a is b or (
        a.shape == b.shape
        and a.problems == b.problems
        and (
            a.layer is b.layer
            or (a.layer.name, a.layer.enabled, a.layer.kind, a.layer.group)
            == (b.layer.name, b.layer.enabled, b.layer.kind, b.layer.group)
        )
    )


class LayerRows(QAbstractListModel):
    """The layers of the present analysis."""

    def __init__(self, state: NetworkState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._rows: tuple[LayerInfo, ...] = state.analysis.rows

    def info(self, row: int) -> LayerInfo:
        """Return what is known of the layer at `row`."""
        return self._rows[row]

    def ends(self, row: int) -> tuple[bool, bool]:
        """Return whether the layer at `row` is the first, and the last, of its opened block that is in one piece."""
        group = self._rows[row].layer.group
        before = row > 0 and self._rows[row - 1].layer.group == group
        after = row + 1 < len(self._rows) and self._rows[row + 1].layer.group == group
        return not before, not after

    def chevron_at(self, row: int, x: int) -> bool:
        """Whether what is at `x` in a row opens or closes its block."""
        left, name = chevron(self._rows[row], first=self.ends(row)[0])
        return bool(name) and left - 2 <= x < left + CHEVRON + 4

    def take(self, analysis: Analysis) -> None:
        """Show another analysis; only what differs is redrawn, so that scroll and selection stay."""
        old, new = self._rows, analysis.rows
        pairs = enumerate(zip(old, new, strict=False))
        first = next((i for i, (a, b) in pairs if a is not b and a.layer.name != b.layer.name), None)
        head = min(len(old), len(new)) if first is None else first
        tail = 0
        while tail < min(len(old), len(new)) - head and old[-1 - tail].layer.name == new[-1 - tail].layer.name:
            tail += 1
        if len(old) == len(new):
            self._rows = new
        else:
            self._splice(new, head, tail)
        pairs = enumerate(zip(new, old, strict=False))
        changed = [i for i, (row, before) in pairs if row is not before and not _same_to_see(row, before)]
        changed += range(len(old), len(new))
        if changed:
            self.dataChanged.emit(self.index(changed[0]), self.index(changed[-1]))

    def _splice(self, new: tuple[LayerInfo, ...], head: int, tail: int) -> None:
        gone, come = len(self._rows) - head - tail, len(new) - head - tail
        if gone > come:
            self.beginRemoveRows(ROOT, head + come, head + gone - 1)
            self._rows = new
            self.endRemoveRows()
        else:
            self.beginInsertRows(ROOT, head + gone, head + come - 1)
            self._rows = new
            self.endInsertRows()

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return how many layers there are."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the name, the tip, what a screen reader says, or the `LayerInfo`."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row = self._rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return row.layer.name
        if role == InfoRole:
            return row
        if role == Qt.ItemDataRole.AccessibleTextRole:
            said = f"{row.layer.name}, {type(row.layer).title}, output {shape_text(row.shape)}"
            said += f", in the opened block {row.layer.group}" if row.layer.group else ""
            said += ", a closed block" if isinstance(row.layer, Block) else ""
            return said + ("" if row.layer.enabled else ", disabled") + (", has a problem" if row.problems else "")
        if role == Qt.ItemDataRole.SizeHintRole:
            return QSize(200, tk.ROW_HEIGHT)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Every row can be chosen and renamed."""
        flag = Qt.ItemFlag
        return flag.ItemIsEnabled | flag.ItemIsSelectable | flag.ItemIsEditable

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Rename a layer; a name that cannot be is told, and the old one stays."""
        try:
            self._state.rename(index.row(), str(value))
        except UserError as exc:
            notify.warning(sentence(f"The name {exc.what}"))
            return False
        return True


class RowDelegate(QStyledItemDelegate):
    """Draws a row: grip, icon, name, kind, output shape, problem."""

    def __init__(self, state: NetworkState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return one row of the list."""
        return QSize(200, tk.ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw the row."""
        row: LayerInfo = index.data(InfoRole)
        area: QRect = option.rect
        state: QStyle.StateFlag = option.state
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        # A row is laid out from left to right in every language, and so are the sides of a shape.
        painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, theme.color("selection"))
        elif hovered:
            painter.fillRect(area, theme.color("hover"))
        model = index.model()
        first, last = model.ends(index.row()) if isinstance(model, LayerRows) else (False, False)
        self._paint_icons(painter, area, row, hovered=hovered)
        self._paint_block(painter, area, row, first=first, last=last)
        font: QFont = QFont(option.font)
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        self._paint_words(painter, area, row, font, first=first, chosen=chosen)
        painter.restore()

    def _paint_icons(self, painter: QPainter, area: QRect, row: LayerInfo, *, hovered: bool) -> None:
        ratio = painter.device().devicePixelRatio()
        top = area.top() + (area.height() - 16) // 2
        grip = pixmap("grip", 16, "secondary" if hovered else "border", ratio)
        painter.drawPixmap(area.left() + GRIP - 2, top, grip)
        painter.drawPixmap(
            area.left() + ICON + (INDENT if row.layer.group else 0),
            top,
            pixmap(type(row.layer).icon, 16, "text" if row.layer.enabled else "disabled", ratio),
        )
        stripe = QRect(area.left(), area.top() + 4, 3, area.height() - 8)
        colour = family_colour(row.layer) if row.layer.enabled else theme.color("hairline")
        painter.fillRect(stripe, colour)
        if row.problems:
            level = "error" if any(p.severity == "error" for p in row.problems) else "warning"
            colour_name = "bad" if level == "error" else "warning"
            painter.drawPixmap(area.right() - RIGHT - 14, top, pixmap(level, 16, colour_name, ratio))

    def _paint_block(self, painter: QPainter, area: QRect, row: LayerInfo, *, first: bool, last: bool) -> None:
        left, name = chevron(row, first=first)
        if row.layer.group:
            colour = mixed(theme.color("accent"), 0.6)
            x = area.left() + ICON + 4
            top = area.top() + (22 if first else 0)
            bottom = area.bottom() - (8 if last else -1)
            painter.fillRect(QRect(x, top, 2, bottom - top), colour)
            if last:
                painter.fillRect(QRect(x, bottom - 2, 7, 2), colour)
        if name:
            ratio = painter.device().devicePixelRatio()
            middle = area.top() + (area.height() - 16) // 2
            painter.drawPixmap(area.left() + left, middle, pixmap(name, 16, "secondary", ratio))

    def _paint_words(
        self, painter: QPainter, area: QRect, row: LayerInfo, font: QFont, *, first: bool, chosen: bool
    ) -> None:
        live = row.layer.enabled
        middle = Qt.AlignmentFlag.AlignVCenter
        small = tabular(font, tk.SECONDARY)
        right = area.right() - _beside_shape(row)
        painter.setFont(small)
        shape = shape_text(row.shape)
        shape_width = painter.fontMetrics().horizontalAdvance(shape)
        painter.setPen(theme.color("secondary"))
        painter.drawText(
            QRect(right - shape_width, area.top(), shape_width + 1, area.height()),
            middle | Qt.AlignmentFlag.AlignRight,
            shape,
        )
        left = area.left() + name_left(row)
        space = right - shape_width - 12 - left
        font.setStrikeOut(not live)
        painter.setFont(font)
        metrics = painter.fontMetrics()
        # The first row of an opened block says whose layers these are.
        headed = first and bool(row.layer.group)
        kind = row.layer.group if headed else type(row.layer).title
        said = short_name(row.layer)
        name_width = min(metrics.horizontalAdvance(said), max(int(area.width() * NAME_SHARE), space // 2), space)
        name = metrics.elidedText(said, Qt.TextElideMode.ElideMiddle, name_width + 1)
        painter.setPen(theme.color("text" if live else "secondary"))
        painter.drawText(QRect(left, area.top(), name_width + 1, area.height()), middle, name)
        # Kinds begin on one column unless a long name pushes them.
        begin = max(name_width + 10, 122 - name_left(row))
        if space - begin > 28:
            small.setStrikeOut(not live)
            painter.setFont(small)
            # The accent is too pale on the ground of what is chosen.
            painter.setPen(theme.color("text" if headed and chosen else "accent" if headed else "secondary"))
            short = painter.fontMetrics().elidedText(kind, Qt.TextElideMode.ElideRight, space - begin)
            painter.drawText(QRect(left + begin, area.top(), space - begin, area.height()), middle, short)

    def helpEvent(self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index) -> bool:
        """Say over the problem's icon what is wrong, elsewhere what the layer is."""
        if event.type() != QEvent.Type.ToolTip or not index.isValid():
            return False
        row: LayerInfo = index.data(InfoRole)
        area: QRect = option.rect
        over_problem = bool(row.problems) and event.pos().x() > area.right() - 28
        text = row_problems(row) if over_problem else row_tip(row, self._state.analysis.rows)
        QToolTip.showText(event.globalPos(), text, view, area)
        return True

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        """Return the line for the name."""
        return NameLine(self._state, index.row(), parent)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        """Lay the line over the name and the kind; the shape stays in sight."""
        area, row = option.rect, index.data(InfoRole)
        shape = QFontMetrics(tabular(editor.font(), tk.SECONDARY)).horizontalAdvance(shape_text(row.shape))
        editor.setGeometry(area.adjusted(name_left(row) - 8, 0, -_beside_shape(row) - shape - 12, 0))
