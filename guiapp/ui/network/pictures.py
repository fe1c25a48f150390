"""Volumes kept as pictures: painting one again is then a copy."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPixmap

from guiapp.core.analysis import LayerInfo
from guiapp.look.theme import theme
from guiapp.ui.network.inks import Inks
from guiapp.ui.network.painting import paint_volume
from guiapp.ui.network.placing import Box

AIR = 10.0
"""What is painted around a volume, in px on the screen: a thick outline, the outlines behind a block."""

MOST_KEPT = 400
MOST_PIXELS = 512 * 512

Key = tuple[object, ...]


class VolumePictures:
    """Paints volumes as `paint_volume` does, equal ones from the same picture."""

    def __init__(self) -> None:
        self._kept: dict[Key, QPixmap] = {}
        theme.changed.connect(self._kept.clear)

    def paint(  # noqa: PLR0917 - as `paint_volume`
        self,
        painter: QPainter,
        row: LayerInfo,
        box: Box,
        scale: float,
        origin: QPointF,
        inks: Inks,
        *,
        chosen: bool,
    ) -> None:
        """Paint one volume."""
        width, height = box.size.width * scale + 2 * AIR, box.size.full_height * scale + 2 * AIR
        if width * height > MOST_PIXELS:
            paint_volume(painter, row, box, scale, origin, inks, chosen=chosen)
            return
        ratio = painter.device().devicePixelRatio()
        key = _key(row, box, scale, ratio, chosen=chosen)
        picture = self._kept.get(key)
        if picture is None:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            picture = self._kept[key] = _picture(row, box, scale, ratio, inks, chosen=chosen)
        corner = origin + QPointF(box.x, box.y - box.size.full_height) * scale
        painter.drawPixmap(QPointF(round(corner.x() - AIR), round(corner.y() - AIR)), picture)


def _key(row: LayerInfo, box: Box, scale: float, ratio: float, *, chosen: bool) -> Key:
    size = box.size
    severities = {problem.severity for problem in row.problems} if row.problems else ()
    return (
        type(row.layer),
        row.layer.enabled,
        row.shape is None,
        "error" if "error" in severities else "warning" if severities else "",
        chosen,
        round(size.thickness * scale, 1),
        round(size.height * scale, 1),
        round(size.slant * scale, 1),
        ratio,
    )


def _picture(row: LayerInfo, box: Box, scale: float, ratio: float, inks: Inks, *, chosen: bool) -> QPixmap:
    width, height = box.size.width * scale + 2 * AIR, box.size.full_height * scale + 2 * AIR
    picture = QPixmap(max(round((width + 3) * ratio), 1), max(round((height + 3) * ratio), 1))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    inside = QPainter(picture)
    inside.setRenderHint(QPainter.RenderHint.Antialiasing)
    corner = QPointF(AIR, AIR) - QPointF(box.x, box.y - box.size.full_height) * scale
    paint_volume(inside, row, box, scale, corner, inks, chosen=chosen)
    inside.end()
    return picture
