"""Generate the synchronous client from the asynchronous one.

    python python_client/async_to_sync.py           writes agentpg/_sync from agentpg/_async
    python python_client/async_to_sync.py --check   writes nothing; exit code 1 if they disagree

The rules: `async` and `await` go, names lose `Async`, `_async` becomes `_sync`, `__aenter__` becomes
`__enter__`, `Awaitable[T]` and `Coroutine[_, _, T]` become `T`; docstrings and comments follow the names.
What differs in kind (tasks and threads) lives in `agentpg/_concurrency.py`, twice, under names that
follow these rules.
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent / "agentpg"
SOURCE = _PACKAGE / "_async"
TARGET = _PACKAGE / "_sync"

_HEADER = """\
# Generated from agentpg/_async/{name} by python_client/async_to_sync.py: do not edit.
# fmt: off
# ruff: noqa: I001, RUF100

"""

_RENAMED = {
    "_async": "_sync",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "__anext__": "__next__",
    "StopAsyncIteration": "StopIteration",
}

_AWAITED_TYPES = ("Awaitable", "Coroutine")

# An edit replaces source[start:end] by a text.
Edit = tuple[int, int, str]


class CannotGenerate(Exception):
    """The source uses something the rules have no answer for."""


def generate(source: str, name: str) -> str:
    """The synchronous twin of one module."""
    offsets = _line_offsets(source)
    tree = ast.parse(source)
    docstrings = {offsets[node.lineno - 1] + node.col_offset for node in _docstrings(tree)}
    edits = [
        *_unwrapped_annotations(tree, source, offsets),
        *_shortened_imports(tree, offsets),
        *_token_edits(source, offsets, docstrings),
    ]
    result = _HEADER.format(name=name) + _apply(source, edits)
    _refuse_leftovers(ast.parse(result), name)
    return result


def _line_offsets(source: str) -> list[int]:
    offsets = [0]
    for line in source.splitlines(keepends=True):
        offsets.append(offsets[-1] + len(line))
    return offsets


def _docstrings(tree: ast.Module) -> Iterator[ast.Constant]:
    for node in ast.walk(tree):
        if not isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        match node.body[:1]:
            case [ast.Expr(value=ast.Constant(value=str()) as docstring)]:
                yield docstring
            case _:
                pass


def _unwrapped_annotations(tree: ast.Module, source: str, offsets: list[int]) -> Iterator[Edit]:
    """Cut `Awaitable[` and `Coroutine[Any, Any, ` with their closing bracket."""
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(value=ast.Name(id="Awaitable"), slice=kept):
                pass
            case ast.Subscript(value=ast.Name(id="Coroutine"), slice=ast.Tuple(elts=[_, _, kept])):
                pass
            case _:
                continue
        start, end = _span(node, source, offsets)
        kept_start, kept_end = _span(kept, source, offsets)
        yield start, kept_start, ""
        yield kept_end, end, ""


def _shortened_imports(tree: ast.Module, offsets: list[int]) -> Iterator[Edit]:
    """Import no type that only annotated what is awaited."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or node.module != "collections.abc":
            continue
        kept = [alias for alias in node.names if alias.name not in _AWAITED_TYPES]
        if len(kept) < len(node.names):
            assert node.end_lineno is not None
            text = ast.unparse(ast.ImportFrom(node.module, kept, node.level)) + "\n" if kept else ""
            yield offsets[node.lineno - 1], offsets[node.end_lineno], text


def _span(node: ast.expr, source: str, offsets: list[int]) -> tuple[int, int]:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    lines = source.splitlines(keepends=True)

    def offset(lineno: int, byte_column: int) -> int:
        # The syntax tree counts bytes, the tokenizer characters.
        return offsets[lineno - 1] + len(lines[lineno - 1].encode()[:byte_column].decode())

    return offset(node.lineno, node.col_offset), offset(node.end_lineno, node.end_col_offset)


def _token_edits(source: str, offsets: list[int], docstrings: set[int]) -> Iterator[Edit]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        start = offsets[token.start[0] - 1] + token.start[1]
        end = offsets[token.end[0] - 1] + token.end[1]
        if token.type == tokenize.NAME and token.string in ("async", "await"):
            yield start, end + len(source[end:]) - len(source[end:].lstrip(" ")), ""
        elif token.type == tokenize.NAME:
            yield start, end, _renamed(token.string)
        elif token.type == tokenize.COMMENT or (token.type == tokenize.STRING and start in docstrings):
            yield start, end, _reworded(token.string)


def _renamed(name: str) -> str:
    return _RENAMED.get(name, name.replace("Async", ""))


def _reworded(text: str) -> str:
    text = re.sub(r"\b(Any)?Async(?=[A-Z])", r"\1", text)
    return re.sub(r"\b(await|async) (?=\S)", "", text)


def _apply(source: str, edits: list[Edit]) -> str:
    parts: list[str] = []
    position = 0
    for start, end, text in sorted(edits, key=lambda edit: (edit[0], -edit[1])):
        if start < position:
            # Inside something that was replaced as a whole.
            continue
        parts += (source[position:start], text)
        position = end
    return "".join([*parts, source[position:]])


def _refuse_leftovers(tree: ast.Module, name: str) -> None:
    for node in ast.walk(tree):
        leftover = (
            isinstance(node, (ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith, ast.Await))
            or (
                isinstance(node, ast.Name) and ("Async" in node.id or node.id in ("asyncio", *_AWAITED_TYPES))
            )
            or (isinstance(node, ast.comprehension) and bool(node.is_async))
        )
        if leftover:
            line = getattr(node, "lineno", "?")
            raise CannotGenerate(
                f"{name}, generated line {line}: {ast.unparse(node)} has no synchronous form"
            )


def generate_all() -> dict[Path, str]:
    """Every generated file and its text."""
    return {
        TARGET / path.name: generate(path.read_text(encoding="utf-8"), path.name)
        for path in sorted(SOURCE.glob("*.py"))
    }


def differences(expected: dict[Path, str]) -> list[str]:
    """What is wrong with the generated folder, one line a file."""
    found: list[str] = []
    for path, text in expected.items():
        if not path.exists():
            found.append(f"{path.name} is missing")
        elif path.read_text(encoding="utf-8") != text:
            found.append(f"{path.name} is not what {path.name} in _async generates")
    strays = set(TARGET.glob("*.py")) - set(expected)
    return found + [f"{path.name} has no source" for path in sorted(strays)]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Generate the synchronous client from the asynchronous one.")
    parser.add_argument("--check", action="store_true", help="write nothing, fail if the two disagree")
    options = parser.parse_args(arguments)
    expected = generate_all()
    if options.check:
        found = differences(expected)
        for line in found:
            print(line, file=sys.stderr)
        if found:
            print("run `python python_client/async_to_sync.py` and commit the result", file=sys.stderr)
        return 1 if found else 0
    TARGET.mkdir(exist_ok=True)
    for path in set(TARGET.glob("*.py")) - set(expected):
        path.unlink()
    for path, text in expected.items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
