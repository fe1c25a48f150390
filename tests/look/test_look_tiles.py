from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from guiapp.core.colormaps import colormap
from guiapp.look.canvas import shrunk
from guiapp.look.imageview import ImageView
from guiapp.look.pixels import from_qimage, to_qimage
from guiapp.look.theme import theme
from guiapp.look.tiles import TileGrid
from guiapp.look.tiling import tile


@given(
    st.integers(1, 300), st.integers(1, 256), st.integers(1, 256), st.integers(30, 2000), st.integers(30, 2000),
    st.sampled_from([0, 16]),
)  # fmt: skip
def test_tiles_fit_and_none_is_lost(count: int, h: int, w: int, width: int, height: int, caption: int) -> None:
    t = tile(count, h, w, (width, height), caption=caption)
    assert t.columns * t.rows >= count > t.columns * (t.rows - 1)
    if t.height <= height:
        assert t.width <= max(width, t.tile_w)
    else:
        assert max(t.tile_h, t.tile_w) >= 24 or max(h, w) < 24
        assert max(t.tile_h, t.tile_w) <= 48
    if t.factor:
        assert (t.tile_h, t.tile_w) == (h * t.factor, w * t.factor)
    for index in {0, count // 2, count - 1}:
        x, y = t.origin(index)
        hit = t.at(x, y)
        assert hit is not None
        assert hit == (index, 0, 0)


def test_the_grid_that_shows_most_is_chosen() -> None:
    t = tile(32, 26, 26, (900, 520))
    assert t.factor == 4
    assert t.height <= 520
    with pytest.raises(ValueError, match="at least one tile"):
        tile(0, 3, 3, (100, 100))


def test_gaps_belong_to_no_tile() -> None:
    t = tile(4, 10, 10, (100, 100), gap=4)
    assert t.at(t.tile_w + 1, 0) is None
    assert t.at(-1, 0) is None
    assert t.at(0, 5000) is None


@given(st.integers(1, 20))
def test_shrinking_takes_the_mean(factor: int) -> None:
    tiles = np.random.default_rng(0).integers(0, 256, (2, 61, 43), dtype=np.uint8)
    out = shrunk(tiles, factor)
    assert out.shape == (2, 61 // factor, 43 // factor)
    assert out[1, 0, 0] == int(tiles[1, :factor, :factor].astype(int).mean())


def test_images_come_back_as_they_went() -> None:
    image = np.random.default_rng(0).integers(0, 256, (7, 5, 3), dtype=np.uint8)
    assert (from_qimage(to_qimage(image)) == image).all()
    clear = QImage(2, 2, QImage.Format.Format_ARGB32)
    clear.fill(0)
    assert (from_qimage(clear) == 255).all()
    with pytest.raises(ValueError, match="uint8"):
        to_qimage(image.astype(float))


def _grid(qtbot: QtBot, tiles: NDArray[np.uint8] | None, **options: Any) -> TileGrid:
    grid = TileGrid("Train to see maps.")
    qtbot.addWidget(grid)
    grid.resize(420, 320)
    grid.set_tiles(tiles, **options)
    grid.show()
    qtbot.waitExposed(grid)
    return grid


def _ramp(count: int = 12, h: int = 8, w: int = 8) -> NDArray[np.uint8]:
    return (np.arange(count * h * w) % 256).astype(np.uint8).reshape(count, h, w)


def _pixel(grid: TileGrid, index: int, y: int, x: int) -> tuple[int, ...]:
    rect, tiling = grid.tile_rect(index), grid.tiling()
    assert tiling is not None
    shot = grid.viewport().grab().toImage()
    scale = tiling.factor or 1
    color = shot.pixelColor(int(rect.x() + x * scale + scale // 2), int(rect.y() + y * scale + scale // 2))
    return color.red(), color.green(), color.blue()


def test_each_pixel_is_drawn_in_its_colour(qtbot: QtBot) -> None:
    tiles = _ramp()
    grid = _grid(qtbot, tiles)
    for index, y, x in ((0, 0, 0), (5, 7, 7), (11, 3, 4)):
        assert _pixel(grid, index, y, x) == tuple(colormap()[tiles[index, y, x]])


def test_rgb_and_other_colormaps(qtbot: QtBot) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (5, 6, 4, 3), dtype=np.uint8)
    grid = _grid(qtbot, rgb)
    assert _pixel(grid, 4, 5, 3) == tuple(rgb[4, 5, 3])
    grid.set_tiles(_ramp(5, 6, 4), colormap("magma"))
    assert _pixel(grid, 2, 1, 1) == tuple(colormap("magma")[_ramp(5, 6, 4)[2, 1, 1]])


def test_new_tiles_of_the_same_shape_keep_layout_and_choice(qtbot: QtBot) -> None:
    grid = _grid(qtbot, _ramp())
    grid.set_current(3)
    before = grid.tiling()
    grid.set_tiles(255 - _ramp())
    assert grid.tiling() is before
    assert grid.current() == 3
    assert _pixel(grid, 0, 0, 0) == tuple(colormap()[255])
    grid.set_tiles(_ramp(4))
    assert grid.current() == -1
    assert grid.tiling() is not before


def test_hovering_reads_the_pixel(qtbot: QtBot) -> None:
    grid = _grid(qtbot, _ramp(), value_text=lambda t, y, x: f"value {t}/{y}/{x}")
    rect, tiling = grid.tile_rect(5), grid.tiling()
    assert tiling is not None
    seen: list[tuple[int, int, int]] = []
    grid.hovered.connect(lambda *where: seen.append(where))
    QTest.mouseMove(grid.viewport(), QPoint(int(rect.x() + 2.5 * tiling.factor), int(rect.y() + 3.5 * tiling.factor)))
    qtbot.waitUntil(lambda: bool(seen))
    assert seen[-1] == (5, 3, 2)
    assert grid.readout() == "map 5 · y 3, x 2 · value 5/3/2"
    grid.set_tiles(None)
    assert grid.readout() == ""
    assert seen[-1] == (-1, -1, -1)


def test_mouse_and_keys_choose(qtbot: QtBot) -> None:
    grid = _grid(qtbot, _ramp())
    tiling = grid.tiling()
    assert tiling is not None
    chosen: list[int] = []
    zoomed: list[int] = []
    grid.selected.connect(chosen.append)
    grid.zoomed.connect(zoomed.append)
    middle = grid.tile_rect(2).center().toPoint()
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    QTest.keyClick(grid, Qt.Key.Key_Right)
    QTest.keyClick(grid, Qt.Key.Key_Up)
    QTest.keyClick(grid, Qt.Key.Key_Down)
    QTest.keyClick(grid, Qt.Key.Key_End)
    QTest.keyClick(grid, Qt.Key.Key_Right)
    QTest.keyClick(grid, Qt.Key.Key_Home)
    below = 3 + tiling.columns
    assert chosen[:2] == [2, 3]
    assert below in chosen or tiling.columns > 8
    assert chosen[-2:] == [11, 0]
    QTest.keyClick(grid, Qt.Key.Key_Return)
    QTest.mouseDClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    assert zoomed == [0, 2]
    assert "12 maps of 8×8, map 0 chosen" in grid.accessibleDescription()


def test_many_tiles_scroll(qtbot: QtBot) -> None:
    grid = _grid(qtbot, _ramp(500, 24, 24))
    assert grid.verticalScrollBar().maximum() > 0
    grid.set_current(499)
    assert grid.viewport().rect().contains(grid.tile_rect(499).toRect())
    grid.set_tiles(_ramp(4))
    assert grid.verticalScrollBar().maximum() == 0


def test_large_originals_are_scaled_smoothly(qtbot: QtBot) -> None:
    checks = (np.indices((200, 200)).sum(0) % 2 * 255).astype(np.uint8)
    grid = _grid(qtbot, np.stack([checks] * 9), table=colormap("grey"))
    tiling = grid.tiling()
    assert tiling is not None
    assert tiling.factor == 0
    red = _pixel(grid, 4, 20, 20)[0]
    assert 100 < red < 156


def test_without_tiles_it_says_so_and_follows_the_theme(qtbot: QtBot) -> None:
    grid = _grid(qtbot, None)
    assert grid.accessibleDescription() == "Train to see maps."
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.apply(app, "dark")
    assert grid.viewport().grab().toImage().pixelColor(2, 2) == theme.color("window")
    theme.apply(app, "light")


def test_captions_and_wrong_arrays(qtbot: QtBot) -> None:
    grid = _grid(qtbot, _ramp(), captions=[f"f{i}" for i in range(12)])
    tiling = grid.tiling()
    assert tiling is not None
    assert tiling.caption > 0
    with pytest.raises(ValueError, match="uint8"):
        grid.set_tiles(np.zeros((2, 3, 3)))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="Received"):
        grid.set_tiles(np.zeros((3, 3), np.uint8))


def _view(qtbot: QtBot, image: NDArray[np.uint8] | None) -> ImageView:
    view = ImageView()
    qtbot.addWidget(view)
    view.resize(330, 250)
    view.set_image(image)
    view.show()
    qtbot.waitExposed(view)
    return view


def test_a_small_image_is_enlarged_by_a_whole_factor(qtbot: QtBot) -> None:
    image = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    view = _view(qtbot, image)
    assert view.zoom() == 11
    shot, rect = view.grab().toImage(), view.image_rect()
    color = shot.pixelColor(int(rect.x() + 29 * 11 + 1), int(rect.y() + 19 * 11 + 1))
    assert (color.red(), color.green(), color.blue()) == tuple(image[19, 29])


def test_zoom_keeps_the_point_and_fit_returns(qtbot: QtBot) -> None:
    view = _view(qtbot, np.zeros((100, 100, 3), np.uint8))
    fitted = view.zoom()
    point = QPointF(200, 60)
    rect = view.image_rect()
    before = (point.x() - rect.x()) / view.zoom()
    view.set_zoom(7.0, point)
    rect = view.image_rect()
    assert (point.x() - rect.x()) / 7.0 == pytest.approx(before, abs=0.2)
    view.set_image(np.ones((100, 100, 3), np.uint8))
    assert view.zoom() == 7.0
    QTest.keyClick(view, Qt.Key.Key_0)
    assert view.zoom() == fitted
    with qtbot.waitSignal(view.zoomChanged):
        QTest.keyClick(view, Qt.Key.Key_Plus)
    assert view.zoom() > fitted


def test_hovering_and_dragging_an_image(qtbot: QtBot) -> None:
    view = _view(qtbot, np.zeros((10, 10), np.uint8))
    seen: list[tuple[int, int]] = []
    view.hovered.connect(lambda *where: seen.append(where))
    rect, zoom = view.image_rect(), view.zoom()
    start = QPoint(int(rect.x() + 4.5 * zoom), int(rect.y() + 7.5 * zoom))
    QTest.mouseMove(view, start)
    qtbot.waitUntil(lambda: bool(seen))
    assert seen[-1] == (7, 4)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(view, start + QPoint(20, 0))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=start + QPoint(20, 0))
    assert view.image_rect().x() == pytest.approx(rect.x() + 20, abs=1)
    view.set_image(None)
    assert not view.has_image()
    view.grab()


def test_an_outermost_tile_has_a_whole_outline(qtbot: QtBot) -> None:
    grid = _grid(qtbot, np.full((4, 8, 8), 255, np.uint8), table=colormap("grey"))
    shot = grid.viewport().grab().toImage()
    rect = grid.tile_rect(0)
    assert shot.pixelColor(int(rect.x()) - 1, int(rect.center().y())) == theme.color("hairline")
    grid.set_current(0)
    shot = grid.viewport().grab().toImage()
    assert shot.pixelColor(int(rect.x()) - 1, int(rect.center().y())) == theme.color("accent")
    assert shot.pixelColor(int(rect.center().x()), int(rect.y()) - 1) == theme.color("accent")
