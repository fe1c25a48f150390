"""The statements of a script, followed one after the other as far as they can be told without running them."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Sequence
from typing import Any

from guiapp.core.keras_files.changes import Changes, Watch, is_of_layers, run_through, spoilt
from guiapp.core.keras_files.evaluating import Evaluator, canonical, line_of
from guiapp.core.keras_files.making import Maker
from guiapp.core.keras_files.scope import Listed, Model, Path, Scope, Tensor, Unknown, refused
from guiapp.core.notify import UserError


class Reader:
    """Follows statements one after the other."""

    def __init__(self, scope: Scope, watch: Watch) -> None:
        self.scope, self._watch = scope, watch
        self._maker = Maker(scope)
        self._evaluator = Evaluator(scope, self._called, lambda node: self._changed([node], _BY_CODE))
        self._asked: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {}

    def model(self) -> Model | Listed | None:
        """Return the model among the names: the one called “model”, or else the last.

        Raises
        ------
        UserError
            When “model” is another, which cannot be told without running the script.
        """
        found = {name: value for name, value in self.scope.names.items() if isinstance(value, (Model, Listed))}
        full = {name: value for name, value in found.items() if isinstance(value, Model) or value.parts}
        named = self.scope.names.get("model")
        if full and isinstance(named, Unknown):
            raise refused(named.line, named.why)
        return full.get("model") or (list(full.values())[-1] if full else None)

    def inside(self, function: ast.FunctionDef) -> tuple[Model | Listed, Scope]:
        """Return the model that a function gives back, with the names in it."""
        inner = Reader(self.scope.inner(), self._watch)
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
        if isinstance(what, Unknown):
            if isinstance(node.func, ast.Name):
                self._asked.setdefault(node.func.id, (given, rest))
            self._changed([node], what.why)
        self._note_what_others_do(what, given, rest, node)
        return self._maker.call(what, given, rest, node)

    def _note_what_others_do(self, what: Any, given: tuple[Any, ...], rest: dict[str, Any], node: ast.Call) -> None:
        """Add a note where a model is given to code of another file, which may add to it."""
        name = what.name if isinstance(what, Path) else what if isinstance(what, str) else ""
        strange = name and name.split(".")[0] not in _HARMLESS_MODULES
        if strange and any(isinstance(value, Listed) for value in (*given, *rest.values())):
            self.scope.notes.append(f"Line {line_of(node)}: what “{name[:60]}” does to the model is not followed.")

    def _step(self, statement: ast.stmt) -> Any:
        """Follow a statement; return what it gives back, if it does."""
        match statement:
            case ast.Return(value=value):
                return self._evaluator.value(value)
            case ast.If(test=test, body=body, orelse=other):
                return self._choice(statement, test, body, other)
            case ast.With(items=items, body=body):
                for item in items:
                    self._evaluator.value(item.context_expr)
                    if item.optional_vars is not None:
                        self._bind(item.optional_vars, Unknown(line_of(statement), "it is made by “with”"))
                return self.run(body)
            case ast.Assign() | ast.AnnAssign() | ast.AugAssign() | ast.Delete():
                self._set(statement)
            case _:
                self._do(statement)
        return None

    def _set(self, statement: ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Delete) -> None:
        match statement:
            case ast.Assign(targets=targets, value=value):
                found = self._evaluator.value(value)
                for target in targets:
                    self._bind(target, found)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                self._bind(target, self._evaluator.value(value))
            case ast.AugAssign(target=ast.Name(id=name) as target, op=op, value=value):
                values = self.scope.names.get(name)
                if isinstance(values, list) and isinstance(op, ast.Add):  # which other names may stand for, too
                    self._maker.call((values, "extend"), (self._evaluator.value(value),), {}, _call_at(statement))
                    return
                both = ast.BinOp(ast.Name(name, ast.Load()), op, value)
                self._bind(target, self._evaluator.value(ast.fix_missing_locations(ast.copy_location(both, statement))))
            case ast.AugAssign(target=target):
                self._bind(target, None)
            case ast.Delete(targets=targets):  # a name that is not used any more does no harm
                self._changed([target for target in targets if not isinstance(target, ast.Name)], _IN_PLACE)

    def _do(self, statement: ast.stmt) -> None:
        match statement:
            case ast.Expr(value=value):
                self._evaluator.value(value)
            case ast.Import() | ast.ImportFrom():
                self._import(statement)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                word = "class" if isinstance(statement, ast.ClassDef) else "function"
                why = f"“{name[:40]}” is a {word} of the script, which is never run; write out its layers"
                self.scope.names[name] = Unknown(line_of(statement), why)
            case ast.Assert() | ast.Raise():
                self._changed([statement], _IN_PLACE)
            case ast.Pass() | ast.Global() | ast.Nonlocal():
                pass
            case _:
                self._pass_over(statement)

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
            case ast.Starred(value=ast.Name(id=name)):
                self.scope.names[name] = Unknown(line_of(target), f"“{name[:40]}” is no fixed value")
            case _:
                self._changed([target], _IN_PLACE)

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
        inside = f"inside {_WORDS.get(type(statement), 'a choice')}, which is code and never run"
        parts = list(run_through([statement]))
        touched = next((line_of(node) for node in parts if self._touches(node)), 0)
        why = f"layers are made or used {inside}; write the layers out one after the other"
        back = self._changes_of([statement]).gives_back
        self._changed([statement], why, setting=why if touched else f"this is set {inside}")
        for node in parts:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                self._import(node)
        if touched or back:
            raise refused(touched or back, why if touched else f"what is given back is chosen {inside}; write it out")

    def spoil(self, statement: ast.stmt, exc: UserError) -> None:
        """Have what a statement was to set or change be refused wherever it is used, since it failed."""
        line, _, what = exc.what.removeprefix("line ").partition(": ")
        why = f"{what}; {exc.mend}"
        found = self._changes_of([statement])
        for name in found.things:
            spoilt(self.scope.names.get(name), Unknown(int(line), why))
        for name in found.names:
            self.scope.names[name] = Unknown(int(line), why)

    def _changes_of(self, nodes: Sequence[ast.AST]) -> Changes:
        found = self._watch.changes(nodes)
        self.scope.work(1 + found.nodes // 4, line_of(nodes[0]) if nodes else 0)
        return found

    def _changed(self, nodes: Sequence[ast.AST], why: str, setting: str = "") -> None:
        """Note what code changes that is not followed.

        Raises
        ------
        UserError
            When that are layers.
        """
        found = self._changes_of(nodes)
        names = self.scope.names
        of_layers = [line for name, line in found.things.items() if spoilt(names.get(name), Unknown(line, why))]
        for name, line in found.frozen.items():
            if is_of_layers(names.get(name)):
                self.scope.notes.append(f"Line {line}: “{name[:40]}” was not to be trained; here it is.")
        for name, line in found.names.items():
            names[name] = Unknown(line, setting or f"“{name[:40]}” is set by code, which is never run")
        if of_layers:
            raise refused(of_layers[0], why)

    def _touches(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Name):
            return isinstance(self.scope.names.get(node.id), Tensor)
        if not isinstance(node, ast.Call):
            return False
        value = self._dotted(node.func)
        return isinstance(value, Path) and _is_of_layers(value.name)

    def _dotted(self, node: ast.expr) -> Any:
        """Return what a name, or a name of a module, stands for."""
        if isinstance(node, ast.Attribute):
            inner = self._dotted(node.value)
            return Path(canonical(f"{inner.name}.{node.attr}")) if isinstance(inner, Path) else None
        return self.scope.names.get(node.id) if isinstance(node, ast.Name) else None


_IN_PLACE = "a layer or a list of layers is changed in place; write the layers out one after the other"
_BY_CODE = "layers are changed by code, which is never run; write the layers out one after the other"
_KNOWN = frozenset({"keras", "tensorflow", "numpy", "matplotlib", "sklearn", "pandas"})
_HARMLESS_MODULES = _KNOWN | sys.stdlib_module_names | set(dir(builtins))
_WORDS = {ast.For: "a loop", ast.While: "a loop", ast.AsyncFor: "a loop", ast.Try: "a “try”"}


def _call_at(statement: ast.stmt) -> ast.Call:
    return ast.Call(ast.Constant(None), [], [], lineno=statement.lineno)


def _is_short(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and isinstance(test.left, (ast.Name, ast.Constant))


def _is_of_layers(name: str) -> bool:
    return name.startswith("keras.layers") or name in {"keras.Input", "keras.Model", "keras.Sequential"}
