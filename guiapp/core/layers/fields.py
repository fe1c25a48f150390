"""How a field of a layer kind or of a settings form is declared."""

from __future__ import annotations

from typing import Any

from pydantic import Field


def field(
    default: Any,
    label: str,
    help_: str,
    *,
    unit: str = "",
    when: str = "",
    zero: str = "",
    hidden: bool = False,
    advanced: bool = False,
    file: str = "",
    options: str = "",
    **limits: Any,
) -> Any:
    """Declare a field of a layer kind or a settings form.

    Parameters
    ----------
    default : Any
        The value that a new layer has.
    label, help_ : str
        The word beside the field, and one or two sentences in plain words.
    unit : str
        What the number counts, e.g. ``"px"``.
    when : str
        ``"other=value|value"``: the form shows this field only while field `other` has one of the values.
    zero : str
        What 0 means where it is no number of things: ``"no limit"``.
    hidden : bool
        Whether forms leave it out.
    advanced : bool
        Whether it is seldom needed: forms fold it away with others of the kind.
    file : str
        Where the value is the path of a file: which ones a dialog shows, as ``"Weights (*.h5)"``.
    options : str
        Where the value is one of many names: the attribute of the layer or settings that holds all of them.
    **limits
        ``ge``, ``gt``, ``le``, ``lt`` for numbers, as pydantic takes them.
    """
    return Field(
        default=default,
        title=label,
        description=help_,
        validate_default=False,
        json_schema_extra={
            "unit": unit,
            "when": when,
            "zero": zero,
            "hidden": hidden,
            "advanced": advanced,
            "file": file,
            "options": options,
        },
        **limits,
    )
