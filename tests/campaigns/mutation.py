"""Small changes to a text that a good suite notices, for Python by its syntax tree and for SQL by its tokens.

A mutant differs in one operator or number. Not mutmut, because half of what decides about points is SQL.
"""

import ast
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SWAPS = {
    "<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "+": "-", "-": "+", "*": "+", "//": "*",
    "and": "or", "or": "and", "is": "is not", "is not": "is", "in": "not in", "not in": "in",
}  # fmt: skip
CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}
SQL_SWAPS = {
    "<": "<=", "<=": "<", ">": ">=", ">=": ">", "=": "<>", "<>": "=", "+": "-", "-": "+", "AND": "OR", "OR": "AND",
    "least": "greatest", "greatest": "least", "min": "max", "max": "min", "IS NULL": "IS NOT NULL",
    "IS NOT NULL": "IS NULL", "NOT EXISTS": "EXISTS", "IF NOT": "IF", "EXISTS": "NOT EXISTS",
}  # fmt: skip
SQL_TOKENS = re.compile(
    r"(?P<skip>--[^\n]*|'(?:[^']|'')*'|=>|:=|->>?|\|\||::|\$\w*\$)"
    r"|(?P<token><=|>=|<>|[<>=+\-]|\b(?:IS NOT NULL|IS NULL|NOT EXISTS|EXISTS|IF NOT|AND|OR|least|greatest|min|max)\b"
    r"|(?<![\w.$])\d+(?![\w.]))"
)
# The AND of a range is no operator, and what EXISTS selects is nothing.
SQL_BETWEEN = re.compile(r"BETWEEN\s+(?:NOT\s+)?[^;]{1,60}?$")


@dataclass(frozen=True)
class Mutant:
    file: Path
    line: int
    # Of the whole text of the file.
    start: int
    end: int
    replacement: str

    def text(self) -> str:
        before = self.file.read_text()
        return before[: self.start] + self.replacement + before[self.end :]

    def __str__(self) -> str:
        text = self.file.read_text()
        row = text.splitlines()[self.line - 1].strip()
        return f"{self.file}:{self.line} {text[self.start : self.end]!r} → {self.replacement!r} in: {row}"


def of(file: Path) -> list[Mutant]:
    text = file.read_text()
    edits = _of_sql(text) if file.suffix == ".sql" else _of_python(text)
    return [
        Mutant(file, text.count("\n", 0, start) + 1, start, end, replacement)
        for start, end, replacement in sorted(set(edits))
    ]


def _of_python(text: str) -> Iterator[tuple[int, int, str]]:
    encoded = [0]
    for line in text.splitlines(keepends=True):
        encoded.append(encoded[-1] + len(line))

    def place(line: int, column: int) -> int:
        row = text[encoded[line - 1] : encoded[line]]
        return encoded[line - 1] + len(row.encode()[:column].decode())

    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Compare():
                sides = [node.left, *node.comparators]
                pairs = list(itertools.pairwise(sides))
            case ast.BinOp():
                pairs = [(node.left, node.right)]
            case ast.BoolOp():
                pairs = list(itertools.pairwise(node.values))
            case ast.Call(func=ast.Name(id=name)) if name in CALLS:
                start = place(node.lineno, node.col_offset)
                yield start, start + len(name), CALLS[name]
                continue
            case ast.Constant(value=int(number)) if not isinstance(number, bool):
                start = place(node.lineno, node.col_offset)
                yield start, place(node.end_lineno or 0, node.end_col_offset or 0), str(number + 1)
                continue
            case ast.UnaryOp(op=ast.Not()):
                start = place(node.lineno, node.col_offset)
                yield start, start + len("not "), ""
                continue
            case _:
                continue
        for left, right in pairs:
            start = place(left.end_lineno or 0, left.end_col_offset or 0)
            between = text[start : place(right.lineno, right.col_offset)]
            # A parenthesis or a line's end may stand around the operator.
            found = re.search(r"<=|>=|==|!=|//|[<>+*-]|\b(?:is not|not in|is|in|and|or)\b", between)
            if found and found[0] in SWAPS:
                yield start + found.start(), start + found.end(), SWAPS[found[0]]


def _of_sql(text: str) -> Iterator[tuple[int, int, str]]:
    begin = text.find("$$")
    for found in SQL_TOKENS.finditer(text, max(begin, 0)):
        token = found["token"]
        if token is None:
            continue
        if token == "AND" and SQL_BETWEEN.search(text, max(begin, found.start() - 80), found.start()):
            continue
        if token == "1" and text[: found.start()].endswith("SELECT "):
            continue
        replacement = str(int(token) + 1) if token.isdigit() else SQL_SWAPS[token]
        yield found.start(), found.end(), replacement
