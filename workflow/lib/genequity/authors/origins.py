"""Say where a computed word comes from: number, table, row, column and rule."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path
from typing import Any

from genequity import tables
from genequity.notebook import Release
from genequity.publish.wordmap import alike

_LITERAL = re.compile(r"""["']([\w./ -]+)["']""")
_TABLE = re.compile(r"""(?:\.table|find_table)\(\s*(?:[\w.]+,\s*)?["']([\w/]+)["']""")
_IMPORT = re.compile(r"^\s*from\s+(genequity[\w.]*)\s+import\s+([^\n#]+)", re.M)
_CALL = re.compile(r"\b(\w+)\.(\w+)\(")


class Origins:
    """Looks sources up in the released files of a study.

    Parameters
    ----------
    release : Path
        The release folder; where there is none, sources are named by their expressions alone.
    """

    def __init__(self, release: str | Path):
        self.numbers: dict[str, dict[str, Any]] = {}
        self.findings: dict[str, dict[str, Any]] = {}
        if (Path(release) / "study.json").exists():
            opened = Release(release)
            self.numbers = {row["key"]: row for row in opened.numbers.to_dict("records")}
            self.findings = {row["id"]: row for row in opened.findings().to_dict("records")}

    def of_expression(self, source: str) -> str:
        """Return what the value of an inline expression rests on."""
        said = []
        for word in _LITERAL.findall(source):
            if word in self.numbers:
                row = self.numbers[word]
                said.append(f"number {word}: {_row(row)}, column {row['source_column']}, rule {row['rule']}")
            elif word in self.findings:
                said.append(f"finding {word}: {_row(self.findings[word])}")
        return "; ".join(said) or f"computed by {source.removeprefix('{python} ')}"

    def of_words(self, paragraph: str) -> str:
        """Return the finding whose statement a paragraph prints, if it prints one."""
        for key, row in self.findings.items():
            if len(str(row["statement"])) > 20 and alike(str(row["statement"])).rstrip(".") in paragraph:
                return f"finding {key}: {_row(row)}"
        return ""

    def of_cell(self, code: str, setup: str, row: str = "", column: str = "") -> str:
        """Return what the output of a code cell rests on: the released tables that it, or what it calls, reads.

        Parameters
        ----------
        code : str
            The cell.
        setup : str
            All code of the notebook above it, for its imports.
        row, column : str
            Headings of a table's cell.
        """
        names = [*_TABLE.findall(code), *self._called(code, setup)]
        known = list(dict.fromkeys(name for name in names if _is_table(name)))
        words = f"released table {', '.join(known)}" if known else "computed by the cell's code"
        return words + (f", row '{row}'" if row else "") + (f", column '{column}'" if column else "")

    def _called(self, code: str, setup: str) -> list[str]:
        modules = {}
        for package, listed in _IMPORT.findall(setup):
            for name in re.split(r"[\s,()]+", listed):
                modules[name] = f"{package}.{name}"
        found: list[str] = []
        for module, function in _CALL.findall(code):
            try:
                text = inspect.getsource(getattr(importlib.import_module(modules[module]), function))
            except (KeyError, ImportError, AttributeError, OSError, TypeError):
                continue
            found += _TABLE.findall(text)
        return found


def _row(row: dict[str, Any]) -> str:
    place = row["source_row"] if isinstance(row["source_row"], str) and row["source_row"] else "the whole table"
    return f"table {row['source_table']}, row {place}"


def _is_table(name: str) -> bool:
    try:
        tables.schema(name)
    except Exception:
        return False
    return True
