"""The program's appearance: the tokens in use, a palette and one style sheet made of them.

Everything drawn by hand asks `theme.color`; everything else is styled by `resources/style/studio.qss`.
"""

from __future__ import annotations

import re
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from guiapp.core.files import resources_dir
from guiapp.look import tokens as tk
from guiapp.look.tokens import DARK, LIGHT, Tokens

Appearance = Literal["light", "dark", "system"]
Role = QPalette.ColorRole


def _palette(tokens: Tokens) -> QPalette:
    roles = {
        Role.Window: tokens.window,
        Role.WindowText: tokens.text,
        Role.Base: tokens.surface,
        Role.AlternateBase: tokens.window,
        Role.Text: tokens.text,
        Role.Button: tokens.surface,
        Role.ButtonText: tokens.text,
        Role.BrightText: tokens.bad,
        Role.Highlight: tokens.selection,
        Role.HighlightedText: tokens.text,
        Role.Accent: tokens.accent,
        Role.Link: tokens.accent,
        Role.LinkVisited: tokens.accent,
        Role.ToolTipBase: tokens.tip,
        Role.ToolTipText: tokens.tip_text,
        Role.PlaceholderText: tokens.secondary,
        Role.Light: tokens.surface,
        Role.Midlight: tokens.hover,
        Role.Mid: tokens.hairline,
        Role.Dark: tokens.border,
        Role.Shadow: tokens.border,
    }
    palette = QPalette()
    for role, value in roles.items():
        palette.setColor(role, QColor(value))
    for role in (Role.WindowText, Role.Text, Role.ButtonText, Role.HighlightedText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(tokens.disabled))
    return palette


def style_sheet(tokens: Tokens) -> str:
    """Return the style sheet with every ``@name`` replaced by the token of that name.

    Raises
    ------
    KeyError
        When the sheet names a token that does not exist.
    """
    folder = resources_dir() / "style"
    values = tokens.colours() | {
        "body": f"{tk.BODY}px",
        "small": f"{tk.SECONDARY}px",
        "caption": f"{tk.CAPTION}px",
        "heading": f"{tk.HEADING}px",
        "title": f"{tk.TITLE}px",
        "big": f"{tk.BIG}px",
        "radius": f"{tk.RADIUS}px",
        "shapes": (folder / ("dark" if tokens.dark else "light")).as_posix(),
    }
    text = (folder / "studio.qss").read_text(encoding="utf-8")
    return re.sub(r"@([a-z_]+)", lambda match: values[match.group(1)], text)


def body_font(base: QFont, pixels: int = tk.BODY) -> QFont:
    """Return `base` at a size in pixels, with tabular figures where the font has them."""
    return tabular(QFont(base), pixels)


def tabular(font: QFont, pixels: int | None = None) -> QFont:
    """Return `font` with figures of one width, at `pixels` where given."""
    out = QFont(font)
    if pixels is not None:
        out.setPixelSize(pixels)
    if hasattr(out, "setFeature"):  # Qt 6.7
        out.setFeature(QFont.Tag.fromString("tnum"), 1)
    return out


class Theme(QObject):
    """The appearance in use; `changed` is emitted after another one has been applied."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._tokens = LIGHT
        self._asked: Appearance = "light"
        self._app: QApplication | None = None

    @property
    def tokens(self) -> Tokens:
        """The tokens in use."""
        return self._tokens

    @property
    def dark(self) -> bool:
        """Whether the dark appearance is in use."""
        return self._tokens.dark

    @property
    def asked(self) -> Appearance:
        """What was asked for: light, dark, or as the system has it."""
        return self._asked

    def color(self, name: str, alpha: float = 1.0) -> QColor:
        """Return the colour of token `name` with opacity `alpha` (0 to 1).

        Raises
        ------
        AttributeError
            When there is no such token.
        """
        color = QColor(getattr(self._tokens, name))
        color.setAlphaF(alpha)
        return color

    def series(self, index: int) -> QColor:
        """Return the colour of plot series `index` (0: train, 1: validation)."""
        return QColor(tk.series(self._tokens, index))

    def apply(self, app: QApplication, appearance: Appearance = "system") -> None:
        """Give `app` the appearance: style, font, palette and style sheet."""
        self._asked = appearance
        if self._app is not app:
            self._app = app
            app.setStyle(QStyleFactory.create("Fusion"))
            app.setFont(body_font(app.font()))
            app.styleHints().colorSchemeChanged.connect(self._system_changed)
        self._use(app, self._resolve(app))

    def _resolve(self, app: QApplication) -> Tokens:
        if self._asked == "system":
            return DARK if app.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT
        return DARK if self._asked == "dark" else LIGHT

    def _use(self, app: QApplication, tokens: Tokens) -> None:
        self._tokens = tokens
        app.setPalette(_palette(tokens))
        app.setStyleSheet(style_sheet(tokens))
        self.changed.emit()

    def _system_changed(self) -> None:
        if self._app is not None and self._asked == "system":
            tokens = self._resolve(self._app)
            if tokens is not self._tokens:
                self._use(self._app, tokens)


theme = Theme()
