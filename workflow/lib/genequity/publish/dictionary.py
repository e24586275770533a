"""Parts of the data appendix: data dictionary, released files, software and assumptions of the code."""

from __future__ import annotations

import html
import re
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from genequity import files, tables
from genequity.publish.summary import STRANDS, Text

if TYPE_CHECKING:
    import pandas as pd

    from genequity.notebook import Release

LIBRARY = Path(__file__).resolve().parents[1]
SOFTWARE = [
    "snakemake",
    "numpy",
    "pandas",
    "scipy",
    "statsmodels",
    "duckdb",
    "pyreadstat",
    "lxml",
    "rapidfuzz",
    "matplotlib",
    "nbclient",
    "nbconvert",
    "pypandoc-binary",
    "typst",
    "python-docx",
]
_ASSUME = re.compile(r"#\s*ASSUME:\s*(.+)")


def dictionary(release: Release) -> Text:
    """Return every released table of the study with its columns, from the schemas that checked it: one table a part."""
    parts, named = [], []
    held = _released(release)
    titles = {**STRANDS, "synthesis": "Synthesis", "recommendations": "Recommendations", "primary": "Primary results"}
    for strand, title in titles.items():
        own = [schema for name, schema in tables.schemas().items() if name.startswith(f"{strand}/") and name in held]
        if own:
            named.append(f"@tbl-data-{strand}")
            parts.append(f"## {title} {{#sec-data-{strand}}}\n\n{_described(strand, title, own)}")
    if not named:
        return Text("This study released no table.")
    which = f"{named[0]} describes" if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]} describe"
    return Text("\n\n".join([f"{which} the tables of each part.", *parts]))


def _released(release: Release) -> dict[str, Path]:
    """Return released tables by name; a synthetic study's file names say so before the ending."""
    found = sorted(release.folder.glob("*/*.csv"))
    return {f"{path.parent.name}/{path.name.partition('.')[0]}": path for path in found}


def _described(strand: str, title: str, schemas: list[tables.TableSchema]) -> str:
    """Return one compact table of a part's columns; each released table begins with a row that spans them."""
    count = f"{len(schemas)} {'table' if len(schemas) == 1 else 'tables'}"
    label = f"tbl-data-{strand}"
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Column", "Type and unit", "Meaning"))
    groups = "".join(
        f"<tbody>{_span(schema)}{''.join(map(_row, schema.columns.values()))}</tbody>" for schema in schemas
    )
    return (
        f'::: {{.details summary="{title}: columns of {count}"}}\n:::: {{#{label}}}\n'
        f"```{{=html}}\n<table><thead><tr>{head}</tr></thead>{groups}</table>\n```\n\n"
        f"{title}: released tables and their columns\n::::\n:::"
    )


def _span(schema: tables.TableSchema) -> str:
    keys = ", ".join(schema.key)
    words = (
        f"{html.escape(schema.title)}. One row: {html.escape(schema.row)}. Rows are told apart by: {html.escape(keys)}."
    )
    return f'<tr><th colspan="3"><strong>{html.escape(schema.name)}</strong> {words}</th></tr>'


def _row(column: tables.Column) -> str:
    kind = ", ".join(filter(None, [column.type, column.unit]))
    cells = "".join(f"<td>{html.escape(text)}</td>" for text in (column.name, kind, column.description))
    return f"<tr>{cells}</tr>"


def released_files(release: Release) -> pd.DataFrame:
    """Return the released files that the report read: file, rows, beginning of the SHA-256."""
    import pandas as pd

    rows = [
        {
            "file": path.relative_to(release.folder).as_posix(),
            "rows": max(len(path.read_text(encoding="utf-8").splitlines()) - 1, 0),
            "sha256": files.sha256(path)[:16],
        }
        for path in sorted(release.folder.glob("*/*.csv"))
    ]
    return pd.DataFrame(rows, columns=["file", "rows", "sha256"])


def software() -> pd.DataFrame:
    """Return the versions of the packages that results rest on."""
    import pandas as pd

    rows = [("Python", ".".join(map(str, sys.version_info[:3]))), *((name, version(name)) for name in SOFTWARE)]
    return pd.DataFrame(rows, columns=["name", "version"])


def assumptions() -> pd.DataFrame:
    """Return every analytic assumption marked in the code (``ASSUME``), with its module."""
    import pandas as pd

    rows = []
    for path in sorted(LIBRARY.rglob("*.py")):
        if path == Path(__file__) or "demo" in path.relative_to(LIBRARY).parts:
            continue
        module = path.relative_to(LIBRARY).with_suffix("").as_posix().replace("/", ".")
        for found in _ASSUME.finditer(path.read_text(encoding="utf-8")):
            rows.append({"module": module, "assumption": found.group(1).strip()})
    return pd.DataFrame(rows, columns=["module", "assumption"])
