"""Notebooks as authors keep them: find a cell by the name that messages use, and change its source alone."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genequity import files
from genequity.authors import markdown
from genequity.publish import source
from genequity.publish.wordmap import alike


@dataclass(frozen=True)
class Cell:
    """One cell: name, kind, source, and the code of all cells above it."""

    name: str
    kind: str
    source: str
    setup: str

    def line_of(self, text: str) -> int:
        """Return the line (from 1) in which words begin, or 0."""
        first = " ".join(text.split()[:4])
        lines = [alike(line) for line in self.source.splitlines()]
        for wanted in (f'"{text}"', first):
            for number, line in enumerate(lines, 1):
                if first and wanted in line:
                    return number
        return 0


class Notebooks:
    """The notebooks of a folder, read when they are asked for."""

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        self._read: dict[str, dict[str, Cell]] = {}

    def cell(self, notebook: str, name: str) -> Cell | None:
        """Return a cell by label or id, as messages name it; the first cell when the name is empty."""
        if not notebook.endswith(".ipynb") or not (self.folder / notebook).exists():
            return self._page(notebook)
        if notebook not in self._read:
            self._read[notebook] = _cells(source.read(self.folder / notebook))
        return self._read[notebook].get(key_of(name))

    def _page(self, notebook: str) -> Cell | None:
        path = self.folder / notebook
        if not notebook or not path.is_file():
            return None
        return Cell(notebook, "markdown", path.read_text(encoding="utf-8"), "")


def key_of(name: str) -> str:
    """Return what stays of a cell's name when cells are added above it: its label or its id.

    >>> key_of("cell 4 (survey-text-2)"), key_of("cell fig-survey-shares")
    ('survey-text-2', 'fig-survey-shares')
    """
    found = re.fullmatch(r"cell \d+ \((.*)\)", name)
    return found.group(1) if found else name.removeprefix("cell ")


def _cells(notebook: Any) -> dict[str, Cell]:
    named: dict[str, Cell] = {}
    setup = ""
    for place, cell in enumerate(notebook.cells):
        name = source.cell_name(cell, place)
        made = Cell(name, cell.cell_type, cell.source, setup)
        named.setdefault(key_of(name), made)
        if not place:
            named[""] = made
        if cell.cell_type == "code":
            setup += cell.source + "\n"
    return named


def with_option(code: str, option: str, old: str, new: str) -> str | None:
    """Return a code cell with words of one of its ``#|`` options replaced, or nothing when that is not sure."""
    lines = code.split("\n")
    places = [n for n, line in enumerate(lines) if re.match(rf"#\|\s*{option}\s*:", line)]
    if len(places) != 1 or not old:
        return None
    line = lines[places[0]]
    if not re.match(rf'#\|\s*{option}\s*:\s*".*"\s*$', line) or re.search(r'["\\]', new):
        return None
    hits = [m.span() for m in re.finditer(rf"(?<!\w){re.escape(old)}(?!\w)", line)]
    if len(hits) != 1:
        return None
    lines[places[0]] = line[: hits[0][0]] + markdown.SPECIAL.sub("", new) + line[hits[0][1] :]
    changed = "\n".join(lines)
    try:
        was, now = (source.split_options(text)[0] for text in (code, changed))
    except Exception:
        return None
    same = {k: v for k, v in was.items() if k != option} == {k: v for k, v in now.items() if k != option}
    return changed if same and now[option] != was[option] else None


class Source:
    """A notebook's file, of which only the sources of cells are changed."""

    def __init__(self, path: Path, content: dict[str, Any]):
        self.path, self.content = path, content
        self.touched = False

    @classmethod
    def read(cls, path: str | Path) -> Source:
        """Read the file as it stands."""
        return cls(Path(path), json.loads(Path(path).read_text(encoding="utf-8")))

    def take(self, changes: list[Any]) -> bool:
        """Put changes of one paragraph or option into their cell; say whether all of them went in."""
        first = changes[0]
        cell = self._cell(key_of(first.cell))
        if cell is None:
            return False
        text = "".join(cell["source"])
        if first.option:
            for change in changes:
                text = text and with_option(text, first.option, change.old, change.new)
        else:
            pieces = [piece for change in changes for piece in change.pieces]
            text = markdown.edited(text, first.paragraph, pieces)
        if text is None:
            return False
        cell["source"] = text.splitlines(keepends=True)
        self.touched = True
        return True

    def _cell(self, key: str) -> dict[str, Any] | None:
        for place, cell in enumerate(self.content["cells"]):
            if key in (cell.get("id"), _label(cell)) or (not key and not place):
                return cell
        return None

    def write(self) -> None:
        """Write the file as Jupyter does, when something went in."""
        if self.touched:
            files.write_text(self.path, json.dumps(self.content, indent=1, ensure_ascii=False) + "\n")


def _label(cell: dict[str, Any]) -> str | None:
    if cell["cell_type"] != "code":
        return None
    try:
        return source.split_options("".join(cell["source"]))[0].get("label")
    except Exception:
        return None
