"""The left column: where the images come from, the classes, the splits, and the size that the network sees."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QVBoxLayout, QWidget

from guiapp.ui.data.class_section import ClassSection
from guiapp.ui.data.classes import ClassList
from guiapp.ui.data.input_size import SizeSection
from guiapp.ui.data.reading import ReadingSection
from guiapp.ui.data.source import SourceSection
from guiapp.ui.data.splits import SplitSection
from guiapp.ui.form import FieldsForm
from guiapp.ui.services import Services

MARGIN = 16


class SettingsColumn(QWidget):
    """Shows and changes the dataset's settings and the network's Input layer."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self.source = SourceSection(services)
        self.reading = ReadingSection(services)
        self.class_part = ClassSection(services)
        self.split_part = SplitSection(services)
        self.size_part = SizeSection(services)
        self._area: QWidget | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(MARGIN, MARGIN, MARGIN, 0)
        self._column.setSpacing(0)
        for part in (self.source, self.reading, self.class_part, self.split_part, self.size_part):
            self._column.addWidget(part)
        self._column.addStretch(1)
        self.class_part.resized.connect(self._fit_list)

    @property
    def classes(self) -> ClassList:
        """The list of classes."""
        return self.class_part.list

    @property
    def shares(self) -> FieldsForm:
        """The form of the splits."""
        return self.split_part.form

    @property
    def size_form(self) -> FieldsForm:
        """The form of the Input layer."""
        return self.size_part.form

    def refresh(self) -> None:
        """Show the project and its dataset as they are now."""
        model, settings = self._services.dataset, self._services.session.project.dataset
        known = model.dataset is not None and settings is not None
        self.source.refresh()
        self.reading.refresh()
        self.class_part.setVisible(known)
        self.split_part.setVisible(known)
        self.class_part.refresh()
        self.split_part.refresh()
        self.size_part.refresh()

    def choose(self) -> None:
        """Ask for a folder."""
        self.source.choose()

    def use_sample(self) -> None:
        """Use the images that the program draws itself."""
        self.source.use_sample()

    def page_actions(self) -> list[QAction]:
        """Return what can be done with the classes and the splits."""
        return [action for _name, actions in self.menu_groups() for action in actions]

    def menu_groups(self) -> list[tuple[str, list[QAction]]]:
        """Return `page_actions` by what they are about."""
        return [
            ("Classes", list(self.class_part.actions_of_page())),
            ("", list(self.split_part.actions_of_page())),
        ]

    # The list of classes takes the height that the other parts leave.

    def event(self, event: QEvent) -> bool:
        """Fit the list when anything in the column took another height."""
        done = super().event(event)
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Show, QEvent.Type.ParentChange):
            self._watch()
            self._fit_list()
        return done

    def _watch(self) -> None:
        area = self.parentWidget()
        if area is not None and area is not self._area:
            self._area = area
            area.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Fit the list when the window took another height."""
        if watched is self._area and event.type() == QEvent.Type.Resize:
            self._fit_list()
        return False

    def _fit_list(self) -> None:
        classes, area = self.classes, self._area
        least, most = classes.least_height(), classes.most_height()
        room = 0
        if area is not None and self._column.hasHeightForWidth():
            room = area.height() - (self._column.heightForWidth(area.width()) - classes.height())
        elif area is not None:
            room = area.height() - (self._column.minimumSize().height() - classes.height())
        height = min(max(least, room), most)
        if height != classes.height() or classes.minimumHeight() != height:
            classes.setFixedHeight(height)
