"""The timeline along the bottom: moves every open view to what the network was at a step."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QToolButton, QWidget

from guiapp.look.heading import figures, secondary
from guiapp.look.icons import set_icon
from guiapp.look.tokens import TIMELINE_HEIGHT
from guiapp.ui.actions import make
from guiapp.ui.loss_strip import LossStrip
from guiapp.visuals.context import ViewContext

SNAPSHOTS_A_SECOND = 10
TICK_MS = 33
SPEEDS = (("×½", 0.5), ("×1", 1.0), ("×2", 2.0), ("×4", 4.0), ("×8", 8.0))
STEP_WIDTH = 160


class Timeline(QWidget):
    """One row of 40 px: play, the step, the strip, live, and the speed."""

    def __init__(self, view: ViewContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self.setProperty("surface", "raised")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(TIMELINE_HEIGHT)
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._clock = QElapsedTimer()
        self._from = self._at = 0
        self.strip = LossStrip(view)
        self.step: QLabel = figures(secondary("", wrap=False))
        self.step.setFixedWidth(STEP_WIDTH)
        self._make_actions()
        self.play_button, self.live_button = self._button(self._play), self._button(self._live)
        self.live_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.speed = QComboBox()
        for words, factor in SPEEDS:
            self.speed.addItem(words, factor)
        self.speed.setCurrentIndex(1)
        self.speed.setToolTip("How fast it plays: ×1 is 10 snapshots a second")
        self.speed.setAccessibleName("Speed of playing")
        self.speed.setFixedWidth(76)
        self._lay_out()
        self.strip.play.connect(self.toggle)
        self.speed.currentIndexChanged.connect(self._restart)
        for signal in (view.run_changed, view.step_changed, view.snapshots_changed, view.metrics_changed):
            signal.connect(self.refresh)
        view.run_changed.connect(self.pause)
        self.refresh()

    def _make_actions(self) -> None:
        self._play = make(self, "Play the timeline", self.toggle, icon="play", tip="Play from here (Space)")
        self._live = make(self, "Live", self.go_live, icon="live", tip="Follow the newest snapshot", checkable=True)
        self._moves = [
            make(self, "Previous snapshot", lambda: self._step(-1), icon="step-back", keys="Alt+Left"),
            make(self, "Next snapshot", lambda: self._step(1), icon="step-forward", keys="Alt+Right"),
            make(self, "First snapshot", lambda: self._step(-(10**9)), keys="Alt+Home"),
            make(self, "Last snapshot", lambda: self._step(10**9), keys="Alt+End"),
        ]

    def _button(self, action: QAction) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(action)
        button.setAccessibleName(action.text())
        return button

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(22, 0, 16, 0)
        row.setSpacing(8)
        row.addWidget(self.play_button)
        row.addSpacing(8)
        row.addWidget(self.step)
        row.addWidget(self.strip, 1)
        row.addWidget(self.live_button)
        row.addWidget(self.speed)

    def commands(self) -> list[QAction]:
        """Return what can be done here, for the command palette."""
        return [self._play, self._live, *self._moves]

    # Playing

    @property
    def playing(self) -> bool:
        """Whether it plays."""
        return self._timer.isActive()

    def toggle(self) -> None:
        """Play from here, from the beginning when this is the end, or hold."""
        if self.playing:
            self.pause()
            return
        count = self._view.snapshots.size
        if count < 2:
            return
        if self.strip.value() >= count - 1:
            self.strip.move_to(0)
        self._timer.start()
        self._restart()
        self._say_play()

    def pause(self) -> None:
        """Hold."""
        self._timer.stop()
        self._say_play()

    def go_live(self) -> None:
        """Follow the newest snapshot again."""
        self.pause()
        self._view.set_step(None)

    def _restart(self) -> None:
        self._from = self._at = self.strip.value()
        self._clock.start()

    def _tick(self) -> None:
        if self.strip.value() != self._at:
            # The person went elsewhere meanwhile: it plays on from there.
            self._restart()
        ahead = self._clock.elapsed() / 1000 * SNAPSHOTS_A_SECOND * float(self.speed.currentData())
        target = self._from + int(ahead)
        if target != self.strip.value():
            self.strip.move_to(target)
            self._at = self.strip.value()
        if target >= self.strip.maximum():
            self.pause()

    def _step(self, snapshots: int) -> None:
        self.pause()
        self.strip.move_by(snapshots)

    def _say_play(self) -> None:
        set_icon(self._play, "pause" if self.playing else "play")
        self._play.setText("Pause the timeline" if self.playing else "Play the timeline")
        self.play_button.setAccessibleName(self._play.text())

    # What is shown

    def refresh(self) -> None:
        """Say which step is looked at."""
        view = self._view
        some = bool(view.snapshots.size)
        self.step.setText(f"step {view.step:,} / {self.strip.last_step:,}" if view.step is not None else "")
        for action in (self._play, *self._moves):
            action.setEnabled(view.snapshots.size > 1)
        self._live.setEnabled(some)
        self._live.setChecked(view.live and some)
        self.speed.setEnabled(some)
        self.step.setVisible(some)
