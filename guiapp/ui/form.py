"""The form that follows from a model's fields: labels at the left, units at the right, problems in place."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from guiapp.core.layers.base import Layer
from guiapp.core.notify import UserError
from guiapp.core.project import set_field, words
from guiapp.look.steady import SteadyArea
from guiapp.ui.form_editors import Editor
from guiapp.ui.form_rows import Body, Told
from guiapp.ui.key_order import chain_after, stops

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
    """Return an area in which `widget` scrolls up and down when it is too tall, always in the same width."""
    area = SteadyArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    widget.setProperty("page", True)
    area.setWidget(widget)
    return area


def form_fields(kind: type[BaseModel]) -> tuple[str, ...]:
    """Names of the fields declared with `guiapp.core.layers.base.field`, in their order."""
    names = kind.own_fields() if issubclass(kind, Layer) else tuple(kind.model_fields)
    extras = ((name, kind.model_fields[name].json_schema_extra) for name in names)
    return tuple(name for name, extra in extras if isinstance(extra, dict) and not extra.get("hidden"))


class FieldsForm(QWidget):
    """A form for a model whose fields are declared with `guiapp.core.layers.base.field`.

    Parameters
    ----------
    value : BaseModel, optional
        What is shown at first.
    names : sequence of str, optional
        Which fields, in which order; all declared ones when not given.
    choices : mapping, optional
        The values that a text may have, by the name of its field; such a field is a list that opens.
    ordered : bool
        Whether the form sees to the order of the Tab key; else who holds it does, by `controls`.
    narrow : bool
        Whether long labels take two lines, so that several forms begin their editors on one line.

    Signals
    -------
    changed(str, object)
        As one types: a field's name and its new value. The receiver applies it (`with_field`), answers with
        `set_value`, or with `refuse` where it does not take the value, and says with `show_problem` what is wrong,
        "" when nothing is. Where what is typed is no number, out of the field's range, or refused, the value from
        before the typing is sent, so that the beginning of a wrong number is not kept; the text stays, with the
        reason, also on Return, until the field is left or Escape pressed: then it shows the model's value again.
    fieldEntered(str)
        A field has the focus.
    repairAsked(str, int)
        A field, and which of the repairs that `show_problem` offers there was asked for.
    folded(bool)
        The person hid the fields that are seldom needed, or showed them.
    """

    changed = Signal(str, object)
    fieldEntered = Signal(str)
    repairAsked = Signal(str, int)
    folded = Signal(bool)

    def __init__(
        self,
        value: BaseModel | None = None,
        names: Sequence[str] | None = None,
        parent: QWidget | None = None,
        *,
        choices: Mapping[str, Sequence[str]] | None = None,
        ordered: bool = True,
        narrow: bool = False,
    ) -> None:
        super().__init__(parent)
        self._ordered, self._narrow = ordered, narrow
        self._names, self._choices = names, choices or {}
        self._hidden: Collection[str] = ()
        self._folded = True
        self._bodies: dict[type[BaseModel], Body] = {}
        self._body: Body | None = None
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
            body = Body(model, names, self._choices, self._told(type(model)))
            self._bodies[type(model)] = body
            self._column.addWidget(body)
            body.hide()
            if self._ordered:
                chain_after(self, (stop for part in body.controls() for stop in stops(part)))
        afresh = body is not self._body or key != self._key
        typing = None if afresh else self._typing
        self._refused = {name: value for name, value in self._refused.items() if name == typing}
        self._began = {name: value for name, value in self._began.items() if name == typing}
        for name, row in body.rows.items():
            row.hidden = name in self._hidden
        body.fold(self._folded)
        body.show_model(model, afresh=afresh, typing=typing)
        self._key = key
        if body is not self._body:
            if self._body is not None:
                self._body.hide()
            self._body = body
            body.show()

    def hide_fields(self, names: Collection[str]) -> None:
        """Leave these fields out, whatever the model says, from the next `set_value` on."""
        self._hidden = names

    def show_problem(self, name: str, text: str, *, warning: bool = False, repairs: Sequence[str] = ()) -> None:
        """Say under a field what is wrong with the model's value; "" says that all is well with it.

        Parameters
        ----------
        name : str
            The field.
        text : str
            The sentence.
        warning : bool
            Whether it is only a warning.
        repairs : sequence of str
            What would mend it, a button each.
        """
        if self._body and name in self._body.rows:
            self._body.show_problem(name, sentence(text), warning=warning, repairs=repairs)

    def fold(self, folded: bool) -> None:
        """Hide the fields that are seldom needed, or show them."""
        self._folded = folded
        if self._body is not None:
            self._body.fold(folded)

    def _fold_asked(self, folded: bool) -> None:
        self.fold(folded)
        self.folded.emit(folded)

    def _told(self, kind: type[BaseModel]) -> Told:
        return Told(
            partial(self._edited, kind),
            partial(self._finished, kind),
            self.fieldEntered.emit,
            self.repairAsked.emit,
            self._fold_asked,
            self._narrow,
        )

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
        row = self._body.rows.get(name) if self._body else None
        if row is not None and row.folded and row.live:
            self._fold_asked(False)
        if row is None or row.editor.isHidden():
            return False
        row.editor.first.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def _edited(self, kind: type[BaseModel], name: str, value: object) -> None:
        if self._body is None or self._bodies[kind] is not self._body:
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

    def _finished(self, kind: type[BaseModel], name: str) -> None:
        body = self._bodies[kind]
        if body is self._body:
            self._began.pop(name, None)
            self._refused.pop(name, None)
        # A field may be left only after a model of another kind is shown.
        editor = body.rows[name].editor
        if editor.draft():
            editor.refuse("")
            editor.set_value(getattr(body.model, name))

    def controls(self) -> list[QWidget]:
        """Return the editors, and the button between them, in the order in which they are seen."""
        return self._body.controls() if self._body is not None else []
