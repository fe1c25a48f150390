from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
import shiboken6
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QEnterEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QHeaderView, QTableWidget, QWidget
from pytestqt.qtbot import QtBot

from guiapp.core import notify
from guiapp.look import gallery, heading
from guiapp.look.bars import ProbabilityBars, percent
from guiapp.look.busy import ProgressStrip
from guiapp.look.drop import DropTarget
from guiapp.look.elide import ElidedLabel
from guiapp.look.empty import EmptyState
from guiapp.look.search import SearchField
from guiapp.look.tables import tidy
from guiapp.look.toasts import MOST, Toasts

LEFT = Qt.MouseButton.LeftButton


def test_labels_have_their_roles(qtbot: QtBot) -> None:
    label = heading.title("Data")
    qtbot.addWidget(label)
    label.ensurePolished()
    assert label.property("role") == "title"
    assert label.font().pixelSize() == 16
    big = heading.big("98 %")
    qtbot.addWidget(big)
    big.ensurePolished()
    assert big.font().pixelSize() == 22


def test_a_figure_is_named_for_screen_readers(qtbot: QtBot) -> None:
    row = heading.KeyValue("Parameters", "12")
    qtbot.addWidget(row)
    row.set_value("1,250")
    assert row.value() == "1,250"
    assert row.accessibleName() == "Parameters: 1,250"


def test_long_text_is_shortened_in_the_middle(qtbot: QtBot) -> None:
    label = ElidedLabel("/home/somebody/a/very/long/path/to/an/image.jpg")
    qtbot.addWidget(label)
    label.resize(120, 20)
    label.show()
    assert "…" in label.shown()
    assert label.shown().endswith("g")
    assert label.toolTip() == label.text()
    label.resize(900, 20)
    assert label.shown() == label.text()
    assert label.toolTip() == ""


def test_search_clears_and_leaves(qtbot: QtBot) -> None:
    field = SearchField("Search layers")
    qtbot.addWidget(field)
    field.show()
    QTest.keyClicks(field, "conv")
    with qtbot.waitSignal(field.downPressed):
        QTest.keyClick(field, Qt.Key.Key_Down)
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == ""


@pytest.mark.parametrize(
    ("p", "text"), [(0.983, "98.3 %"), (0.0001, "< 0.1 %"), (0.99995, "> 99.9 %"), (0, "0.0 %"), (1, "100.0 %")]
)
def test_percents(p: float, text: str) -> None:
    assert percent(p) == text


def test_bars_say_and_copy_their_rows(qtbot: QtBot) -> None:
    bars = ProbabilityBars()
    qtbot.addWidget(bars)
    bars.show()
    assert bars.accessibleDescription() == "No prediction yet."
    bars.set_rows([("dog", 0.9), ("cat", 0.1)])
    assert bars.accessibleDescription() == "dog: 90.0 %\ncat: 10.0 %"
    assert bars.sizeHint().height() == 56
    QTest.keyClick(bars, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "dog: 90.0 %\ncat: 10.0 %"


def test_bars_move_to_their_new_lengths(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVNET_STUDIO_REDUCED_MOTION", "0")
    bars = ProbabilityBars()
    qtbot.addWidget(bars)
    bars.show()
    bars.set_rows([("dog", 1.0)])
    bars.set_rows([("dog", 0.0), ("cat", 1.0)])
    assert dict(bars._shown())["dog"] > 0.5
    qtbot.waitUntil(lambda: dict(bars._shown()) == {"dog": 0.0, "cat": 1.0})


def test_an_empty_state_holds_the_button(qtbot: QtBot) -> None:
    pressed: list[str] = []
    empty = EmptyState("folder", "No images yet", "Choose a folder.")
    qtbot.addWidget(empty)
    button = empty.add_button("Choose…", lambda: pressed.append("choose"), primary=True, icon="folder")
    empty.show()
    button.click()
    assert pressed == ["choose"]
    assert button.property("primary") is True
    empty.set_text("Nothing", "Really")
    assert empty.accessibleName() == "Nothing"


def _window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    window.resize(800, 600)
    qtbot.addWidget(window)
    window.show()
    return window


def test_toasts_lie_in_the_corner_and_close(qtbot: QtBot) -> None:
    window = _window(qtbot)
    toasts = Toasts(window, listen=False, bottom=40)
    toasts.show("error", "pets: holds no images.")
    (toast,) = toasts.shown()
    assert toast.geometry().right() <= 800 - 16
    assert toast.geometry().bottom() <= 600 - 40 - 16
    window.resize(1000, 500)
    QApplication.processEvents()
    assert toast.geometry().bottom() <= 500 - 40 - 16
    assert toast.x() > 600
    toast.close_button.click()
    assert toasts.shown() == []


def test_no_more_than_three_and_bad_ones_stay(qtbot: QtBot) -> None:
    toasts = Toasts(_window(qtbot), listen=False)
    toasts.show("info", "Saved.")
    for number in range(MOST):
        toasts.show("error", f"problem {number}")
    assert [toast.note.text for toast in toasts.shown()] == [f"problem {n}" for n in range(MOST)]
    toasts.show("warning", "one more")
    assert len(toasts.shown()) == MOST
    toasts.shown()[0].dismiss()
    assert [toast.note.text for toast in toasts.shown()] == ["problem 1", "problem 2", "one more"]
    toasts.show("warning", "one more")
    assert len(toasts.shown()) == MOST
    toasts.close_all()
    assert toasts.shown() == []


def test_information_leaves_but_not_under_the_pointer(qtbot: QtBot) -> None:
    toasts = Toasts(_window(qtbot), listen=False)
    toasts.show("info", "Saved.")
    toasts.show("warning", "12 images were skipped.")
    info, warning = toasts.shown()
    info._leaving.setInterval(1)
    qtbot.waitUntil(lambda: toasts.shown() == [warning])
    assert not warning._leaving.isActive()
    toasts.show("info", "Saved again.")
    again = toasts.shown()[-1]
    assert again._leaving.isActive()
    # Given to it, not moved there: the pointer of a test's screen may rest anywhere, and the message slides in.
    at = QPointF(5, 5)
    QApplication.sendEvent(again, QEnterEvent(at, at, again.mapToGlobal(at)))
    assert not again._leaving.isActive()
    QApplication.sendEvent(again, QEvent(QEvent.Type.Leave))
    assert again._leaving.isActive()


def test_an_action_is_done_and_closes(qtbot: QtBot) -> None:
    done: list[int] = []
    toasts = Toasts(_window(qtbot), listen=False)
    toasts.show("warning", "The engine stopped.", action="Resume", run=lambda: done.append(1))
    button = toasts.shown()[0].action_button
    assert button is not None
    button.click()
    assert done == [1]
    assert toasts.shown() == []


def test_a_newer_message_about_the_same_replaces_it_and_success_clears_it(qtbot: QtBot) -> None:
    toasts = Toasts(_window(qtbot))
    notify.warning("pets: holds no images.", about="images")
    notify.warning("“cats” has only one image.", about="images/0")
    notify.warning("Something else.")
    qtbot.waitUntil(lambda: len(toasts.shown()) == 3)
    toasts.show("error", "dogs: holds no images.", about="images")
    assert [toast.note.text for toast in toasts.shown()] == ["Something else.", "dogs: holds no images."]
    notify.clear("images")
    assert [toast.note.text for toast in toasts.shown()] == ["Something else."]


def test_a_long_message_has_room_for_all_its_lines(qtbot: QtBot, qapp: QApplication) -> None:
    before = qapp.styleSheet()
    qapp.setStyleSheet("QLabel { font-size: 19px; padding: 1px; } QFrame[toast=true] { border: 3px solid; }")
    try:
        toasts = Toasts(_window(qtbot), listen=False)
        toasts.show("error", "jpg, gypsum, quay: " * 12)
        (toast,) = toasts.shown()
        QApplication.processEvents()
        assert toast._text.height() >= toast._text.heightForWidth(toast._text.width()) > 60
    finally:
        qapp.setStyleSheet(before)


def test_notes_come_from_any_thread_until_the_window_is_gone(qtbot: QtBot) -> None:
    window = QWidget()
    toasts = Toasts(window)
    thread = threading.Thread(target=notify.warning, args=("from a worker",))
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: bool(toasts.shown()))
    assert toasts.shown()[0].note.text == "from a worker"
    before = len(notify._listeners)
    window.deleteLater()
    qtbot.waitUntil(lambda: not shiboken6.isValid(window))
    assert len(notify._listeners) == before - 1
    notify.warning("nobody listens")


def test_short_work_shows_no_progress(qtbot: QtBot) -> None:
    page = _window(qtbot)
    strip = ProgressStrip(page)
    strip.start("Reading…", 10)
    assert not strip.isVisible()
    strip.finish()
    assert not strip._timer.isActive()
    strip.start("Reading…", 10)
    qtbot.waitUntil(strip.isVisible)
    strip.advance(5, text="Half")
    assert strip.fraction() == 0.5
    assert strip.text() == "Half"
    with qtbot.waitSignal(strip.cancelled):
        strip.cancel_button.click()
    assert not strip.cancel_button.isEnabled()
    strip.finish()
    assert not strip.isVisible()
    assert not strip.busy


def _drop(widget: QWidget, mime: QMimeData) -> bool:
    action, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(5, 5), action, mime, LEFT, none)
    QApplication.sendEvent(widget, enter)
    if not enter.isAccepted():
        return False
    assert widget.property("dropping") is True
    drop = QDropEvent(QPointF(5, 5), action, mime, LEFT, none)
    QApplication.sendEvent(widget, drop)
    assert widget.property("dropping") is False
    return True


def test_files_and_pictures_can_be_dropped(qtbot: QtBot, tmp_path: Path) -> None:
    widget = _window(qtbot)
    target = DropTarget(widget)
    paths: list[list[Path]] = []
    images: list[NDArray[np.uint8]] = []
    target.pathsDropped.connect(paths.append)
    target.imageDropped.connect(images.append)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / "ein Bild ü.png"))])
    assert _drop(widget, mime)
    assert paths == [[tmp_path / "ein Bild ü.png"]]
    picture = QImage(3, 2, QImage.Format.Format_RGB32)
    picture.fill(0xFF102030)
    mime = QMimeData()
    mime.setUrls([QUrl("https://example.org/a.png")])
    mime.setImageData(picture)
    assert _drop(widget, mime)
    assert images[0].shape == (2, 3, 3)
    assert images[0][1, 2].tolist() == [0x10, 0x20, 0x30]
    words = QMimeData()
    words.setText("hello")
    assert not _drop(widget, words)


def test_a_mere_address_is_refused_in_words(qtbot: QtBot) -> None:
    widget = _window(qtbot)
    target = DropTarget(widget)
    notes: list[notify.Note] = []
    stop = notify.listen(notes.append)
    mime = QMimeData()
    mime.setUrls([QUrl("https://example.org/a.png")])
    assert not target.take(mime)
    stop()
    assert notes[0].level == "warning"
    assert "paste" in notes[0].text


def test_the_gallery_draws_every_page(qtbot: QtBot, tmp_path: Path) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    written = gallery.render(app, tmp_path, 700, 500)
    assert len(written) == 2 * len(gallery.PAGES)
    for path in written:
        image = QImage(str(path))
        assert image.width() >= 700
        assert not image.isNull()


def test_tables_are_tidy(qtbot: QtBot) -> None:
    table = QTableWidget(2, 2)
    qtbot.addWidget(table)
    tidy(table, 0)
    assert table.rowHeight(0) == 28
    assert table.verticalHeader().isHidden()
    assert table.horizontalHeader().sectionResizeMode(0) == QHeaderView.ResizeMode.Stretch
