"""The form that follows from a model's fields: labels at the left, units at the right, problems in place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from guiapp.core.layers.base import Layer
from guiapp.core.notify import UserError
from guiapp.core.project import set_field, words
from guiapp.look.heading import secondary
from guiapp.ui.form_editors import ROW, Editor, editor_for

LABEL_WIDTH = 112

M = TypeVar("M", bound=BaseModel)


def with_field(model: M, name: str, value: Any) -> M:
    """Return `model` with one field changed; the value is checked.

    Parameters
    ----------
    model : BaseModel
        A layer, or settings.
    name : str
        One of its fields.
    value : Any
        What was entered.

    Raises
    ------
    UserError
        When the value is not right; its `what` says why in words.
    """
    if isinstance(model, Layer):
        layer: Any = set_field(model, name, value)
        return layer  # type: ignore[no-any-return]
    try:
        return type(model).model_validate({**dict(model), name: value})
    except ValidationError as exc:
        raise UserError(words(exc)[0].partition(": ")[2], where=name) from None


def sentence(text: str) -> str:
    """Return `text` as a sentence: a capital, and a full stop."""
    text = text.strip()
    return text if not text else text[0].upper() + text[1:] + ("" if text[-1] in ".!?" else ".")


def scrolling(widget: QWidget) -> QScrollArea:
    """Return an area in which `widget` scrolls up and down when it is too tall, and takes the width that there is."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    widget.setProperty("page", True)
    area.setWidget(widget)
    return area


def form_fields(kind: type[BaseModel]) -> tuple[str, ...]:
    """Names of the fields declared with `guiapp.core.layers.base.field`, in their order."""
    return tuple(name for name, info in kind.model_fields.items() if isinstance(info.json_schema_extra, dict))


def _extra(info: FieldInfo, key: str) -> str:
    extra = info.json_schema_extra
    return str(extra.get(key, "")) if isinstance(extra, dict) else ""


class _Row:
    """Label, editor and unit of one field."""

    def __init__(self, name: str, info: FieldInfo, value: Any) -> None:
        self.name = name
        other, _, values = _extra(info, "when").partition("=")
        self.depends_on, self.shown_for = other, values.split("|")
        title, unit = info.title or name, _extra(info, "unit")
        self.editor: Editor = editor_for(title, info, value, unit)
        self.label = QLabel(title)
        self.label.setToolTip(info.description or "")
        self.label.setFixedHeight(ROW)
        self._parts: list[QWidget] = [self.label, self.editor]
        self.unit: QLabel | None = None
        if unit:
            self.unit = secondary(unit, wrap=False)
            self.unit.setFixedHeight(ROW)
            self._parts.append(self.unit)
        self.editor.label_with(self.label)

    def follow(self, model: BaseModel) -> None:
        """Show the row only where its condition is met."""
        shown = not self.depends_on or str(getattr(model, self.depends_on)) in self.shown_for
        for part in self._parts:
            part.setVisible(shown)
        self.editor.setEnabled(shown)


class _Body(QWidget):
    """The rows of one kind of model; kept, so that going from layer to layer builds nothing."""

    def __init__(
        self,
        model: BaseModel,
        names: Sequence[str],
        edited: Callable[[str, object], None],
        finished: Callable[[str], None],
    ) -> None:
        super().__init__()
        self.model = model
        fields = type(model).model_fields
        self.rows = {name: _Row(name, fields[name], getattr(model, name)) for name in names}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnMinimumWidth(0, LABEL_WIDTH)
        grid.setColumnStretch(1, 1)
        for i, row in enumerate(self.rows.values()):
            grid.addWidget(row.label, i, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(row.editor, i, 1, 1, 1 if row.unit else 2, Qt.AlignmentFlag.AlignTop)
            if row.unit:
                grid.addWidget(row.unit, i, 2, Qt.AlignmentFlag.AlignTop)
            row.editor.edited.connect(partial(edited, row.name))
            row.editor.finished.connect(partial(finished, row.name))
            row.follow(model)

    def show_model(self, model: BaseModel, *, afresh: bool, typing: str | None) -> None:
        for name, row in self.rows.items():
            value, editor = getattr(model, name), row.editor
            if afresh:
                editor.show_problem("")
            # Only what is being typed may differ from the model, and only where it was not taken.
            if not (name == typing and editor.draft()) and (
                afresh or editor.draft() or value != getattr(self.model, name)
            ):
                editor.refuse("")
                editor.set_value(value)
            row.follow(model)
        self.model = model


class FieldsForm(QWidget):
    """A form for a model whose fields are declared with `guiapp.core.layers.base.field`.

    Parameters
    ----------
    value : BaseModel, optional
        What is shown at first.
    names : sequence of str, optional
        Which fields, in which order; all declared ones when not given.

    Signals
    -------
    changed(str, object)
        As one types: a field's name and its new value. The receiver applies it (`with_field`), answers with
        `set_value`, or with `refuse` where it does not take the value, and says with `show_problem` what is wrong,
        "" when nothing is. Where what is typed is no number, out of the field's range, or refused, the value from
        before the typing is sent, so that the beginning of a wrong number is not kept; the text stays, with the
        reason, until the field is left, or Return or Escape pressed: then it shows the model's value again.
    """

    changed = Signal(str, object)

    def __init__(
        self, value: BaseModel | None = None, names: Sequence[str] | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._names = names
        self._bodies: dict[type[BaseModel], _Body] = {}
        self._body: _Body | None = None
        self._key: object = None
        self._refused: dict[str, object] = {}
        self._began: dict[str, object] = {}
        self._typing: str | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        if value is not None:
            self.set_value(value)

    def value(self) -> BaseModel | None:
        """Return the model that is shown; text that was refused is not in it."""
        return self._body.model if self._body else None

    def names(self) -> tuple[str, ...]:
        """Names of the fields, in the order of the form."""
        return tuple(self._body.rows) if self._body else ()

    def editor(self, name: str) -> Editor:
        """Return the control of a field.

        Raises
        ------
        KeyError
            When the form has no such field.
        """
        if self._body is None:
            raise KeyError(name)
        return self._body.rows[name].editor

    def set_value(self, model: BaseModel, key: object = None) -> None:
        """Show `model`; focus and cursor stay. Text that was not taken stays only while it is being typed.

        Parameters
        ----------
        model : BaseModel
            The value.
        key : object, optional
            Which thing the model describes; with another key everything is shown afresh.
        """
        body = self._bodies.get(type(model))
        if body is None:
            names = form_fields(type(model)) if self._names is None else self._names
            body = _Body(model, names, self._edited, self._finished)
            self._bodies[type(model)] = body
            self._column.addWidget(body)
            body.hide()
            self._order(body)
        afresh = body is not self._body or key != self._key
        typing = None if afresh else self._typing
        self._refused = {name: value for name, value in self._refused.items() if name == typing}
        self._began = {name: value for name, value in self._began.items() if name == typing}
        body.show_model(model, afresh=afresh, typing=typing)
        self._key = key
        if body is not self._body:
            if self._body is not None:
                self._body.hide()
            self._body = body
            body.show()

    def show_problem(self, name: str, text: str, *, warning: bool = False) -> None:
        """Say under a field what is wrong with the model's value; "" says that all is well with it."""
        if self._body and name in self._body.rows:
            self._body.rows[name].editor.show_problem(sentence(text), warning=warning)

    def refuse(self, name: str, value: object, text: str) -> None:
        """Say why `value` was not taken; it is shown until the field is left."""
        if self._body and name in self._body.rows:
            self._refused[name] = value
            self._body.rows[name].editor.refuse(sentence(text))

    def problems(self) -> dict[str, str]:
        """What is wrong, by field, of all that is shown."""
        rows = self._body.rows if self._body else {}
        return {name: row.editor.problem() for name, row in rows.items() if row.editor.problem()}

    def focus_field(self, name: str) -> bool:
        """Give a field the focus; returns whether the form shows it."""
        if self._body is None or name not in self._body.rows or self._body.rows[name].editor.isHidden():
            return False
        self._body.rows[name].editor.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def _edited(self, name: str, value: object) -> None:
        if self._body is None:
            return
        began = self._began.setdefault(name, getattr(self._body.model, name))
        self._refused.pop(name, None)
        self._body.rows[name].editor.refuse("")
        self._send(name, value)
        if name in self._refused and getattr(self._body.model, name) != began:
            self._send(name, began)

    def _send(self, name: str, value: object) -> None:
        self._typing = name
        try:
            self.changed.emit(name, value)
        finally:
            self._typing = None

    def _finished(self, name: str) -> None:
        if self._body is None:
            return
        self._began.pop(name, None)
        self._refused.pop(name, None)
        editor = self._body.rows[name].editor
        if editor.draft():
            editor.refuse("")
            editor.set_value(getattr(self._body.model, name))

    def _order(self, body: _Body) -> None:
        # A body made later would come last in the whole window's order of focus.
        last: QWidget = self
        for part in body.findChildren(QWidget):
            # The list that a choice opens is a window of its own.
            if not part.focusPolicy() & Qt.FocusPolicy.TabFocus or part.window() is not self.window():
                continue
            QWidget.setTabOrder(last, part)
            last = part
