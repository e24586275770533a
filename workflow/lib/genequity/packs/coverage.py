"""What the commission asked for beside what this build holds: met only where the files are there and hold something.

The parts of the commission and what shows them stand in ``config/standards/brief.yaml``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genequity.publish import sheet
from genequity.publish.summary import plain
from genequity.synthesis.register import FILE
from genequity.tables import SUPPRESSED

if TYPE_CHECKING:
    import pandas as pd

FINDINGS = "synthesis/register"
TITLE = "What was asked for, and what meets it"
MET, PARTLY, NOT_MET = "met", "partly met", "not met"
CALLOUTS = {MET: "tip", PARTLY: "warning", NOT_MET: "caution"}


@dataclass(frozen=True)
class Shown:
    """One thing that shows that a part is met: what it is, whether it does, where it stands and how much it holds."""

    says: str
    holds: bool
    where: str
    told: str


@dataclass(frozen=True)
class Part:
    """One part of the commission with what shows it."""

    id: str
    asked: str
    shown: tuple[Shown, ...]

    @property
    def status(self) -> str:
        """Met where all holds, not met where nothing does."""
        held = [item.holds for item in self.shown]
        return MET if all(held) else PARTLY if any(held) else NOT_MET


def read(file: str) -> list[dict[str, Any]]:
    """Return the parts of the commission as ``config/standards/brief.yaml`` lists them."""
    import yaml

    return yaml.safe_load(Path(file).read_text(encoding="utf-8"))


def parts(brief: Iterable[Mapping[str, Any]], tables: Mapping[str, pd.DataFrame], report: str | Path) -> list[Part]:
    """Look for what shows each part of the commission.

    Parameters
    ----------
    brief : iterable of mapping
        From :func:`read`.
    tables : mapping
        Released tables as text (:func:`genequity.synthesis.register.read_tables`).
    report : str or Path
        The folder of what people read.
    """
    return [
        Part(
            entry["id"],
            entry["asked"],
            tuple(
                _file(wanted, Path(report)) if "file" in wanted else _table(wanted, tables) for wanted in entry["shown"]
            ),
        )
        for entry in brief
    ]


def _file(wanted: Mapping[str, Any], report: Path) -> Shown:
    path = report / wanted["file"]
    inside = [found for found in path.rglob("*") if found.is_file()] if path.is_dir() else [path]
    sizes = [found.stat().st_size for found in inside if found.is_file()]
    holds = bool(sizes) and all(sizes)
    told = f"{len(sizes)} files" if path.is_dir() else "" if holds else "not made" if not sizes else "empty"
    return Shown(wanted["says"], holds, f"report/{wanted['file']}", told)


def _table(wanted: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]) -> Shown:
    name = wanted["table"]
    if name not in tables:
        return Shown(wanted["says"], False, name, "not part of this study")
    rows = tables[name]
    place = str(rows[FILE].iloc[0]) if len(rows) else name
    for column, word in wanted.get("where", {}).items():
        rows = rows[rows[column].isin(word if isinstance(word, list) else [word])]
    if SUPPRESSED in rows.columns and not wanted.get("even_withheld"):  # a row whose counts are withheld shows nothing
        rows = rows[rows[SUPPRESSED] == ""]
    if name == FINDINGS:  # what was looked for in vain, or could not be measured, is no answer
        rows = rows[~_in_vain(rows)]
    count = len(rows)
    filled = (rows[list(wanted["every"])] != "").all(axis=1).sum() if wanted.get("every") else count
    holds = count >= wanted.get("least", 1) and filled == count
    told = f"{filled} of {count}" if wanted.get("every") else "1 row" if count == 1 else f"{count:,} rows"
    theme, known = wanted.get("where", {}).get("theme"), tables.get("synthesis/display")
    if theme and known is not None and theme not in set(known["theme"]):
        told = f"the study has no theme with the id {theme}"
    return Shown(wanted["says"], bool(holds), place, told)


def _in_vain(rows: pd.DataFrame) -> pd.Series:
    """Mark findings that found nothing: none of so many people or documents, or not measurable."""
    nothing = (rows["direction"] == "described") & rows["estimate"].str.fullmatch(r"0(\.0*)?")
    return nothing | (rows["direction"] == "not_measurable")


def write(found: list[Part], study: Mapping[str, Any], path: str) -> None:
    """Write the page as HTML.

    Parameters
    ----------
    found : list of Part
        From :func:`parts`.
    study : mapping
        ``study.json``.
    path : str
        The ``.html`` file.
    """
    made = sheet.document("\n".join(_page(found)), study, name="the coverage page", title=TITLE)
    sheet.write(made, {"html": path})


def _page(found: list[Part]) -> Iterator[str]:
    met = sum(part.status == MET for part in found)
    yield (
        f"The commission named {len(found)} things. This build meets {met} of them in full. "
        "A thing is met only where each file below was made and holds something. "
        "Whether it holds enough is for readers to judge.\n"
    )
    for part in found:
        yield f"::: {{.callout-{CALLOUTS[part.status]}}}\n"
        yield f"## {plain(part.id)}: {part.status}\n"
        yield f"{plain(part.asked)}\n"
        for item in part.shown:
            sign = "✓" if item.holds else "✗ missing:"
            told = f", {plain(item.told)}" if item.told else ""
            yield f"- {sign} {plain(item.says)} (`{item.where}`{told})"
        yield "\n:::\n"
