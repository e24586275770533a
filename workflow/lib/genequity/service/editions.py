"""Editions: two pages in plain words about one region, or about all of them, as HTML and Word.

Read from released tables alone. Each edition stands beside the national figure and says what it rests on, what is
withheld, and what these data cannot measure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genequity import figures
from genequity.notebook import Absent
from genequity.places import NATIONAL
from genequity.publish import sheet
from genequity.publish.book import read_study
from genequity.service import (
    edition_alike,
    edition_limits,
    edition_text,
    figures_maps,
    figures_place,
    figures_regions,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from genequity.notebook import Release

MOST_DIFFERENCES = 10  # rows of the second table that two pages have room for, where there are few groups
MOST_ITEMS = 8  # rows of the scorecard
FEWER_ITEMS = 5  # where a picture of the region among the others stands on the same page
MOST_BESIDE = 6  # groups up to which a page has room for that picture
MOST_POOLED = {4: 4, 5: 3}  # groups -> of how many odds ratios are also drawn together: those with least own records


@dataclass(frozen=True)
class Edition:
    """What one edition is about: a region, or all of them.

    ``label`` names it in tables, ``name`` is its file's.
    """

    label: str
    name: str


def listed(study: Mapping[str, Any]) -> list[Edition]:
    """Return the editions of a study: all regions together, then each of them.

    Parameters
    ----------
    study : mapping
        ``study.json``.
    """
    places = [Edition(place["label"], place["name"]) for place in study.get("regions", [])]
    return [Edition(study["national"], NATIONAL), *places]


class Pages:
    """The editions of one release.

    Parameters
    ----------
    release : Release
        The open release.
    """

    def __init__(self, release: Release):
        self.release = release
        self.national = release.study["national"]
        self.comparator = release.study["comparator"]

        self.methods = edition_text.methods(release)

    @cached_property
    def frames(self) -> dict[str, pd.DataFrame]:
        """Released tables of the strand by name."""
        return {name: self.release.table(f"service/{name}") for name in edition_text.TABLES}

    @cached_property
    def _groups(self) -> int:
        """How many groups are compared."""
        return len(edition_text.gaps(self.frames["gap_steps"], self.national))

    @property
    def _many(self) -> bool:
        """Whether there are so many groups that two pages hold the gap of each, and no second table."""
        return self._groups > figures_regions.FEW

    def markdown(self, edition: Edition) -> str:
        """Return an edition as Markdown; its picture is ``media/gaps.svg``."""
        whole = edition.label == self.national
        found = edition_text.gaps(self.frames["gap_steps"], edition.label)
        brief = edition_text.brief(self.frames, found, edition.label, self.national, self.comparator, self.methods)
        parts = [
            "## In brief",
            _listed(brief),
            "## Where in the pathway the gap is",
            self._figure(edition, whole),
            self._gaps(edition, found, whole),
            "## How sure this is",
            _listed(edition_limits.sure(self.frames, found, edition.label, self.release)),
            "## Differences between like records",
            *self._alike(edition, found, whole),
            *([] if whole or self._many else self._pooled(edition, found)),
            *(self._map() if whole else self._among(edition, found)),
            "## What cannot be measured here",
            *self._unmeasured(edition, found),
        ]
        return "\n\n".join(part for part in parts if part) + "\n"

    def pictures(self, edition: Edition) -> dict[str, bytes]:
        """Return the picture of an edition in the two forms that the writers take."""
        drawn = figures_regions.edition(
            self.frames["gap_steps"], edition.label, self.national, self.comparator, self.release
        )
        pictures = figures.rendered(drawn, "gaps") if drawn is not None else {}
        if edition.label == self.national and self._tiles is not None:
            pictures |= figures.rendered(self._tiles, "map")
        found = edition_text.gaps(self.frames["gap_steps"], edition.label)
        at = None if edition.label == self.national else self._stage(edition, found)
        if at is not None:
            one = (self.frames["funnel"], self.frames["gap_steps"], edition.label, at, self.comparator, self.release)
            pictures |= figures.rendered(figures_place.among(*one), "among")
        return pictures

    @cached_property
    def _tiles(self) -> Figure | None:
        """The map of tiles that the edition of all regions has room for; None where regions have no tiles."""
        if self._many:
            return None
        steps = self.frames["gap_steps"]
        if self._widest:
            steps = steps[steps["group"].isin(self._widest)]
        drawn = figures_maps.whole_gap(steps, self.comparator, self.release, tiles=True)
        return None if isinstance(drawn, Absent) else drawn

    @cached_property
    def _widest(self) -> list[str]:
        """Groups of the map of all regions where one row of it cannot hold all: those with the widest gaps."""
        places, steps = self.release.study.get("regions", []), self.frames["gap_steps"]
        room = figures_place.room(places, figures_place.WIDTH)
        return [] if self._groups <= room else figures_place.widest(steps, self.national, self.comparator, room)

    def _map(self) -> list[str]:
        if self._tiles is None:
            return []
        caption = (
            f"Gap over the whole pathway by region, in points of 100 records, compared with {self.comparator}. "
            "Bold: clear. Orange: lower, blue: higher."
        )
        caption += " The groups with the widest gaps stand here." if self._widest else ""
        alt = (
            "One map of the regions for each group: each tile shows the region's short name and the gap. "
            "Every value stands in release/service/gap_steps."
        )
        return ["## The regions", f'![{caption}](media/map.svg){{#fig-map fig-alt="{alt}"}}']

    def _stage(self, edition: Edition, found: list[edition_text.Gap]) -> str | None:
        """Return the stage at which a region is set beside the others; None where that cannot be drawn."""
        if self._groups > MOST_BESIDE:
            return None
        first = edition_text.first_clear(self.frames["pathway"], found)
        return figures_place.stage(self.frames["funnel"], edition.label, first)

    def _among(self, edition: Edition, found: list[edition_text.Gap]) -> list[str]:
        """Return the region's place among the others: its share beside what is expected, and maps of gaps."""
        at = self._stage(edition, found)
        if at is None:
            return []
        funnel, places = self.frames["funnel"], self.release.study.get("regions", [])
        label = edition_text.quoted(funnel.loc[funnel["outcome"] == at, "label"].iloc[0])
        caption = f"Dots: share of all groups together. Bars: expected range ({edition_text.OUTER} limits)."
        alt = (
            f"One line for each region: its share at {label} as a dot and its expected range as a bar. "
            f"{edition.label} is filled. Every value stands in release/service/funnel."
        )
        if figures_place.mapped(self.frames["gap_steps"], edition.label, self.comparator, places):
            caption += " Maps: gap over the whole pathway. Bold: clear."
            alt += (
                f" Beside it one map of tiles for each group: the gap in each region, the tile of {edition.label} "
                "with a thick edge. Those values stand in release/service/gap_steps."
            )
        return ["## Beside the other regions", f'![{caption}](media/among.svg){{#fig-among fig-alt="{alt}"}}']

    def _figure(self, edition: Edition, whole: bool) -> str:
        if not self.pictures_wanted(edition):
            return ""
        beside = "" if whole else f" Filled: {edition.label}. Hollow: {self.national}."
        caption = (
            f"Part of each step in the difference from {self.comparator}, in points of 100 records.{beside} "
            "Lines are intervals; the dashed line is no difference."
        )
        alt = (
            f"Small multiples, one panel for each step and one for the whole pathway, one line for each group: the "
            f"difference from {self.comparator} and its interval. The first table gives the whole, and "
            "release/service/gap_steps every value."
        )
        return f'![{caption}](media/gaps.svg){{#fig-gaps fig-alt="{alt}"}}'

    def pictures_wanted(self, edition: Edition) -> bool:
        """Whether any part of a gap is given for the region."""
        steps = self.frames["gap_steps"]
        return bool(steps.loc[steps["region"] == edition.label, "contribution"].notna().any())

    def _gaps(self, edition: Edition, found: list[edition_text.Gap], whole: bool) -> str:
        if not found:
            return "No group can be compared here."
        columns = {"group": "Group", "records": "Records", "gap": "Gap (interval)"}
        columns |= {} if whole else {"national": f"{self.national} (interval)"}
        columns |= {"first": "First clear at"} | ({} if self._many and not whole else {"widest": "Widest clear at"})
        note = f"Gap: difference from {self.comparator} over the whole pathway, in points of 100 records."
        rows = edition_text.table(self.frames, found, edition.label, self.national)
        return _table(self.release.show(rows, columns, note))

    def _alike(self, edition: Edition, gaps: list[edition_text.Gap], whole: bool) -> list[str]:
        at = None if whole else self._stage(edition, gaps)
        drawn = 5 if at is not None else 3 if whole and self._tiles is not None else 0  # rows that a picture takes
        most = 0 if self._many else max(4, MOST_DIFFERENCES - drawn - 2 * max(0, self._groups - 4))
        found = edition_alike.alike(self.frames["adjusted"], edition.label, self.national, most)
        if not found.given:
            return ["No difference between like records can be given here: too few records, or counts withheld."]
        alike = edition_alike.likeness(self.frames["adjusted"], edition.label)
        words = f"{alike}{edition_alike.of_chance(found, self.methods)}"
        shown = found.shown
        if found.clear > len(shown):
            some = f"The {len(shown)} widest stand here, of each stage first" if most else "They stand"
            words += f" {some}{'; all' if most else ''} in release/service/adjusted."
        if shown.empty:
            return [words]
        columns = {"label": "Stage", "group": "Group", "group_records": "Records", "here": "Points (interval)"}
        columns |= {} if whole else {"national": f"{self.national} (interval)"}
        note = f"Points: difference from {self.comparator} in the share that got there, of 100 records."
        if found.unlike and not whole:
            note += f" {edition_alike.UNLIKE} Not clear for all regions together, or the other way."
        return [words, _table(self.release.show(shown, columns, note, row_headers=2))]

    def _unmeasured(self, edition: Edition, found: list[edition_text.Gap]) -> list[str]:
        words, rows = edition_limits.unmeasured(self.frames, edition.label, self.national)
        if rows.empty:
            return [rows.attrs["absent"]]
        columns = {"label": "Field or stage", "verdict": "Verdict", "why": "Why", "holder": "Who holds it"}
        if self._many or edition.label != self.national:  # the edition of all regions says why
            columns = {"label": "Field or stage", "told": "Verdict", "holder": "Who holds it"}
        beside = edition.label != self.national and self._stage(edition, found) is not None
        most = FEWER_ITEMS if beside else MOST_ITEMS
        more = len(rows) - most
        note = f"{more} more stand in release/service/adequacy." if more > 0 else ""
        return [words, _table(self.release.show(rows.head(most), columns, note))]

    def _pooled(self, edition: Edition, found: list[edition_text.Gap]) -> list[str]:
        """Return the region's odds ratios at one stage beside those drawn together with the other regions."""
        most = MOST_POOLED.get(max(4, self._groups), 0)
        label, rows = edition_alike.pooled(self.frames, found, edition.label, self.national, most)
        if rows.empty:
            return []
        words = (
            f"Each odds ratio at {edition_text.quoted(label)} is also drawn towards the mean: "
            "the less certain, the further."
        )
        columns = {"group": "Group", "group_records": "Records", "own": "Odds ratio here", "drawn": "Drawn together"}
        columns |= {"national": self.national, "weight": "Own part"}
        note = f"Odds ratios compare with {self.comparator}: 1 is no difference. "
        note += "Own part: weight of the region's own records."
        return [words, _table(self.release.show(rows, columns, note))]


def _table(shown: str) -> str:
    """Return a table of :meth:`Release.show` and its note as Markdown."""
    table, _, note = str(shown).partition('<p class="table-note">')
    words = note.removesuffix("</p>")
    return f"```{{=html}}\n{table}\n```\n\n" + (f"::: {{.table-note}}\n{words}\n:::" if words else "")


def _listed(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def write(release_folder: str | Path, outputs: Mapping[str, Mapping[str, str]]) -> None:
    """Write editions.

    Parameters
    ----------
    release_folder : str or Path
        ``results/release``.
    outputs : mapping
        Name of the edition's file -> its formats (html, docx) -> path.
    """
    from genequity.notebook import open_release

    release = open_release(release_folder)
    study = read_study(release.folder / "study.json")
    pages = Pages(release)
    for edition in listed(release.study):
        if edition.name not in outputs:
            continue
        made = sheet.document(
            pages.markdown(edition),
            study,
            name=f"regions/{edition.name}",
            title=f"{edition.label}: who comes through the pathway",
            pictures=pages.pictures(edition),
        )
        sheet.write(made, outputs[edition.name])
