"""What a script says of the training: its optimiser, its epochs, its batch, and how it fits images."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from typing import Any

from guiapp.core.keras_files.evaluating import Evaluator
from guiapp.core.keras_files.making import Maker
from guiapp.core.keras_files.scope import Scope, Unknown
from guiapp.core.keras_files.training import kept, of_optimizer


def training_of(tree: ast.Module, scope: Scope) -> dict[str, Any]:
    """Return the fields of the training settings that a script sets with fixed values."""
    names = Scope({**_once(tree, scope), **scope.names}, list(scope.calls))
    evaluator = Evaluator(names, Maker(names).call)
    out: dict[str, Any] = {}
    for method, call in _methods(tree):
        given = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
        if method == "compile":
            wanted = given.get("optimizer") or (call.args[0] if call.args else None)
            out.update(of_optimizer(evaluator.value(wanted)) if wanted is not None else {})
        elif method == "fit" and "epochs" in given:
            out["epochs"] = evaluator.value(given["epochs"])
        if method == "batch" and len(call.args) == 1 and "batch" not in out:
            out["batch"] = evaluator.value(call.args[0])
        elif "batch_size" in given:
            out["batch"] = evaluator.value(given["batch_size"])
    return kept(out)


def _methods(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            func = node.func
            name = func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
            yield name, node


def _once(tree: ast.Module, scope: Scope) -> dict[str, Any]:
    """Return the fixed values of names that are set once in the whole script, such as an optimiser in a function."""
    simple = [
        (node.targets[0].id, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
    ]
    times = Counter(name for name, _value in simple)
    found = Scope(dict(scope.names), list(scope.calls))
    evaluator = Evaluator(found, _values_only(found))
    out: dict[str, Any] = {}
    for name, node in simple:
        value = evaluator.value(node) if times[name] == 1 else None
        if isinstance(value, (int, float, str, dict)):
            out[name] = found.names[name] = value
    return out


def _values_only(scope: Scope) -> Any:
    """Return what carries out calls that make optimisers, and no layers."""
    maker = Maker(scope)

    def call(what: Any, given: tuple[Any, ...], rest: dict[str, Any], node: ast.Call) -> Any:
        name = getattr(what, "name", "")
        made = isinstance(name, str) and name.startswith("keras.optimizers.")
        return maker.call(what, given, rest, node) if made else Unknown(node.lineno, "")

    return call


def fit_of(tree: ast.Module) -> str:
    """Return how a script fits images of other proportions, as far as it says so."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and isinstance(node.value, ast.Constant) and node.value.value is True:
            if node.arg == "pad_to_aspect_ratio":
                return "pad"
            if node.arg == "crop_to_aspect_ratio":
                return "crop"
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found = {"ImageOps.pad": "pad", "ImageOps.fit": "crop"}.get(f"{node.value.id}.{node.attr}")
            if found is not None:
                return found
    return "stretch"
