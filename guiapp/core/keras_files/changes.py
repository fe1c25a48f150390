"""What code that is not followed may change: names, and the lists, layers and models that names stand for."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from guiapp.core.keras_files.scope import Listed, Made, Model, Tensor, Unknown
from guiapp.core.keras_files.translating import BACKBONE

CHANGING = frozenset(
    (
        "add", "append", "clear", "extend", "insert", "pop", "popitem", "remove", "reverse", "setdefault",
        "sort", "update", "__delitem__", "__iadd__", "__setattr__", "__setitem__"
    )
)  # fmt: skip
"""Methods that change a list, a dictionary or a model."""

HARMLESS = frozenset(
    (
        "_name", "adapt", "build", "call", "compile", "compute_mask", "compute_metrics",
        "compute_output_shape", "count_params", "evaluate", "evaluate_generator", "export", "fit",
        "fit_generator", "get_config", "get_layer", "get_metrics_result", "get_weights", "history",
        "load_weights", "loss", "losses", "make_predict_function", "metrics", "name", "optimizer", "predict",
        "predict_classes", "predict_generator", "predict_on_batch", "reset_metrics", "reset_states", "save",
        "save_weights", "set_weights", "stop_training", "summary", "test_on_batch", "to_json", "to_yaml",
        "train_on_batch"
    )
)  # fmt: skip
"""Parts of a model that have nothing to do with which layers it has."""

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
MOST_CALLS = 20
"""So deep in each other the calls of functions are looked at."""


@dataclass
class Changes:
    """What code changes.

    Attributes
    ----------
    names : dict
        The names that it sets, with the line.
    things : dict
        The names of what it changes in place, with the line.
    frozen : dict
        The names of what it says not to train, with the line.
    gives_back : int
        The line where it gives something back, or 0.
    nodes : int
        Of how many parts the code is.
    """

    names: dict[str, int] = field(default_factory=dict)
    things: dict[str, int] = field(default_factory=dict)
    frozen: dict[str, int] = field(default_factory=dict)
    gives_back: int = 0
    nodes: int = 0


@dataclass(frozen=True)
class _Deeds:
    """What calling a function changes: what it is given, things of other names, other names."""

    given: bool = False
    things: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()


class Watch:
    """Tells what code changes, with what the script's own functions change that it calls."""

    def __init__(self, tree: ast.AST | None = None) -> None:
        self._functions: dict[str, list[ast.FunctionDef]] = {}
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.FunctionDef):
                self._functions.setdefault(node.name, []).append(node)
        self._known: dict[str, _Deeds] = {}
        self._depth = 0

    def changes(self, nodes: Iterable[ast.AST]) -> Changes:
        """Return what code changes."""
        return _Collector(self).collected(nodes)

    def deeds(self, name: str) -> _Deeds:
        """Return what calling the script's functions of this name changes."""
        if name in self._known or name not in self._functions:
            return self._known.get(name, _Deeds())
        if self._depth > MOST_CALLS:
            return _Deeds(given=True)
        self._known[name] = _Deeds()  # of a function that calls itself
        self._depth += 1
        found = [self._of(function) for function in self._functions[name]]
        self._depth -= 1
        things = frozenset(thing for one in found for thing in one.things)
        names = frozenset(thing for one in found for thing in one.names)
        self._known[name] = _Deeds(any(one.given for one in found), things, names)
        return self._known[name]

    def _of(self, function: ast.FunctionDef) -> _Deeds:
        inner = self.changes(function.body)
        own = {part.arg for part in ast.walk(function.args) if isinstance(part, ast.arg)}
        outer = {name for part in run_through(function.body) if isinstance(part, ast.Global) for name in part.names}
        things = inner.things.keys() - own - (inner.names.keys() - outer)
        return _Deeds(bool(own & inner.things.keys()), frozenset(things), frozenset(inner.names.keys() & outer))


def run_through(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield the parts of code, but not those of functions and classes in it, which it does not run."""
    waiting = list(nodes)[::-1]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, _FUNCTIONS):
            waiting.extend(list(ast.iter_child_nodes(node))[::-1])


class _Collector:
    """Collects the changes of one piece of code."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._found = Changes()
        self._origins: dict[str, set[str]] = {}

    def collected(self, nodes: Iterable[ast.AST]) -> Changes:
        for node in run_through(nodes):
            self._look(node)
            self._found.nodes += 1
        self._found.things = self._reached(self._found.things)
        self._found.frozen = self._reached(self._found.frozen)
        return self._found

    def _look(self, node: ast.AST) -> None:
        line = int(getattr(node, "lineno", 0))
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                self._found.names.setdefault(name, line)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                self._found.names.setdefault(name, line)
            case ast.Attribute(value=inner, attr="trainable", ctx=ast.Store()):
                self._add(self._found.frozen, inner, line)
            case ast.Attribute(attr=name, ctx=ast.Store() | ast.Del()) if name in HARMLESS:
                pass
            case (ast.Attribute() | ast.Subscript()) as target if not isinstance(target.ctx, ast.Load):
                self._add(self._found.things, target.value, line)
            case ast.Attribute(value=inner, attr=name) if name in CHANGING:
                self._add(self._found.things, inner, line)
            case ast.Call():
                self._call(node, line)
            case ast.Return(value=value) if not (value is None or isinstance(value, ast.Constant)):
                self._found.gives_back = self._found.gives_back or line
        self._origin(node)

    def _add(self, found: dict[str, int], inner: ast.expr, line: int) -> None:
        for name in _named(inner):
            found.setdefault(name, line)

    def _call(self, node: ast.Call, line: int) -> None:
        func = node.func
        name = func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        if name in {"setattr", "delattr"} and given:
            self._add(self._found.things, given[0], line)
        deeds = self._watch.deeds(name) if name not in HARMLESS else _Deeds()
        if deeds.given:
            for value in given:
                self._add(self._found.things, value, line)
        for thing in deeds.things:
            self._found.things.setdefault(thing, line)
        for thing in deeds.names:
            self._found.names.setdefault(thing, line)

    def _origin(self, node: ast.AST) -> None:
        """Keep from which names a name that is set may have its value."""
        match node:
            case ast.Assign(targets=targets, value=value):
                pass
            case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
                targets = [target]
            case ast.NamedExpr(target=target, value=value):
                targets = [target]
            case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
                targets = [target]
            case _:
                return
        for part in (part for target in targets for part in ast.walk(target)):
            if isinstance(part, ast.Name):
                self._origins.setdefault(part.id, set()).update(_named(value))

    def _reached(self, names: Mapping[str, int]) -> dict[str, int]:
        """Return names with those that they may have their values from."""
        out: dict[str, int] = {}
        waiting = list(names.items())
        while waiting:
            name, line = waiting.pop()
            if name not in out:
                out[name] = line
                waiting.extend((origin, line) for origin in self._origins.get(name, ()))
        return out


def _named(node: ast.expr) -> Iterator[str]:
    """Yield the names of what an expression may be, or hold."""
    waiting: list[ast.AST] = [node]
    while waiting:
        part = waiting.pop()
        match part:
            case ast.Name(id=name):
                yield name
            case ast.Attribute(attr=name) if name in HARMLESS and name != "get_layer":
                pass
            case ast.Call(func=ast.Attribute(attr=name)) if name in HARMLESS and name != "get_layer":
                pass
            case ast.Subscript(value=value):
                waiting.append(value)
            case _:
                waiting.extend(ast.iter_child_nodes(part))


def spoilt(value: Any, why: Unknown) -> bool:
    """Make a thing that was changed be refused wherever it is used; return whether it has to do with layers."""
    waiting, seen, layers = [value], set(), False
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        waiting.extend(value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ())
        layers = layers or is_of_layers(value)
        match value:
            case Listed():
                value.parts.append(why)
            case Model():
                value.changed = why
            case Made() if value.kind != BACKBONE:
                value.named["**"] = why
            case list():
                value[:] = [why]
            case dict():
                value.clear()
                value["**"] = why
    return layers


def is_of_layers(value: Any) -> bool:
    """Whether a value is a layer or a model of which it matters what is done to it."""
    # The layers of a backbone are not the script's.
    return value.kind != BACKBONE if isinstance(value, Made) else isinstance(value, (Listed, Model, Tensor))
