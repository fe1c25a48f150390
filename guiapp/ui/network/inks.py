"""The colours that networks are drawn in: those of the appearance in use, or of the one that paper wants."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtGui import QColor

from guiapp.core.layers import Layer
from guiapp.look.theme import theme
from guiapp.look.tokens import DARK, LIGHT, Tokens

_FAMILY_TOKENS = {"Input": "secondary", "Convolution": "accent", "Pooling": "good", "Dense": "second"}
_FAMILY_COLOURS = {
    "Normalisation": "#8F6BC7",
    "Activation": "#B8860B",
    "Branches": "#2C8C99",
    "Blocks": "#6A78C9",
}


@dataclass(frozen=True)
class Inks:
    """Colours by what they are for; painting with it needs neither the window nor its thread."""

    tokens: Tokens

    def color(self, name: str) -> QColor:
        """Return the colour of a token."""
        return QColor(getattr(self.tokens, name))

    def family(self, layer: Layer) -> QColor:
        """Return the colour of a layer's family."""
        family = type(layer).family
        token = _FAMILY_TOKENS.get(family)
        if token is not None:
            return self.color(token)
        return QColor(_FAMILY_COLOURS.get(family, self.tokens.secondary))

    def mixed(self, colour: QColor, share: float, ground: str = "window") -> QColor:
        """Return `colour` laid over a token with opacity `share`, as an opaque colour."""
        return QColor.fromRgba(_mixed(colour.rgba(), self.color(ground).rgba(), share))


@lru_cache(1024)
def _mixed(over: int, under: int, share: float) -> int:
    parts = (((over >> bits & 255) * share + (under >> bits & 255) * (1 - share), bits) for bits in (16, 8, 0))
    return 0xFF000000 | sum(round(value) << bits for value, bits in parts)


def inks(*, dark: bool | None = None) -> Inks:
    """Return the colours of the light or the dark appearance, or of the one in use where `dark` is None."""
    if dark is None:
        return Inks(theme.tokens)
    return Inks(DARK if dark else LIGHT)
