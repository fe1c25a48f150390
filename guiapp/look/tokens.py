"""The look in numbers: colours, spaces and sizes of type, as frozen data without Qt."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Tokens:
    """The colours of one appearance, each as ``"#RRGGBB"``."""

    dark: bool
    window: str
    surface: str
    raised: str
    hairline: str
    border: str
    hover: str
    pressed: str
    selection: str
    text: str
    secondary: str
    disabled: str
    accent: str
    accent_hover: str
    accent_pressed: str
    on_accent: str
    second: str
    good: str
    warning: str
    bad: str
    bad_fill: str
    tip: str
    tip_text: str

    def colours(self) -> dict[str, str]:
        """Every colour by its name."""
        return {name: value for name, value in asdict(self).items() if isinstance(value, str)}


LIGHT = Tokens(
    dark=False,
    window="#F6F7F9",
    surface="#FFFFFF",
    raised="#ECEEF2",
    hairline="#D9DDE3",
    border="#C2C8D1",
    hover="#E6E9EF",
    pressed="#D8DDE6",
    selection="#E4ECFE",
    text="#1B1F26",
    secondary="#59616E",
    disabled="#9AA1AC",
    accent="#2563EB",
    accent_hover="#1D56D6",
    accent_pressed="#184AB9",
    on_accent="#FFFFFF",
    second="#D9730D",
    good="#14805E",
    warning="#9A6700",
    bad="#C2362B",
    bad_fill="#FDF1F0",
    tip="#1B1F26",
    tip_text="#F6F7F9",
)

DARK = Tokens(
    dark=True,
    window="#15181D",
    surface="#1D2127",
    raised="#101317",
    hairline="#2C323B",
    border="#3B434E",
    hover="#272D35",
    pressed="#323943",
    selection="#1F3252",
    text="#E6E9EE",
    secondary="#9BA4B2",
    disabled="#5F6875",
    accent="#5B9BFF",
    accent_hover="#76ABFF",
    accent_pressed="#8FBAFF",
    on_accent="#0B1524",
    second="#F2A65A",
    good="#3FBF8F",
    warning="#E0A93B",
    bad="#FF7A6B",
    bad_fill="#2C1F20",
    tip="#E6E9EE",
    tip_text="#15181D",
)

# Space, in px, on a grid of 4.
SPACE_XS, SPACE_S, SPACE_M, SPACE_L, SPACE_XL = 4, 8, 12, 16, 24
PAGE_MARGIN = GROUP_GAP = 16
CONTROL_HEIGHT = ROW_HEIGHT = 28
HEADER_HEIGHT, TIMELINE_HEIGHT = 44, 40
RADIUS = 4

# Sizes of type, in px.
BODY, SECONDARY, CAPTION, HEADING, TITLE, BIG = 13, 12, 11, 12, 16, 22

# Okabe and Ito, "Color Universal Design" (2008), without black and without the yellow that vanishes on white.
OKABE_ITO = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#999999")


def series(tokens: Tokens, index: int) -> str:
    """Return the colour of plot series `index`: accent, second series, then Okabe–Ito, again from its start."""
    own = (tokens.accent, tokens.second)
    return own[index] if index < len(own) else OKABE_ITO[(index - len(own)) % len(OKABE_ITO)]
