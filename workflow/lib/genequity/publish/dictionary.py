"""Parts of the data appendix: data dictionary, released files, software and assumptions of the code."""

from __future__ import annotations

import re
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from genequity import files, tables
from genequity.publish.summary import STRANDS, Text, plain

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
    """Return every released table of the study with its columns, from the schemas that checked it."""
    parts = []
    held = _released(release)
    for strand, title in {**STRANDS, "synthesis": "Synthesis", "recommendations": "Recommendations"}.items():
        own = [schema for name, schema in tables.schemas().items() if name.startswith(f"{strand}/") and name in held]
        if own:
            parts += [f"## {title}", *(_described(schema) for schema in own)]
    return Text("\n\n".join(parts))


def _released(release: Release) -> dict[str, Path]:
    """Return released tables by name; a synthetic study's file names say so before the ending."""
    found = sorted(release.folder.glob("*/*.csv"))
    return {f"{path.parent.name}/{path.name.partition('.')[0]}": path for path in found}


def _described(schema: tables.TableSchema) -> str:
    label = "tbl-data-" + re.sub(r"[^a-z0-9]+", "-", schema.name)
    keys = plain(", ".join(schema.key))
    head = f"### {plain(schema.title)}\n\nOne row: {plain(schema.row)}. Rows are told apart by: {keys}."
    rows = [
        "| Column | Type and unit | Meaning |",
        "|:-------|:--------------|:--------|",
        *(
            f"| {plain(column.name)} | {plain(', '.join(filter(None, [column.type, column.unit])))} "
            f"| {plain(column.description)} |"
            for column in schema.columns.values()
        ),
    ]
    return "\n".join([head, "", *rows, "", f": Columns of {plain(schema.name)} {{#{label}}}"])


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
