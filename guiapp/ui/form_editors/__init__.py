"""One editor for each type of field; `editor_for` chooses it by the field's declaration."""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence
from typing import Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from guiapp.core.layers.parts import Initializer, Regularizer
from guiapp.ui.form_editors.base import ROW, Editor, extra
from guiapp.ui.form_editors.costs import RegularizerEditor
from guiapp.ui.form_editors.numbers import InitializerEditor, NumberEditor, PairEditor
from guiapp.ui.form_editors.simple import BoolEditor, ChoiceEditor, FileEditor, TextEditor
from guiapp.ui.form_editors.suggest import SuggestEditor

__all__ = [
    "ROW",
    "BoolEditor",
    "ChoiceEditor",
    "Editor",
    "FileEditor",
    "InitializerEditor",
    "NumberEditor",
    "PairEditor",
    "RegularizerEditor",
    "SuggestEditor",
    "TextEditor",
    "editor_for",
]

PARTS: dict[type, Callable[[str, FieldInfo, Any], Editor]] = {
    Initializer: InitializerEditor,
    Regularizer: RegularizerEditor,
}


def editor_for(label: str, info: FieldInfo, value: Any, unit: str, choices: Sequence[str] = ()) -> Editor:
    """Return the editor that suits a field.

    Parameters
    ----------
    label : str
        The word beside it.
    info : FieldInfo
        The field's declaration.
    value : Any
        What it shows at first.
    unit : str
        What a number counts.
    choices : sequence of str
        Where it is a text that must be one of these.

    Raises
    ------
    TypeError
        When no editor knows the field's type.
    """
    kind: Any = info.annotation
    if get_origin(kind) in (Union, types.UnionType):
        kind = next((item for item in get_args(kind) if item is not type(None)), kind)
    if get_origin(kind) is Literal or (kind is str and choices):
        return ChoiceEditor(label, info, value, choices or get_args(kind), verbatim=kind is str)
    if kind is bool:
        return BoolEditor(label, info, value)
    if kind in (int, float):
        return NumberEditor(label, info, value, whole=kind is int, unit=unit)
    if kind is str:
        return _text_editor(label, info, value)
    if kind in PARTS:
        return PARTS[kind](label, info, value)
    if get_origin(kind) is tuple and len(get_args(kind)) == 2:
        return PairEditor(label, info, value, unit=unit)
    raise TypeError(f"Expected a field of a type that the form can edit. Received: {label!r} of type {kind!r}")


def _text_editor(label: str, info: FieldInfo, value: Any) -> Editor:
    if extra(info, "options"):
        return SuggestEditor(label, info, value)
    files = extra(info, "file")
    return FileEditor(label, info, value, files) if files else TextEditor(label, info, value)
