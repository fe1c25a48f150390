"""The icons: one family of line drawings on a grid of 20 px, tinted by a token of the theme."""

from __future__ import annotations

import weakref
from functools import cache
from typing import Protocol

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QPushButton

from guiapp.core.files import resources_dir
from guiapp.look.theme import theme

SIZES = (16, 20)
RATIOS = (1.0, 2.0)
AIR = 4


class TakesIcon(Protocol):
    """A button, an action: whatever shows an icon."""

    def setIcon(self, icon: QIcon, /) -> None:
        """Show `icon`."""


@cache
def names() -> tuple[str, ...]:
    """Every icon's name, in alphabetical order."""
    return tuple(sorted(path.stem for path in (resources_dir() / "icons").glob("*.svg")))


@cache
def _drawing(name: str) -> str:
    path = resources_dir() / "icons" / f"{name}.svg"
    if not path.is_file():
        raise ValueError(f"Expected the name of an icon ({', '.join(names())}). Received: {name!r}")
    return path.read_text(encoding="utf-8")


@cache
def _render(name: str, hex_color: str, size: int, ratio: float) -> QPixmap:
    pixels = round(size * ratio)
    pixmap = QPixmap(pixels, pixels)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    _renderer(name, hex_color).render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def pixmap(name: str, size: int = 20, color: str = "text", ratio: float = 1.0) -> QPixmap:
    """Return the drawing as a pixmap.

    Parameters
    ----------
    name : str
        The icon's name.
    size : int
        Its side in logical px.
    color : str
        The token that tints it (the logo keeps its own colours).
    ratio : float
        Device pixels a logical px.

    Raises
    ------
    ValueError
        When there is no such icon.
    """
    return _render(name, theme.color(color).name(), size, ratio)


def paint(painter: QPainter, name: str, area: QRectF, color: QColor) -> None:
    """Paint the drawing into `area`, as lines where the device takes lines; any thread may.

    Raises
    ------
    ValueError
        When there is no such icon.
    """
    _renderer(name, color.name()).render(painter, area)


def _renderer(name: str, hex_color: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(_drawing(name).replace('"#000"', f'"{hex_color}"').encode()))


def _padded(drawn: QPixmap) -> QPixmap:
    """Return the pixmap with 4 px of air at its right: Qt sets a button's icon too close to its words."""
    ratio = drawn.devicePixelRatio()
    out = QPixmap(drawn.width() + round(AIR * ratio), drawn.height())
    out.setDevicePixelRatio(ratio)
    out.fill(Qt.GlobalColor.transparent)
    painter = QPainter(out)
    painter.drawPixmap(0, 0, drawn)
    painter.end()
    return out


def icon(name: str, color: str = "text") -> QIcon:
    """Return the icon in the colour that token `color` has now, sharp at 16 and 20 px, at 1 and 2 device pixels a px.

    Raises
    ------
    ValueError
        When there is no such icon.
    """
    return _icon(name, theme.color(color).name(), theme.color("disabled").name(), SIZES)


@cache
def _icon(name: str, hex_color: str, hex_disabled: str, sizes: tuple[int, ...], *, air: bool = False) -> QIcon:
    out = QIcon()
    for size in sizes:
        for ratio in RATIOS:
            modes = (
                (hex_color, QIcon.Mode.Normal),
                (hex_color, QIcon.Mode.Selected),
                (hex_disabled, QIcon.Mode.Disabled),
            )
            for hex_mode, mode in modes:
                drawn = _render(name, hex_mode, size, ratio)
                out.addPixmap(_padded(drawn) if air else drawn, mode)
    return out


def _give(target: TakesIcon, name: str, color: str) -> None:
    if isinstance(target, QPushButton):
        hexes = theme.color(color).name(), theme.color("disabled").name()
        target.setIconSize(QSize(16 + AIR, 16))
        target.setIcon(_icon(name, *hexes, (16,), air=True))
    else:
        target.setIcon(icon(name, color))


_followers: weakref.WeakKeyDictionary[TakesIcon, tuple[str, str]] = weakref.WeakKeyDictionary()


def set_icon(target: TakesIcon, name: str, color: str = "text") -> None:
    """Give `target` (a button, an action) the icon, now and after each change of the theme.

    Raises
    ------
    ValueError
        When there is no such icon.
    """
    _give(target, name, color)
    _followers[target] = (name, color)


def _retint() -> None:
    for target, (name, color) in list(_followers.items()):
        try:
            _give(target, name, color)
        except RuntimeError:  # its C++ side is gone
            _followers.pop(target, None)


theme.changed.connect(_retint)
