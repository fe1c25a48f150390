from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QColor, QIcon, QPalette
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from guiapp.core.colormaps import NAMES, colormap
from guiapp.core.files import resources_dir
from guiapp.look import icons, motion, plots, theme
from guiapp.look.tokens import DARK, LIGHT, Tokens, series

NEEDED = {
    "data",
    "network",
    "train",
    "inspect",
    "predict",
    "play",
    "pause",
    "stop",
    "undo",
    "redo",
    "add",
    "remove",
    "duplicate",
    "up",
    "down",
    "grip",
    "search",
    "open",
    "save",
    "export",
    "folder",
    "image",
    "pin",
    "unpin",
    "close",
    "settings",
    "sun",
    "moon",
    "info",
    "warning",
    "error",
    "check",
    "chevron-down",
    "chevron-right",
    "step-back",
    "step-forward",
    "live",
    "zoom-in",
    "zoom-out",
    "reset",
    "copy",
    "paste",
    "eye",
    "eye-off",
    "template",
    "conv",
    "pool",
    "dense",
    "flatten",
    "dropout",
    "norm",
    "activation",
    "input",
    "global-pool",
    "logo",
}


def _app() -> QApplication:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return app


def _luminance(value: str) -> float:
    color = QColor(value)
    channels = np.array([color.redF(), color.greenF(), color.blueF()])
    linear = np.where(channels <= 0.03928, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ np.array([0.2126, 0.7152, 0.0722]))


def _contrast(a: str, b: str) -> float:
    high, low = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["window", "surface", "raised", "selection", "hover"])
@pytest.mark.parametrize("words", ["text", "secondary"])
def test_words_can_be_read(tokens: Tokens, ground: str, words: str) -> None:
    assert _contrast(getattr(tokens, words), getattr(tokens, ground)) >= 4.5


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_coloured_words_can_be_read(tokens: Tokens) -> None:
    assert _contrast(tokens.on_accent, tokens.accent) >= 4.5
    assert _contrast(tokens.tip_text, tokens.tip) >= 4.5
    for state in (tokens.good, tokens.warning, tokens.bad, tokens.accent):
        assert _contrast(state, tokens.surface) >= 4.5
    assert _contrast(tokens.bad, tokens.selection) >= 4.5
    assert _contrast(tokens.accent, tokens.selection) >= (4.5 if tokens.dark else 3.0)


def test_series_begin_with_the_accent_and_never_end() -> None:
    colours = [series(LIGHT, index) for index in range(9)]
    assert colours[0] == LIGHT.accent
    assert colours[1] == LIGHT.second
    assert len(set(colours)) == 9
    assert series(LIGHT, 2) == series(LIGHT, 9)


def test_the_sheet_has_every_token_replaced_and_every_picture() -> None:
    for tokens in (LIGHT, DARK):
        sheet = theme.style_sheet(tokens)
        assert "@" not in sheet
        for part in sheet.split("url(")[1:]:
            assert Path(part.split(")")[0]).is_file()


def test_applying_changes_palette_and_tells(qtbot: QtBot) -> None:
    with qtbot.waitSignal(theme.theme.changed):
        theme.theme.apply(_app(), "dark")
    assert theme.theme.dark
    assert _app().palette().color(QPalette.ColorRole.Window) == QColor(DARK.window)
    assert theme.theme.color("accent") == QColor(DARK.accent)
    theme.theme.apply(_app(), "light")
    assert _app().palette().color(QPalette.ColorRole.Window) == QColor(LIGHT.window)
    assert _app().font().pixelSize() == 13


def test_buttons_are_28_px_high(qtbot: QtBot) -> None:
    button = QPushButton("Train")
    qtbot.addWidget(button)
    button.show()
    assert button.height() >= 28
    assert button.sizeHint().height() == 28


def test_importing_the_theme_imports_nothing_heavy() -> None:
    code = (
        "import sys, guiapp.look.theme; print([m for m in ('pyqtgraph','cv2','tensorflow','PIL') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_every_needed_icon_is_there_and_draws_something() -> None:
    assert set(icons.names()) >= NEEDED
    for name in icons.names():
        image = icons.pixmap(name, 20).toImage()
        alphas = {image.pixelColor(x, y).alpha() for x in range(20) for y in range(20)}
        assert max(alphas) > 100, name
        assert name == "logo" or min(alphas) == 0, name


def test_icons_are_sharp_on_dense_screens_and_follow_the_theme(qtbot: QtBot) -> None:
    assert icons.pixmap("play", 20, ratio=2.0).width() == 40
    button = QToolButton()
    qtbot.addWidget(button)
    icons.set_icon(button, "stop")

    def darkest() -> int:
        image = button.icon().pixmap(20, 20).toImage()
        opaque = [image.pixelColor(x, y) for x in range(20) for y in range(20) if image.pixelColor(x, y).alpha() > 250]
        return min(color.lightness() for color in opaque)

    assert darkest() < 60
    theme.theme.apply(_app(), "dark")
    assert darkest() > 200
    disabled = button.icon().pixmap(20, 20, QIcon.Mode.Disabled).toImage()
    assert disabled != button.icon().pixmap(20, 20).toImage()
    theme.theme.apply(_app(), "light")


def test_an_unknown_icon_is_named() -> None:
    with pytest.raises(ValueError, match="no-such-icon"):
        icons.icon("no-such-icon")


def test_the_packaging_icon_is_a_png_of_256_px() -> None:
    head = (resources_dir() / "icons" / "logo.png").read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(head[16:20]) == int.from_bytes(head[20:24]) == 256


@pytest.mark.parametrize("name", NAMES)
def test_colormaps_are_tables_of_256_colours(name: str) -> None:
    table = colormap(name)
    assert table.shape == (256, 3)
    assert table.dtype == np.uint8
    assert len(np.unique(table, axis=0)) > 200
    assert not table.flags.writeable


@pytest.mark.parametrize("name", ["viridis", "grey", "magma"])
def test_sequential_colormaps_grow_brighter(name: str) -> None:
    brightness = colormap(name).astype(float) @ (0.2126, 0.7152, 0.0722)
    assert (np.diff(brightness) >= -1.0).all()
    assert brightness[-1] > brightness[0] + 100


def test_zero_is_white_in_the_diverging_colormap() -> None:
    table = colormap("diverging").astype(int)
    assert table[128].tolist() == [255, 255, 255]
    assert table[0, 2] > table[0, 0]
    assert table[255, 0] > table[255, 2]


def test_known_ends_of_viridis() -> None:
    assert colormap("viridis")[0].tolist() == [68, 1, 84]
    assert colormap("viridis")[255].tolist() == [253, 231, 37]


def test_unknown_colormap_is_named() -> None:
    with pytest.raises(ValueError, match="jet"):
        colormap("jet")


@given(st.sampled_from(["0", "1"]))
def test_the_variable_overrules_the_system(value: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVNET_STUDIO_REDUCED_MOTION", value)
        assert motion.motion_ms() == (0 if value == "1" else 120)


def test_reduced_motion_is_read_from_desktop_settings(tmp_path: Path) -> None:
    assert not motion._linux_still(tmp_path)
    (tmp_path / "kdeglobals").write_text("[KDE]\nAnimationDurationFactor=0\n")
    assert motion._linux_still(tmp_path)


def test_plots_follow_the_theme(qtbot: QtBot) -> None:
    plot = plots.pyqtgraph().PlotWidget()
    qtbot.addWidget(plot)
    plots.follow_theme(plot)
    assert plot.backgroundBrush().color() == QColor(LIGHT.surface)
    theme.theme.apply(_app(), "dark")
    assert plot.backgroundBrush().color() == QColor(DARK.surface)
    theme.theme.apply(_app(), "light")
    assert plots.series_pen(1).color() == QColor(LIGHT.second)
