"""How the network is trained: the form of the training settings, folded away while it runs."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QSizePolicy, QToolButton, QVBoxLayout, QWidget

from guiapp.core.augmentation import described
from guiapp.core.notify import UserError
from guiapp.core.project import Project, TrainingSettings
from guiapp.core.session import Session
from guiapp.look.heading import secondary
from guiapp.look.icons import set_icon
from guiapp.look.tokens import HEADING
from guiapp.ui.form import FieldsForm, scrolling, with_field


def _bold(font: QFont) -> QFont:
    out = QFont(font)
    out.setPixelSize(HEADING)
    out.setBold(True)
    return out


class Settings(QWidget):
    """A heading that folds, the form below it, and a line on what else is done to the images.

    Signals
    -------
    data_wanted()
        The person wants to see the settings of the images.
    """

    data_wanted = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._running, self.opened = False, True
        self.fold = QToolButton()
        self.fold.setText("Settings")
        self.fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.fold.setFont(_bold(self.fold.font()))
        self.fold.clicked.connect(lambda _checked=False: self.set_open(not self.opened))
        self.form = FieldsForm(session.project.training)
        self.form.changed.connect(self._changed)
        self.locked = secondary("They can be changed while it runs, and count from the next training on.")
        self.locked.hide()
        self.images = secondary()
        self.images.setTextFormat(Qt.TextFormat.RichText)
        self.images.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self.images.linkActivated.connect(lambda _link: self.data_wanted.emit())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.fold, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.locked)
        inside = QWidget()
        body = QVBoxLayout(inside)
        body.setContentsMargins(0, 0, 12, 0)
        body.addWidget(self.images)
        body.addWidget(self.form)
        body.addStretch(1)
        self._area = scrolling(inside)
        column.addWidget(self._area, 1)
        stop = session.listen(self._session_changed)
        self.destroyed.connect(lambda _gone=None: stop())
        self._tell_of_images()
        self.set_open(True)

    def set_running(self, running: bool) -> None:
        """Fold away when training begins; come back when it ends."""
        self._running = running
        self.set_open(not running)

    def set_open(self, opened: bool) -> None:
        """Show the form, or only its heading."""
        self.opened = opened
        self._area.setVisible(opened)
        grow = QSizePolicy.Policy.Expanding if opened else QSizePolicy.Policy.Maximum
        self.setSizePolicy(QSizePolicy.Policy.Preferred, grow)
        self.locked.setVisible(opened and self._running)
        set_icon(self.fold, "chevron-down" if opened else "chevron-right", "secondary")
        self.fold.setToolTip("Fold the settings away" if opened else "Show the settings")

    def _changed(self, name: str, value: object) -> None:
        project = self._session.project
        try:
            training = with_field(project.training, name, value)
        except UserError as exc:
            self.form.refuse(name, value, exc.what)
            return
        self.form.show_problem(name, "")
        title = TrainingSettings.model_fields[name].title or name
        changed = project.model_copy(update={"training": training})
        self._session.change(changed, f"change {title.lower()}", merge=f"training.{name}")

    def _tell_of_images(self) -> None:
        project = self._session.project
        text = described(project.augmentation, "none" if project.dataset is None else project.dataset.balance)
        self.images.setText(f'{text} <a href="data">On the Data page</a>')
        self.images.setVisible(bool(text))

    def _session_changed(self, old: Project, new: Project) -> None:
        self._tell_of_images()
        if old.training != new.training or self.form.value() != new.training:
            self.form.set_value(new.training)
