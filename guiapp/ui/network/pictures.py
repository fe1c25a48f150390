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
    """Pictures of volumes as `paint_volume` paints them, the same for equal ones."""

    def __init__(self) -> None:
        self._kept: dict[Key, QPixmap] = {}
        self.version = 0
        theme.changed.connect(self._forget)

    def _forget(self) -> None:
        self._kept.clear()
        self.version += 1

    def of(self, row: LayerInfo, box: Box, scale: float, ratio: float, inks: Inks, *, chosen: bool) -> QPixmap | None:
        """Return the picture of one volume with `AIR` around it; None for one so large that painting it costs less.

        `version` is another when pictures that were returned before must no longer be used.
        """
        width, height = box.size.width * scale + 2 * AIR, box.size.full_height * scale + 2 * AIR
        if width * height > MOST_PIXELS:
            return None
        key = _key(row, box, scale, ratio, chosen=chosen)
        picture = self._kept.get(key)
        if picture is None:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            picture = self._kept[key] = _picture(row, box, scale, ratio, inks, chosen=chosen)
        return picture


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
