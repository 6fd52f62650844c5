"""The names of the alerts that services raise, as their code has them."""

import ast
from collections.abc import Iterator
from pathlib import Path

_RAISING = {"watch", "tell"}


def desk_alert_names(root: Path) -> set[str]:
    """Return the name of each alert that is raised below a folder: constants called `…_ALERT`, and literals."""
    return {name for file in sorted(root.rglob("*.py")) for name in _names_in(ast.parse(file.read_text()))}


def _names_in(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        match node:
            case ast.Assign(targets=[ast.Name(id=target)], value=ast.Constant(value=str(name))):
                if target.endswith("_ALERT"):
                    yield name
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield from _literals_in(node)
            case _:
                pass


def _literals_in(function: ast.AST) -> Iterator[str]:
    for call in ast.walk(function):
        match call:
            case ast.Call(func=ast.Attribute(attr=method), args=[named, *_], keywords=keywords):
                # An alert book has other namesakes, none of which is told a severity.
                if method in _RAISING and any(keyword.arg == "severity" for keyword in keywords):
                    yield from _values(named, function)
            case _:
                pass


def _values(named: ast.expr, function: ast.AST) -> Iterator[str]:
    match named:
        case ast.Constant(value=str(name)):
            yield name
        case ast.IfExp(body=one, orelse=other):
            yield from _values(one, function)
            yield from _values(other, function)
        case ast.Name():  # the loop's variable: of the rows (name, …) that the function goes through
            for node in ast.walk(function):
                match node:
                    case ast.Tuple(elts=[ast.Constant(value=str(name)), _, *_]):
                        yield name
                    case _:
                        pass
        case _:
            pass
