"""Sentences and selections that the policy and interview chapters share, from released tables and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from genequity.coding.merge import ALL_PROJECTS
from genequity.coding.project import SEPARATOR
from genequity.notebook import or_absent

if TYPE_CHECKING:
    import pandas as pd

    from genequity.notebook import Release

NO_CODEBOOK = "No codebook was supplied."
NO_PROJECT = "No coded project was supplied."
MOST_ROWS = 25


def reading(release: Release, strand: str) -> str:
    """Say how many codings the files hold and what became of them."""
    if not release.table(f"{strand}/reading")["codings"].sum():
        return f"{NO_PROJECT[:-1]}, so nothing in this chapter rests on coding."
    aside = release.table(f"{strand}/reading").set_index("project").loc[ALL_PROJECTS, "set_aside"]
    lost = f"{release.number(f'{strand}.set_aside')} were set aside." if aside else "None was set aside."
    return (
        f"The coding programs' files hold {release.number(f'{strand}.codings')} codings. "
        f"{release.number(f'{strand}.segments')} were read as segments. {lost}"
    )


def files(release: Release, strand: str) -> pd.DataFrame:
    """Return what was read from each file, all files together last."""
    table = release.table(f"{strand}/reading")
    if not table["codings"].sum():
        return or_absent(table.head(0), NO_PROJECT)
    return table.assign(last=table["project"] == ALL_PROJECTS).sort_values(["last", "project"])


LOSSES = {
    "file": "File",
    "format": "Read as",
    "codings": "In the file",
    "segments": "Read",
    "set_aside": "Not read",
    "placed": "Placed in a text",
    "reasons": "Why not read",
}


def losses(release: Release, strand: str) -> pd.DataFrame:
    """Return the loss card for a chapter's appendix: what became of every coding, file by file, all files last."""
    table = release.table(f"{strand}/losses")
    if not table["codings"].sum():
        return or_absent(table.head(0).reindex(columns=list(LOSSES)), NO_PROJECT)
    table = table.assign(last=table["file"] == "All files", place=table["file"].str.extract(r"(\d+)")[0].astype(float))
    return table.sort_values(["last", "place"])[list(LOSSES)].reset_index(drop=True)


def filled(frame: pd.DataFrame, columns: Mapping[str, str], sentence: str) -> pd.DataFrame:
    """Return the rows to show, which say why where there are none.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows to show.
    columns : mapping
        Column -> heading.
    sentence : str
        Why there is nothing.
    """
    return or_absent(frame.reindex(columns=list(columns)) if frame.empty else frame, sentence)


def agreement(release: Release, strand: str) -> str:
    """Say how far two coders agree, or why this cannot be said."""
    if not release.has(f"{strand}.agreement.percent"):
        reason = release.table(f"{strand}/agreement")["not_computed"].iloc[0]
        return f"Agreement of coders was not computed: {reason}."
    number = {
        name: release.number(f"{strand}.agreement.{name}")
        for name in ("percent", "sources", "first_only", "second_only")
    }
    percent = (
        f"Over {number['sources']} sources and all codes, two coders agree on "
        f"{number['percent']} of the pairs of a unit and a code."
    )
    apart = (
        f"On {number['first_only']} pairs only the first coder saw the code, on "
        f"{number['second_only']} only the second."
    )
    if not release.has(f"{strand}.agreement.kappa"):
        return f"{percent} {apart} Chance-corrected agreement cannot be computed."
    kappa, alpha, ac1 = (release.number(f"{strand}.agreement.{name}") for name in ("kappa", "alpha", "ac1"))
    interval = ""
    if release.has(f"{strand}.agreement.kappa_low"):
        low, high = release.number(f"{strand}.agreement.kappa_low"), release.number(f"{strand}.agreement.kappa_high")
        interval = f" (interval {low} to {high}, resampling sources)"
    return (
        f"{percent} {apart} Most pairs carry no code, so agreement by chance is high too. "
        f"Cohen's kappa, which takes chance off, is {kappa}{interval}; Krippendorff's alpha is "
        f"{alpha} and Gwet's AC1 {ac1}."
    )


def codebook(release: Release, strand: str) -> tuple[pd.DataFrame, str]:
    """Return the codebook as the chapter shows it, and the note under it.

    Headings that no coder used are left out. Of a codebook of more than :data:`MOST_ROWS` codes, those used
    most are shown.
    """
    table = release.table(f"{strand}/codebook")
    table = table.assign(name=[code.rpartition(SEPARATOR)[2] for code in table["code"]])
    defined = table["definition"].notna().any()
    where = f"The whole codebook stands in release/{strand}/codebook."
    if not len(table):
        return table.assign(name=""), ""
    supplied = "" if defined else "No codebook was supplied: codes are those of the projects, without definitions. "
    parents = {code.rpartition(SEPARATOR)[0] for code in table["code"]}
    used = table["segments"].fillna(1) > 0  # a withheld number is not zero
    table = table[~table["code"].isin(parents) | used]
    if len(table) <= MOST_ROWS:
        return table, supplied + where
    top = table.sort_values(["segments", "code"], ascending=[False, True]).head(MOST_ROWS)
    return top, f"{supplied}The {MOST_ROWS} codes used most. {where}"


def ranks(release: Release, strand: str) -> str:
    """Say how far coders agree on codes that are ranks, such as grades, where there are any."""
    table = release.table(f"{strand}/agreement_coefficients")
    rows = table[(table["coefficient"] == "Krippendorff's alpha, ordinal") & table["value"].notna()]
    if rows.empty:
        return ""
    row = rows.iloc[0]
    interval = (
        f" (interval {row['low']:.2f} to {row['high']:.2f}, {row['interval']})" if row["low"] == row["low"] else ""
    )
    return f"On the grades as ranks, ordinal alpha is {row['value']:.2f}{interval}."


def outcomes(release: Release, strand: str) -> str:
    """Say how many disagreements there are, and how many were settled."""
    table = release.table(f"{strand}/agreement_why")
    rows = table[(table["code"] == "All codes") & table["disagreements"].notna()]
    if rows.empty:
        return ""
    total, settled, left = (int(rows[name].sum()) for name in ("disagreements", "resolved", "open"))
    return f"The coders disagree in {total:,} places; {settled:,} are settled and {left:,} open."


def why_low(release: Release, strand: str) -> pd.DataFrame:
    """Return the codes on which agreement is low, each with the reason."""
    table = release.table(f"{strand}/agreement_why")
    rows = table[table["low"].eq(True) & table["why"].notna() & (table["code"] != "All codes")].sort_values("code")
    name = rows["code"].str.split(SEPARATOR).str[-1]
    return or_absent(rows.assign(name=name).head(MOST_ROWS), "Agreement is low on no code, or was not computed.")
