"""A script that builds a model with Keras: read line by line, and never run."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from collections.abc import Sequence
from dataclasses import replace

from guiapp.core.keras_files.assembling import graph_of
from guiapp.core.keras_files.changes import Watch
from guiapp.core.keras_files.following import Reader
from guiapp.core.keras_files.graph import Imported
from guiapp.core.keras_files.network import network_of
from guiapp.core.keras_files.scope import Listed, Model, Scope, TooMuch
from guiapp.core.keras_files.script_training import fit_of, training_of
from guiapp.core.notify import UserError

_LIKELY = re.compile(r"build|model|network|create|make", re.IGNORECASE)
_MAKES = frozenset({"Input", "Sequential", "Model"})
_Function = ast.FunctionDef
_MOST_NOTES = 100
_MOST_FAILED = 200
MOST_NODES = 120_000
"""So many names, numbers and signs a script may have; one of 2,000 layers has two thirds of that."""

_BETWEEN = (b",", b"\n", b"(", b"+", b".")


def imported_script(data: bytes, *, leave_out: bool = False) -> Imported:
    """Return the network that a script builds.

    Its function `build` is read if it has one, then what it does at its outermost level, then its other functions.

    Raises
    ------
    UserError
        When it is no script, builds no model, or does what cannot be told without running it; the line is named.
    """
    tree = _parsed(data)
    _check_length(tree)
    reader = Reader(Scope(), Watch(tree))
    failed: UserError | None = None
    failures = 0
    for statement in tree.body:
        try:
            reader.run([statement])
        except TooMuch:
            raise
        except UserError as exc:
            reader.spoil(statement, exc)
            failed, failures = failed or exc, failures + 1
            if failures > _MOST_FAILED:
                raise failed from None
    functions = [statement for statement in ast.walk(tree) if isinstance(statement, _Function)]
    model, scope = _found(reader, functions, failed)
    graph = graph_of(model, scope)
    training = training_of(tree, reader.scope)
    title = "" if model.name in {"network", "model", "sequential"} else model.name
    found = network_of(graph, training, title[:80], fit_of(tree), data, leave_out=leave_out)
    return replace(found, notes=(*dict.fromkeys(scope.notes[:_MOST_NOTES]), *found.notes))


def _check_length(tree: ast.Module) -> None:
    if sum(1 for _node in ast.walk(tree)) > MOST_NODES:
        raise _too_long()


def _too_long() -> UserError:
    return UserError("is longer than any script of a network", mend="Keep what builds the model, without data")


def _parsed(data: bytes) -> ast.Module:
    if sum(data.count(mark) for mark in _BETWEEN) > MOST_NODES:
        raise _too_long()
    if b"\0" in data:
        raise UserError("is no script: it holds null characters", mend="Choose a Python script")
    try:
        encoding, _lines = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError):
        raise UserError("is no text in the encoding that it names", mend="Save it in UTF-8") from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of how texts in it are written
            return ast.parse(text.removeprefix("\ufeff"))
    except SyntaxError as exc:
        raise UserError(f"line {exc.lineno or 1}: it is not Python ({exc.msg})", mend="Mend that line") from None
    except (RecursionError, MemoryError):
        raise UserError("is nested too deeply", mend="Write it in shorter expressions") from None
    except ValueError as exc:
        raise UserError(f"is not Python ({exc})", mend="Choose a Python script") from None


def _found(
    reader: Reader, functions: Sequence[ast.FunctionDef], failed: UserError | None
) -> tuple[Model | Listed, Scope]:
    makers = [function for function in functions if _makes_a_model(function)]
    build = next((function for function in makers if function.name == "build"), None)
    if build is None:
        at_module = reader.model()
        if at_module is not None and (failed is None or at_module is reader.scope.names.get("model")):
            return at_module, reader.scope
        if failed is not None:
            raise failed
        build = next((function for function in makers if _LIKELY.search(function.name)), makers[0] if makers else None)
    if build is None:
        raise UserError(
            "builds no model: there is no keras.Input, keras.Sequential or keras.Model in it",
            mend="Choose a script that builds one",
        )
    return reader.inside(build)


def _makes_a_model(function: ast.FunctionDef) -> bool:
    names = {
        node.attr if isinstance(node, ast.Attribute) else node.id
        for node in ast.walk(function)
        if isinstance(node, (ast.Attribute, ast.Name))
    }
    return bool(names & _MAKES)
