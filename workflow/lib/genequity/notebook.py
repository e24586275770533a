"""What a notebook of the report uses: released tables, numbers and findings, and accessible tables. No estimation.

>>> release = open_release("../results/release")          # doctest: +SKIP
>>> release.number("survey.respondents")                   # doctest: +SKIP
'2,412'
"""

from __future__ import annotations

import html
import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genequity import files, findings, numbers, tables
from genequity.errors import nearest
from genequity.files import read_json

if TYPE_CHECKING:
    import pandas as pd


RELEASE = "GENEQUITY_RELEASE"  # the release folder of the study that an author works on
ABSENT = "::: {.absent}"


class Absent(str):
    """Why a figure or table cannot be made; its caption keeps its number, and references to it stay right."""

    def _repr_markdown_(self) -> str:
        return f"{ABSENT}\n{self}\n:::"


def absent(reason: str) -> Absent:
    """Return, in place of a figure or table, the reason why a study has none.

    A labelled cell that ends in it is printed as its numbered caption with the reason below, in all formats.

    >>> absent("No population counts were supplied.")
    'No population counts were supplied.'
    """
    return Absent(reason)


def or_absent(frame: pd.DataFrame, reason: str) -> pd.DataFrame:
    """Return a frame which, when it has no rows, is shown as the reason for that."""
    frame.attrs["absent"] = reason
    return frame


class Markup(str):
    """A string that a notebook shows as HTML."""

    def _repr_html_(self) -> str:
        return str(self)


class Release:
    """The released files of one build.

    Parameters
    ----------
    folder : str or Path
        ``results/release``.
    """

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        if not (self.folder / "study.json").exists():
            raise FileNotFoundError(
                "no release is there yet: run 'make report' once, or set release_folder in the first code cell"
            )
        self.study: dict[str, Any] = read_json(self.folder / "study.json")

    def supplied(self, strand: str) -> bool:
        """Whether a strand is part of this study."""
        return bool(self.study["strands"].get(strand, {}).get("supplied"))

    def table(self, name: str) -> pd.DataFrame:
        """Return a released table, such as ``"survey/shares"``."""
        return tables.read(files.find_table(self.folder, name), name)

    @cached_property
    def numbers(self) -> pd.DataFrame:
        """All released numbers."""
        import pandas as pd

        return pd.concat([numbers.read(path) for path in sorted(self.folder.glob("*/numbers.*"))], ignore_index=True)

    def number(self, key: str) -> str:
        """Return a released number as prose prints it; an unknown key is an error that names the nearest one."""
        return numbers.look_up(self.numbers, key)

    def has(self, key: str) -> bool:
        """Whether a number of that key was released with a value."""
        row = self.numbers[self.numbers["key"] == key]
        return not row.empty and row["value"].notna().all()

    def findings(self, strand: str | None = None) -> pd.DataFrame:
        """Return the findings of one strand, or of all."""
        return findings.read(sorted(self.folder.glob(f"{strand or '*'}/findings.*")))

    def finding(self, identifier: str) -> str:
        """Return the statement of a finding; an unknown id is an error that names the nearest one."""
        everything = self.findings()
        row = everything[everything["id"] == identifier]
        if row.empty:
            raise KeyError(f"no finding has the id '{identifier}'.{nearest(identifier, everything['id'])}")
        return row["statement"].iloc[0]

    def show(
        self,
        frame: pd.DataFrame,
        labels: Mapping[str, str] | None = None,
        note: str = "",
        *,
        formats: Mapping[str, tuple[str, int | None]] | None = None,
        row_headers: int = 1,
    ) -> Markup | Absent:
        """Return an accessible HTML table: header cells with scope, numbers to the right, blanks with their reason.

        A frame from :func:`or_absent` without rows is shown as its reason instead.

        Parameters
        ----------
        frame : pandas.DataFrame
            Rows to show, in order. A column ``suppressed`` is not shown: it fills the blanks.
        labels : mapping, optional
            Column -> heading; only these columns are shown, in this order. All columns when absent.
        note : str, optional
            Printed under the table. The study's watermark is added.
        formats : mapping, optional
            Column -> (unit, decimals) for :func:`genequity.numbers.say`.
        row_headers : int
            How many of the first columns name the row.
        """
        import pandas as pd

        if frame.empty and "absent" in frame.attrs:
            return absent(frame.attrs["absent"])
        labels = dict(labels) if labels else {c: c for c in frame.columns if c != tables.SUPPRESSED}
        formats = dict(formats or {})
        numeric = {
            c: pd.api.types.is_numeric_dtype(frame[c]) and not pd.api.types.is_bool_dtype(frame[c]) for c in labels
        }
        head = "".join(
            f'<th scope="col" style="text-align: {"right" if numeric[c] else "left"}">{html.escape(text)}</th>'
            for c, text in labels.items()
        )
        rows = []
        for _, row in frame.iterrows():
            cells = []
            for place, column in enumerate(labels):
                text = html.escape(self._cell(row, column, formats.get(column)))
                align = "right" if numeric[column] else "left"
                tag, scope = ("th", ' scope="row"') if place < row_headers else ("td", "")
                cells.append(f'<{tag}{scope} style="text-align: {align}">{text}</{tag}>')
            rows.append(f"<tr>{''.join(cells)}</tr>")
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
        notes = " ".join(part for part in (note, self._watermark()) if part)
        return Markup(table + (f'<p class="table-note">{html.escape(notes)}</p>' if notes else ""))

    def _watermark(self) -> str:
        mark = self.study.get("watermark")
        return f"{mark}." if mark else ""

    @staticmethod
    def _cell(row: Mapping[str, Any], column: str, unit: tuple[str, int | None] | None) -> str:
        value = row[column]
        if value is None or str(value) == "<NA>" or value != value:
            reason = row.get(tables.SUPPRESSED)
            return "withheld" if isinstance(reason, str) and reason else "–"
        if isinstance(value, str):
            return value
        if type(value).__name__ in ("bool", "bool_"):
            return "yes" if value else "no"
        return numbers.say(value, *(unit or ("", None)))


def open_release(folder: str | Path) -> Release:
    """Open the released files of a build.

    The environment variable ``GENEQUITY_RELEASE`` takes the place of ``folder`` where it is set: ``genequity edit`` and
    the kernel of ``genequity kernel`` name the release of their study by it. Builds do not see it.
    """
    return Release(os.environ.get(RELEASE) or folder)
