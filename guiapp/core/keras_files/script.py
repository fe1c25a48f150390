"""A script that builds a model with Keras: read line by line, and never run."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from guiapp.core.keras_files.evaluating import (
    Evaluator,
    Listed,
    Model,
    Path,
    Scope,
    Tensor,
    Unknown,
    canonical,
    line_of,
)
from guiapp.core.keras_files.graph import Imported
from guiapp.core.keras_files.making import Maker, graph_of, refused
from guiapp.core.keras_files.network import network_of
from guiapp.core.keras_files.script_training import fit_of, training_of
from guiapp.core.notify import UserError

_LIKELY = re.compile(r"build|model|network|create|make", re.IGNORECASE)
_MAKES = frozenset({"Input", "Sequential", "Model"})
_Function = ast.FunctionDef


def imported_script(data: bytes) -> Imported:
    """Return the network that a script builds.

    Its function `build` is read if it has one, then what it does at its outermost level, then its other functions.

    Raises
    ------
    UserError
        When it is no script, builds no model, or does what cannot be told without running it; the line is named.
    """
    tree = _parsed(data)
    reader = _Reader()
    failed: UserError | None = None
    for statement in tree.body:
        try:
            reader.run([statement])
        except UserError as exc:
            failed = failed or exc
    functions = [statement for statement in ast.walk(tree) if isinstance(statement, _Function)]
    model, scope = _found(reader, functions, failed)
    training = training_of(tree, reader.scope)
    title = "" if model.name in {"network", "model", "sequential"} else model.name
    return network_of(graph_of(model, scope), training, title[:80], fit_of(tree), data)


def _parsed(data: bytes) -> ast.Module:
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
    reader: _Reader, functions: Sequence[ast.FunctionDef], failed: UserError | None
) -> tuple[Model | Listed, Scope]:
    makers = [function for function in functions if _makes_a_model(function)]
    build = next((function for function in makers if function.name == "build"), None)
    if build is None:
        at_module = reader.model()
        if at_module is not None:
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


class _Reader:
    """Follows statements one after the other."""

    def __init__(self, scope: Scope | None = None) -> None:
        self.scope = scope or Scope()
        self._maker = Maker(self.scope)
        self._evaluator = Evaluator(self.scope, self._called)
        self._asked: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {}

    def model(self) -> Model | Listed | None:
        """Return the model among the names: the one called “model”, or else the last."""
        found = {name: value for name, value in self.scope.names.items() if isinstance(value, (Model, Listed))}
        full = {name: value for name, value in found.items() if isinstance(value, Model) or value.parts}
        return full.get("model") or (list(full.values())[-1] if full else None)

    def inside(self, function: ast.FunctionDef) -> tuple[Model | Listed, Scope]:
        """Return the model that a function gives back, with the names in it."""
        inner = _Reader(Scope(dict(self.scope.names), list(self.scope.calls)))
        inner.scope.names.update(self._parameters(function))
        value = inner.run(function.body)
        values = value if isinstance(value, (list, tuple)) else [value]
        model = next((part for part in values if isinstance(part, (Model, Listed))), None)
        if model is None and isinstance(value, Unknown):
            raise refused(value.line, value.why)
        model = model or inner.model()
        if model is None:
            raise refused(line_of(function), f"“{function.name[:40]}” gives back no model", "Return a keras.Model")
        return model, inner.scope

    def _parameters(self, function: ast.FunctionDef) -> dict[str, Any]:
        names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
        line = line_of(function)
        out: dict[str, Any] = {
            name: Unknown(line, f"“{name[:40]}” is an argument without a value; give it a default")
            for name in [*names, *(argument.arg for argument in function.args.kwonlyargs)]
        }
        given = function.args.defaults
        for name, default in zip(names[len(names) - len(given) :], given, strict=True):
            out[name] = self._evaluator.value(default)
        for argument, value in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True):
            if value is not None:
                out[argument.arg] = self._evaluator.value(value)
        asked = self._asked.get(function.name, ((), {}))
        out.update(zip(names, asked[0], strict=False))
        out.update({name: value for name, value in asked[1].items() if name in out})
        return out

    def run(self, statements: Sequence[ast.stmt]) -> Any:
        """Follow statements; return what they give back, if they do."""
        for statement in statements:
            value = self._step(statement)
            if value is not None or isinstance(statement, ast.Return):
                return value
        return None

    def _called(self, what: Any, given: tuple[Any, ...], rest: dict[str, Any], node: ast.Call) -> Any:
        if isinstance(what, Unknown) and isinstance(node.func, ast.Name):
            self._asked.setdefault(node.func.id, (given, rest))
        return self._maker.call(what, given, rest, node)

    def _step(self, statement: ast.stmt) -> Any:
        match statement:
            case ast.Assign(targets=targets, value=value):
                found = self._evaluator.value(value)
                for target in targets:
                    self._bind(target, found)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                self._bind(target, self._evaluator.value(value))
            case ast.AugAssign(target=ast.Name(id=name) as target, op=op, value=value):
                both = ast.BinOp(ast.Name(name, ast.Load()), op, value)
                self._bind(target, self._evaluator.value(ast.fix_missing_locations(ast.copy_location(both, statement))))
            case ast.Expr(value=value):
                self._evaluator.value(value)
            case ast.Return(value=value):
                return self._evaluator.value(value)
            case ast.Import() | ast.ImportFrom():
                self._import(statement)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                word = "class" if isinstance(statement, ast.ClassDef) else "function"
                why = f"“{name[:40]}” is a {word} of the script, which is never run; write out its layers"
                self.scope.names[name] = Unknown(line_of(statement), why)
            case ast.If(test=test, body=body, orelse=other):
                return self._choice(statement, test, body, other)
            case ast.With(body=body):
                return self.run(body)
            case ast.For() | ast.While() | ast.Try() | ast.AsyncFor() | ast.AsyncWith() | ast.Match():
                self._pass_over(statement)
        return None

    def _choice(self, statement: ast.If, test: ast.expr, body: list[ast.stmt], other: list[ast.stmt]) -> Any:
        if ast.unparse(test) in {"__name__ == '__main__'", "'__main__' == __name__"} if _is_short(test) else False:
            return self.run(body)
        known = self._evaluator.value(test)
        if isinstance(known, bool):
            return self.run(body if known else other)
        self._pass_over(statement)
        return None

    def _bind(self, target: ast.expr, value: Any) -> None:
        match target:
            case ast.Name(id=name):
                self.scope.names[name] = value
            case ast.Tuple(elts=elts) | ast.List(elts=elts):
                parts = value if isinstance(value, (list, tuple)) and len(value) == len(elts) else None
                for i, element in enumerate(elts):
                    why = Unknown(line_of(target), "this part of it is no fixed value")
                    self._bind(element, parts[i] if parts is not None else why)
            case ast.Subscript(value=ast.Name(id=name)):
                self.scope.names[name] = Unknown(line_of(target), f"“{name[:40]}” is changed in place")

    def _import(self, statement: ast.Import | ast.ImportFrom) -> None:
        module = f"{statement.module}." if isinstance(statement, ast.ImportFrom) and statement.module else ""
        for alias in statement.names:
            if isinstance(statement, ast.Import) and alias.asname is None:
                first = alias.name.split(".")[0]
                self.scope.names[first] = Path(canonical(first))
            elif alias.name != "*":
                self.scope.names[alias.asname or alias.name] = Path(canonical(f"{module}{alias.name}"))

    def _pass_over(self, statement: ast.stmt) -> None:
        """Go past what is not followed, but not where it touches layers; what it sets is not known after it."""
        for node in ast.walk(statement):
            if self._touches(node):
                inside = _WORDS.get(type(statement), "a choice")
                raise refused(
                    line_of(node),
                    f"layers are made or used inside {inside}, which is code and never run",
                    "Write the layers out one after the other",
                )
        for name in _assigned(statement):
            self.scope.names[name] = Unknown(line_of(statement), f"“{name[:40]}” is set by code, which is never run")

    def _touches(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Name):
            return isinstance(self.scope.names.get(node.id), Tensor)
        if not isinstance(node, ast.Call):
            return False
        func = node.func
        if isinstance(func, ast.Attribute) and isinstance(self._evaluator.value(func.value), Listed):
            return func.attr in {"add", "pop"}
        value = self._evaluator.value(func)
        return isinstance(value, Path) and _is_of_layers(value.name)


_WORDS = {ast.For: "a loop", ast.While: "a loop", ast.AsyncFor: "a loop", ast.Try: "a “try”"}


def _is_short(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and isinstance(test.left, (ast.Name, ast.Constant))


def _is_of_layers(name: str) -> bool:
    return name.startswith("keras.layers") or name in {"keras.Input", "keras.Model", "keras.Sequential"}


def _assigned(statement: ast.stmt) -> Iterator[str]:
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
