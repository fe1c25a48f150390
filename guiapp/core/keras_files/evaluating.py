"""The value of an expression in a script, found without running it: numbers, texts, lists, and layers of Keras."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

from guiapp.core.keras_files.arguments import arguments
from guiapp.core.keras_files.changes import CHANGING
from guiapp.core.keras_files.graph import Call
from guiapp.core.keras_files.scope import MOST_PARTS, Path, Scope, Tensor, Unknown, size

MOST_DEEP = 100
LARGEST = 10**15


_ARITHMETIC: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_ROOTS = {
    "tensorflow.keras": "keras",
    "tensorflow.python.keras": "keras",
    "tf_keras": "keras",
    "keras.api": "keras",
    "keras.src": "keras",
    "keras.layers.Input": "keras.Input",
    "keras.models.Model": "keras.Model",
    "keras.models.Sequential": "keras.Sequential",
}


def canonical(name: str) -> str:
    """Return the usual one of the names under which Keras has a thing."""
    for long, short in _ROOTS.items():
        if name == long or name.startswith(f"{long}."):
            name = short + name[len(long) :]
    return name


def line_of(node: ast.AST) -> int:
    """Return the line that an expression begins on."""
    return int(getattr(node, "lineno", 0))


class Evaluator:
    """Finds the values of expressions; what it cannot tell is `Unknown`.

    Parameters
    ----------
    scope : Scope
        What names stand for.
    call : callable
        Given what is called, the arguments and the node; returns what comes of it.
    passed : callable
        Told each part of an expression that is not followed.
    """

    def __init__(
        self,
        scope: Scope,
        call: Callable[[Any, tuple[Any, ...], dict[str, Any], ast.Call], Any],
        passed: Callable[[ast.expr], None] = lambda node: None,
    ) -> None:
        self.scope = scope
        self._call, self._passed = call, passed
        self._depth = 0

    def value(self, node: ast.expr | None) -> Any:
        """Return the value of an expression."""
        if node is None:
            return None
        self._depth += 1
        self.scope.work(1, line_of(node))
        try:
            if self._depth > MOST_DEEP:
                return self._left(node, "it is nested too deeply")
            found = self._value(node)
        finally:
            self._depth -= 1
        if isinstance(found, (list, tuple, dict)):
            count = size(found)
            self.scope.work(count // 4, line_of(node))
            if count > MOST_PARTS:
                return Unknown(line_of(node), _TOO_LONG)
        return found

    def _left(self, node: ast.expr, why: str) -> Unknown:
        """Go past an expression that is not followed."""
        self._passed(node)
        return Unknown(line_of(node), why)

    def _value(self, node: ast.expr) -> Any:  # noqa: PLR0911 - a line a kind of expression
        match node:
            case ast.Constant(value=value):
                return self._constant(node, value)
            case ast.Name(id=name):
                return self.scope.names.get(name, Unknown(line_of(node), f"“{name[:40]}” is no fixed value"))
            case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Dict(values=parts) if len(parts) > MOST_PARTS:
                return self._left(node, _TOO_LONG)
            case ast.Tuple(elts=elts) | ast.List(elts=elts):
                return self._elements(node, elts)
            case ast.Dict(keys=keys, values=values) if all(key is not None for key in keys):
                made = [self.value(key) for key in keys]
                if all(isinstance(key, (str, int)) for key in made):
                    return dict(zip(made, [self.value(value) for value in values], strict=True))
            case ast.Attribute(value=inner, attr=name):
                return self._attribute(node, self.value(inner), name)
            case ast.UnaryOp(op=op, operand=operand):
                return self._unary(node, op, self.value(operand))
            case ast.BinOp(left=left, op=op, right=right):
                return self._binary(node, self.value(left), op, self.value(right))
            case ast.Subscript(value=inner, slice=place):
                return self._item(node, self.value(inner), self.value(place))
            case ast.Call():
                return self._called(node)
        return self._left(node, _WHY.get(type(node), "this is code, which is never run"))

    def _constant(self, node: ast.expr, value: Any) -> Any:
        if isinstance(value, (bool, str)) or value is None:
            return value
        if isinstance(value, (int, float)) and abs(value) <= LARGEST:
            return value
        return Unknown(
            line_of(node), "this number is too large" if isinstance(value, (int, float)) else "it is no number"
        )

    def _elements(self, node: ast.expr, elts: list[ast.expr]) -> Any:
        out: list[Any] = []
        for element in elts:
            if isinstance(element, ast.Starred):
                inner = self.value(element.value)
                if not isinstance(inner, (list, tuple)):
                    return Unknown(line_of(node), "a list with * in it is no fixed value")
                out.extend(inner)
                self.scope.work(len(inner) // 10, line_of(node))
            else:
                out.append(self.value(element))
        return tuple(out) if isinstance(node, ast.Tuple) else out

    def _attribute(self, node: ast.expr, inner: Any, name: str) -> Any:
        if isinstance(inner, Path):
            return Path(canonical(f"{inner.name}.{name}"))
        if name in CHANGING:
            self._passed(node)
        return inner if isinstance(inner, Unknown) else Unknown(line_of(node), f"“.{name[:40]}” is no fixed value")

    def _unary(self, node: ast.expr, op: ast.unaryop, value: Any) -> Any:
        if isinstance(op, ast.Not) and isinstance(value, bool):
            return not value
        if _is_number(value) and isinstance(op, (ast.USub, ast.UAdd)):
            return -value if isinstance(op, ast.USub) else value
        return value if isinstance(value, Unknown) else Unknown(line_of(node), "this is no fixed number")

    def _binary(self, node: ast.expr, left: Any, op: ast.operator, right: Any) -> Any:
        if _is_number(left) and _is_number(right):
            return self._number(node, left, op, right)
        both = isinstance(left, (list, tuple)) and type(left) is type(right)
        if both and isinstance(op, ast.Add):
            return left + right
        if isinstance(left, Tensor) or isinstance(right, Tensor):
            return self._of_tensors(node, left, op, right)
        for value in (left, right):
            if isinstance(value, Unknown):
                return value
        return Unknown(line_of(node), "this is no fixed number")

    def _number(self, node: ast.expr, left: Any, op: ast.operator, right: Any) -> Any:
        if isinstance(op, ast.Pow):
            small = abs(left) <= 1000 and 0 <= right <= 5 and isinstance(right, int)
            value = left**right if small else None
        elif type(op) in _ARITHMETIC and not (right == 0 and isinstance(op, (ast.Div, ast.FloorDiv, ast.Mod))):
            value = _ARITHMETIC[type(op)](left, right)
        else:
            value = None
        if value is None or abs(value) > LARGEST:
            return Unknown(line_of(node), "this arithmetic is not done here; write the number")
        return value

    def _of_tensors(self, node: ast.expr, left: Any, op: ast.operator, right: Any) -> Any:
        kind = {ast.Add: "Add", ast.Mult: "Multiply"}.get(type(op))
        if kind is None or not (isinstance(left, Tensor) and isinstance(right, Tensor)):
            return Unknown(line_of(node), "this computes with what layers give; write it as a layer")
        line = line_of(node)
        return self.scope.applied(Call(kind, "", {}, (left.at, right.at), f"line {line}", line=line))

    def _item(self, node: ast.expr, inner: Any, place: Any) -> Any:
        if isinstance(inner, (list, tuple)) and isinstance(place, int) and -len(inner) <= place < len(inner):
            return inner[place]
        if isinstance(inner, dict) and isinstance(place, (str, int)) and place in inner:
            return inner[place]
        return inner if isinstance(inner, Unknown) else Unknown(line_of(node), "this part of it is no fixed value")

    def _called(self, node: ast.Call) -> Any:
        given = self._elements(node, node.args)
        named: dict[str, Any] = {}
        for keyword in node.keywords:
            value = self.value(keyword.value)
            if keyword.arg is not None:
                named[keyword.arg] = value
            elif isinstance(value, dict):
                self.scope.work(len(value) // 10, line_of(node))
                named.update({str(key): item for key, item in value.items()})
            else:
                named["**"] = Unknown(line_of(node), "what ** stands for is no fixed value")
        if isinstance(given, Unknown):
            given, named["*"] = (), given
        return self._call(self._called_what(node.func), tuple(given), named, node)

    def _called_what(self, func: ast.expr) -> Any:
        """Return what is called; a method comes as the pair of its object and its name."""
        if isinstance(func, ast.Name) and func.id not in self.scope.names:
            return func.id
        if isinstance(func, ast.Attribute):
            inner = self.value(func.value)
            if not isinstance(inner, (Path, Unknown)):
                return inner, func.attr
        return self.value(func)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


_TOO_LONG = f"it holds more than {MOST_PARTS:,} values"
_WHY: Mapping[type[ast.expr], str] = {
    ast.Lambda: "a lambda is code, which is never run",
    ast.ListComp: "a comprehension is code, which is never run; write its values out",
    ast.GeneratorExp: "a comprehension is code, which is never run; write its values out",
    ast.JoinedStr: "an f-string is put together by code, which is never run; write the text",
    ast.IfExp: "a choice by “if” is code, which is never run; write the value",
}


def known_layer(name: str) -> bool:
    """Whether Keras has a layer of this name."""
    return arguments("layers", name) is not None
