"""Exporting an animation: what of which layer, over which steps, with a preview that plays before anything is saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QMovie, QResizeEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from guiapp.core import notify
from guiapp.core.messages import Animate, Animation
from guiapp.core.notify import Cancelled, as_user_error
from guiapp.look import heading as words
from guiapp.look.busy import ProgressStrip
from guiapp.ui.export_fields import Content, ExportFields, read_content
from guiapp.ui.services import Services

PREVIEW_MS = 400
FORMATS = {"GIF (*.gif)": ".gif", "WebP (*.webp)": ".webp", "Animated PNG (*.png)": ".png", "MP4 video (*.mp4)": ".mp4"}


def size_words(nbytes: int) -> str:
    """Return a file's size: ``834 kB``."""
    return f"{nbytes / 1e6:,.1f} MB" if nbytes >= 1e6 else f"{max(1, round(nbytes / 1e3)):,} kB"


def describe(animation: Animation) -> str:
    """Return frames, size in pixels and size of the file."""
    width, height = animation.size
    return f"{animation.frames:,} pictures · {width:,} × {height:,} px · {size_words(animation.nbytes)}"


class ExportDialog(QDialog):
    """Choices at the left, the preview at the right.

    Parameters
    ----------
    services : Services
        Engine, jobs and what is looked at.
    folder : Path
        The run.
    """

    def __init__(self, services: Services, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services, self._folder = services, folder
        self._content: Content | None = None
        self._preview: int | None = None
        self._saving: int | None = None
        self._movie: QMovie | None = None
        self.setWindowTitle("Export animation")
        self.resize(920, 600)
        self.fields = ExportFields()
        self.picture = QLabel()
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture.setMinimumSize(320, 320)
        self.picture.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.picture.setAccessibleName("Preview")
        self.facts = words.figures(words.secondary("", wrap=False))
        self.problem = words.problem("")
        self.progress = ProgressStrip()
        self.progress.cancelled.connect(self._cancel)
        self.save_button = QPushButton("Save…")
        self.save_button.setProperty("primary", True)
        self.save_button.setEnabled(False)
        self._lay_out()
        self._timer = QTimer(self, singleShot=True, interval=PREVIEW_MS)
        self._timer.timeout.connect(self.preview)
        self._connect()
        services.jobs.run(lambda: read_content(folder), done=self._fill, key="export content", doing="reading the run")

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.addWidget(self.fields)
        left.addStretch(1)
        holder = QWidget()
        holder.setLayout(left)
        left.setContentsMargins(0, 0, 0, 0)
        holder.setFixedWidth(344)
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(self.picture, 1)
        right.addWidget(self.facts)
        right.addWidget(self.problem)
        right.addWidget(self.progress)
        both = QHBoxLayout()
        both.setSpacing(16)
        both.addWidget(holder)
        both.addLayout(right, 1)
        buttons = QDialogButtonBox()
        buttons.addButton(self.save_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(QDialogButtonBox.StandardButton.Close).clicked.connect(lambda _checked=False: self.close())
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(16)
        column.addLayout(both, 1)
        column.addWidget(buttons)

    def _connect(self) -> None:
        fields = self.fields
        fields.what.currentIndexChanged.connect(self._what_changed)
        fields.layer.currentIndexChanged.connect(self._limit)
        fields.alone.toggled.connect(fields.channel.setEnabled)
        fields.channel.setEnabled(False)
        for box in fields.boxes():
            box.currentIndexChanged.connect(self._later)
        for number in fields.numbers():
            number.valueChanged.connect(self._later)
        for check in fields.checks():
            check.toggled.connect(self._later)
        self.save_button.clicked.connect(self.save)

    # Choices

    def _fill(self, content: Content) -> None:
        self._content = content
        fields, view = self.fields, self._services.view
        fields.pin.addItems(content.pinned)
        fields.pin.setCurrentIndex(min(view.pin, len(content.pinned) - 1))
        for field, value in ((fields.first, content.first), (fields.last, content.last)):
            field.set_range(content.first, content.last)
            field.set_value(value)
        fields.colormap.setCurrentText(view.colormap)
        if not content.filters or (content.pinned and view.layer not in content.filters):
            fields.what.setCurrentIndex(1)
        self._what_changed()

    def _what_changed(self) -> None:
        if self._content is None:
            return
        fields = self.fields
        maps = fields.what.currentData() == "maps"
        names = self._content.maps if maps else self._content.filters
        before = fields.layer.currentText() or self._services.view.layer or ""
        fields.layer.blockSignals(True)
        fields.layer.clear()
        fields.layer.addItems(list(names))
        fields.layer.setCurrentIndex(max(0, fields.layer.findText(before)))
        fields.layer.blockSignals(False)
        for field in (fields.pin, fields.begin, fields.colormap):
            field.setEnabled(maps)
        self._limit()
        self._later()

    def _limit(self) -> None:
        if self._content is not None:
            both = self._content.maps if self.fields.what.currentData() == "maps" else self._content.filters
            self.fields.channel.set_range(0, both.get(self.fields.layer.currentText(), 1) - 1)

    def options(self) -> dict[str, Any]:
        """Return the keywords of `guiapp.visuals.animate.Options` that are chosen."""
        fields = self.fields
        maps = fields.what.currentData() == "maps"
        return {
            "layer": fields.layer.currentText(),
            "what": fields.what.currentData(),
            "pin": max(0, fields.pin.currentIndex()),
            "channel": int(fields.channel.value()) if fields.alone.isChecked() else None,
            "first_step": int(fields.first.value()),
            "last_step": int(fields.last.value()),
            "fps": float(fields.fps.value()),
            "enlarge": fields.enlarge.currentData(),
            "caption": fields.caption.isChecked(),
            "colormap": fields.colormap.currentText(),
            "scale": fields.scale.currentData(),
            "loop": fields.loop.isChecked(),
            "max_frames": int(fields.most.value()),
            "begin_with_image": maps and fields.begin.isChecked(),
        }

    # Preview

    def _later(self) -> None:
        self._timer.start()

    def preview(self) -> None:
        """Ask for the preview of what is chosen; what was asked before is given up."""
        self._timer.stop()
        self._services.engine.forget(self._preview)
        self._preview = None
        refusal = self.fields.refusal(self._content)
        self.problem.setText(refusal)
        self.save_button.setEnabled(not refusal and self._saving is None)
        if refusal:
            self._show_movie(b"")
            self.facts.setText("")
            return
        folder, options = str(self._folder), self.options()
        self.facts.setText("Drawing the preview…")
        self._preview = self._services.engine.request(
            lambda number: Animate(number, folder, options), self._previewed, self._not_previewed
        )

    def _previewed(self, animation: Animation) -> None:
        self._preview = None
        self._show_movie(animation.data)
        self.facts.setText(f"{describe(animation)} as GIF")

    def _not_previewed(self, exc: BaseException) -> None:
        self._preview = None
        self.facts.setText("")
        self._show_movie(b"")
        if not isinstance(exc, Cancelled):
            self.problem.setText(as_user_error(exc, doing="drawing the preview").sentence)
            self.save_button.setEnabled(False)

    def _show_movie(self, data: bytes) -> None:
        if self._movie is not None:
            self._movie.stop()
            self._movie.deleteLater()
            self._movie = None
        self.picture.clear()
        if not data:
            return
        buffer = QBuffer(self)
        buffer.setData(QByteArray(data))
        buffer.open(QIODevice.OpenModeFlag.ReadOnly)
        self._movie = QMovie(buffer, QByteArray(b"gif"), self)
        # The movie reads its data as it plays.
        buffer.setParent(self._movie)
        self._movie.jumpToFrame(0)
        self._natural = self._movie.currentPixmap().size()
        self._fit_movie()
        self.picture.setMovie(self._movie)
        self._movie.start()

    def _fit_movie(self) -> None:
        if self._movie is not None and not self._natural.isEmpty():
            room, size = self.picture.size(), QSize(self._natural)
            if size.width() > room.width() or size.height() > room.height():
                size.scale(room, Qt.AspectRatioMode.KeepAspectRatio)
            self._movie.setScaledSize(size)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the preview inside its place."""
        super().resizeEvent(event)
        self._fit_movie()

    # Saving

    def save(self) -> None:
        """Ask where to, and write the file there."""
        self.preview()
        if not self.save_button.isEnabled():
            return
        options = self.options()
        start = self._folder.parent.parent / f"{options['layer']}-{options['what']}.gif"
        name, kind = QFileDialog.getSaveFileName(self, "Save animation", str(start), ";;".join(FORMATS))
        if name:
            path = Path(name)
            self.write(path if path.suffix else path.with_suffix(FORMATS.get(kind, ".gif")))

    def write(self, path: Path) -> None:
        """Write the animation to `path`, with progress and the way to cancel."""
        folder, options = str(self._folder), self.options()
        self.save_button.setEnabled(False)
        self.progress.start(f"Writing {path.name}")
        self._saving = self._services.engine.request(
            lambda number: Animate(number, folder, options, str(path)),
            self._written,
            self._not_written,
            lambda _text, done, total: self.progress.advance(done, total),
        )

    def _cancel(self) -> None:
        self._services.engine.cancel(self._saving)

    def _written(self, animation: Animation) -> None:
        self._end_saving()
        notify.info(f"Saved {animation.path}: {describe(animation)}.")

    def _not_written(self, exc: BaseException) -> None:
        self._end_saving()
        notify.report(exc, doing="saving the animation")

    def _end_saving(self) -> None:
        self._saving = None
        self.progress.finish()
        self.save_button.setEnabled(True)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Give up what is under way."""
        self._timer.stop()
        for number in (self._preview, self._saving):
            self._services.engine.forget(number)
        super().closeEvent(event)
