"""What became of every coding, file by file: the loss card, a strand's first output.

``codings`` (in the file) = ``segments`` (read) + ``set_aside`` (listed with the reason why). The card is one page: what
each file holds, what was read, what not and why, how positions were repaired or found, and what a person should know.
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from genequity import files, tables
from genequity.coding import naming, offsets, project
from genequity.coding.project import Project
from genequity.errors import Problem

if TYPE_CHECKING:
    from genequity.coding.load import Coded

ALL = "All files"
COUNTS = [
    *("codings", "segments", "set_aside", "comments", "summaries", "events", "sources", "repaired"),
    *("placed", "at_edges", "given"),
]
MATCHES = {
    "exact": project.EXACT,
    "fuzzy": project.FUZZY,
    "ambiguous": project.AMBIGUOUS,
    "not_found": project.NOT_FOUND,
    "no_transcript": project.NO_TEXT,
}
COLUMNS = ["file", "format", "program", "version", *COUNTS, *MATCHES, "repairs", "reasons", "notes"]
LISTED = ["file", "source", "code", "coder", "start", "end", "reason", "lost"]
UNREPAIRED = ("none", "no position in the file", "relocated")
GONE = "the codings are gone"
REPAIRS = {
    "crlf": "line ends counted as two characters",
    "bom": "a byte order mark counted",
    "utf16": "emoji counted as two",
    "nfc": "accents counted by themselves",
    "end": "ends counted inside the passage",
    "utf8 bytes": "bytes counted instead of characters",
}
DO = "mend them in the coding program, or set methods.allow_set_aside: true to go on and report the number"


def table(projects: Sequence[Project]) -> pd.DataFrame:
    """Return the loss card as a table: one row a file, in the config's order, and all files together.

    Raises
    ------
    AssertionError
        When a file's codings are not those read and those set aside: then a reader is wrong.
    """
    rows = [_row(f"File {place}", content) for place, content in enumerate(projects, 1)]
    whole = {name: sum(row[name] for row in rows) for name in [*COUNTS, *MATCHES]}
    blank = dict.fromkeys(("program", "version", "format", "repairs", "reasons", "notes"), None)
    return pd.DataFrame([*rows, {"file": ALL} | blank | whole], columns=COLUMNS)


def _row(label: str, content: Project) -> dict[str, object]:
    read, aside = len(content.segments), len(content.unreadable)
    if content.codings != read + aside:
        raise AssertionError(f"{content.codings} codings in the file, {read} read and {aside} set aside")
    matches = content.segments["match"].value_counts() if read else {}
    repairs = Counter(label for label in content.segments["repaired"] if label not in UNREPAIRED)
    reasons = Counter(content.unreadable["reason"]) if aside else Counter()
    return {
        "file": label,
        "format": content.format,
        "program": content.origin or None,
        "version": content.version or None,
        "codings": content.codings,
        "segments": read,
        "set_aside": aside,
        "comments": len(content.comments),
        "summaries": len(content.summaries),
        "events": len(content.events),
        "sources": len(content.sources),
        "repaired": sum(repairs.values()),
        **_proof(content),
        "given": int(matches.get(project.GIVEN, 0)),
        **{column: int(matches.get(match, 0)) for column, match in MATCHES.items()},
        "repairs": _listed(repairs) or None,
        "reasons": _listed(reasons) or None,
        "notes": "; ".join(content.notes) or None,
    }


def _proof(content: Project) -> dict[str, int]:
    """Count the segments placed in a text that is there, and their boundaries at word edges."""
    texts = dict(zip(content.sources["source"], content.sources["text"]))
    held = content.segments[content.segments["start"].notna()]
    placed = edges = 0
    for source, part in held.groupby("source"):
        if texts.get(source):
            placed += len(part)
            edges += offsets.at_word_edges(texts[source], list(part["start"]), list(part["end"]))
    return {"placed": placed, "at_edges": edges}


def _listed(counts: Counter) -> str:
    return "; ".join(f"{name} ({count})" for name, count in sorted(counts.items()))


def unreadable(projects: Sequence[Project]) -> pd.DataFrame:
    """Return every coding that was not read, with its file, place and reason; it holds no words of the texts."""
    parts = [content.unreadable.assign(file=f"File {place}") for place, content in enumerate(projects, 1)]
    found = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=LISTED)
    return found.reindex(columns=LISTED)


def problems(projects: Sequence[Project], paths: Sequence[str]) -> list[Problem]:
    """Return what stops a study that does not allow codings to be set aside: every loss, by reason; codings gone.

    A coding that is set aside without loss (a case put on a text, which is kept as a case) stops nothing.
    """
    found = []
    for content, path in zip(projects, paths, strict=True):
        lost = content.unreadable[content.unreadable["lost"].astype(bool)] if len(content.unreadable) else []
        for reason, count in sorted(Counter(lost["reason"]).items()) if len(lost) else []:
            message = f"{count} of {content.codings} codings cannot be used: {reason}"
            found.append(Problem(path, message, do=DO))
        if not content.codings and len(content.codes) and not len(content.summaries):
            message = f"{GONE}: the file holds {len(content.codes)} codes and no coding"
            do = (
                "export the project again from the program in which it was coded, not from one that imported it; "
                "or take the file out of the config; or set methods.allow_set_aside: true to go on without"
            )
            found.append(Problem(path, message, expected="a coded project", do=do))
    return found


def text(projects: Sequence[Project], paths: Sequence[str] = ()) -> str:
    """Return the loss card as plain text, for a terminal or a log."""
    card = table(projects)
    lines = ["Loss card: codings in the file = codings read + codings set aside", ""]
    names = [Path(path).name for path in paths] or [f"File {n}" for n in range(1, len(projects) + 1)]
    shown = [*names, ALL] if len(projects) > 1 else names
    wide = max(len(name) for name in [*shown, "File"])
    lines.append(f"{'File':<{wide}}  {'in':>8}  {'read':>8}  {'not read':>8}  {'placed':>8}")
    for name, row in zip(shown, card.to_dict("records"), strict=False):
        placed = row["given"] + row["exact"] + row["fuzzy"]
        lines.append(
            f"{name:<{wide}}  {row['codings']:>8,}  {row['segments']:>8,}  {row['set_aside']:>8,}  {placed:>8,}"
        )
    for name, row in zip(names, card.to_dict("records"), strict=False):
        lines += ["", name, *(f"  {sentence}" for sentence in sentences(row))]
    return "\n".join(lines) + "\n"


def sentences(row: dict[str, object]) -> list[str]:
    """Return what a row of the card says, in words."""
    program = " ".join(str(row[part]) for part in ("program", "version") if _said(row[part]))
    if _said(row["version"]) and str(row["version"]) in str(row["program"]):
        program = str(row["program"])
    found = [f"Read as {row['format']}{f' ({program})' if program else ''}; {row['sources']} texts."]
    if _said(row["reasons"]):
        found.append(f"Not read, and why: {row['reasons']}.")
    if row["repaired"]:
        found.append(f"Positions brought to one count: {_in_words(str(row['repairs']))}.")
    if row["placed"]:
        found.append(
            f"Proof: {row['placed']:,} segments stand in their text, with {row['at_edges']:,} of {2 * row['placed']:,} "
            "boundaries at a word's edge."
        )
    if row["exact"] + row["fuzzy"] + row["ambiguous"] + row["not_found"]:
        found.append(
            f"Found again by their words: {row['exact']} exactly, {row['fuzzy']} nearly; "
            f"{row['ambiguous']} stand in several places, {row['not_found']} were not found."
        )
    if row["no_transcript"]:
        found.append(f"{row['no_transcript']} have words but no transcript to place them in.")
    if row["comments"]:
        found.append(f"Marked without a code, so comments and not codings: {row['comments']}.")
    if row["summaries"]:
        found.append(f"Cells of a framework matrix, a researcher's words and not codings: {row['summaries']}.")
    if _said(row["notes"]):
        found += [f"Note: {note}." for note in str(row["notes"]).split("; ")]
    return found


def _in_words(repairs: str) -> str:
    """Return labels of repairs as a person says them.

    >>> _in_words("crlf+utf16 (9)")
    'line ends counted as two characters, and emoji counted as two (9)'
    """
    found = []
    for part in repairs.split("; "):
        label, _, count = part.partition(" (")
        found.append(f"{', and '.join(REPAIRS.get(word, word) for word in label.split('+'))} ({count}")
    return "; ".join(found)


def _said(value: object) -> bool:
    return isinstance(value, str) and bool(value)


STYLE = """
body{font:16px/1.45 system-ui,sans-serif;color:#1b1f24;background:#fff;max-width:60rem;margin:2rem auto;
padding:0 1.2rem}
h1{font-size:1.5rem;margin:0 0 .2rem}h2{font-size:1.05rem;margin:1.4rem 0 .3rem}p{margin:.3rem 0}
table{border-collapse:collapse;width:100%;margin:1rem 0}caption{text-align:left;font-weight:600;padding-bottom:.3rem}
th,td{padding:.35rem .6rem;border-bottom:1px solid #c9ced4;text-align:right;vertical-align:top}
th:first-child,td:first-child{text-align:left}thead th{border-bottom:2px solid #1b1f24}
tbody th{font-weight:400}tbody tr.all>*{font-weight:600}
td.lost{font-weight:700}.gone{border:2px solid #a8201a;padding:.5rem .8rem;font-weight:600}
details{margin:1rem 0}summary{cursor:pointer;font-weight:600}details td,details th{text-align:left;font-size:.85rem}
ul{margin:.2rem 0 .2rem 1.1rem;padding:0}@media print{body{font-size:10pt;margin:0;max-width:none}}
"""
HEADINGS = {
    "codings": "In the file",
    "segments": "Read",
    "set_aside": "Not read",
    "given": "Placed by the file",
    "exact": "Found exactly",
    "fuzzy": "Found nearly",
    "ambiguous": "In several places",
    "not_found": "Not found",
    "no_transcript": "No transcript",
}
MOST = 200  # codings listed on the card; the table beside it lists all


def page(projects: Sequence[Project], paths: Sequence[str] = (), title: str = "") -> str:
    """Return the loss card as one HTML page that needs nothing else.

    Parameters
    ----------
    projects : sequence of Project
        As read.
    paths : sequence of str
        Their files; only the names are shown.
    title : str
        What the files are of, as "Interviews".
    """
    card = table(projects)
    names = [Path(path).name for path in paths] or [f"File {n}" for n in range(1, len(projects) + 1)]
    shown = [*names, ALL] if len(projects) > 1 else names
    rows = card.to_dict("records")[: len(shown)]
    whole = card.iloc[-1]
    head = "".join(f'<th scope="col">{heading}</th>' for heading in ["File", *HEADINGS.values()])
    body = "".join(_cells(name, row) for name, row in zip(shown, rows, strict=True))
    parts = "".join(
        f"<h2>{html.escape(name)}</h2><ul>{''.join(f'<li>{html.escape(s)}</li>' for s in sentences(row))}</ul>"
        for name, row in zip(names, rows, strict=False)
    )
    gone = [
        f'<p class="gone">{html.escape(name)}: {GONE}. It holds {len(content.codes)} codes and no coding.</p>'
        for name, content in zip(names, projects, strict=True)
        if not content.codings and len(content.codes) and not len(content.summaries)
    ]
    verdict = (
        f"{int(whole['codings']):,} codings in {len(projects)} file{'s' if len(projects) != 1 else ''}: "
        f"{int(whole['segments']):,} read, {int(whole['set_aside']):,} not read."
    )
    heading = f"Loss card{f': {title}' if title else ''}"
    return (
        '<!doctype html>\n<html lang="en-GB"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(heading)}</title><style>{STYLE}</style></head><body><main>"
        f"<h1>{html.escape(heading)}</h1><p>{verdict} Every coding of a file is either read or listed here.</p>"
        f"{''.join(gone)}<table><caption>What became of the codings</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>{parts}{_list(projects, names)}</main></body></html>\n"
    )


def _cells(name: str, row: dict[str, object]) -> str:
    cells = "".join(
        f"<td{' class=lost' if column == 'set_aside' and row[column] else ''}>{row[column]:,}</td>"
        for column in HEADINGS
    )
    kind = " class=all" if row["file"] == ALL else ""
    return f'<tr{kind}><th scope="row">{html.escape(name)}</th>{cells}</tr>'


def _list(projects: Sequence[Project], names: Sequence[str]) -> str:
    found = unreadable(projects)
    if found.empty:
        return ""
    label = {f"File {place}": name for place, name in enumerate(names, 1)}
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td>{html.escape(str(value))}</td>"
            for value in (label[row["file"]], row["source"], row["code"], row["coder"], _where(row), row["reason"])
        )
        + "</tr>"
        for row in found.head(MOST).to_dict("records")
    )
    more = f"<p>The first {MOST} of {len(found):,}.</p>" if len(found) > MOST else ""
    heads = "".join(f"<th>{heading}</th>" for heading in ("File", "Source", "Code", "Coder", "Place", "Why"))
    return (
        f"<details><summary>Codings not read, one by one ({len(found):,})</summary>{more}"
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></details>"
    )


def _where(row: dict[str, object]) -> str:
    return " to ".join(str(row[name]) for name in ("start", "end") if _said(row[name]))


def deliver(coded: Coded, losses: str, card: str, lost: str, strand: str, hidden: Sequence[str] = ()) -> None:
    """Write a strand's loss card: the table, the page, the codings not read one by one; and print it into the log.

    Parameters
    ----------
    coded : Coded
        From :func:`genequity.coding.load.read`.
    losses, card, lost : str
        Files to write: the table that is released later, the page, the list of codings not read.
    strand : str
        Names the table's schema and the page.
    hidden : sequence of str
        Participants who withdrew: what was lost of them is counted and not described.
    """
    keys = {naming.key(name) for name in hidden}
    projects = [_without(content, keys) for content in coded.projects]
    names = [
        f"File {place}" if any(key in naming.key(Path(path).name) for key in keys) else path
        for place, path in enumerate(coded.files, 1)
    ]
    tables.write(table(projects), losses, f"{strand}/losses")
    files.write_text(card, page(projects, names, strand.capitalize()))
    tables.write(unreadable(projects), lost)
    print(text(projects, names))
    for note in coded.notes:
        print(f"warning: {note}")


def _without(content: Project, keys: set[str]) -> Project:
    """Return the project whose unreadable codings of certain sources say no more than why."""
    if not keys or content.unreadable.empty:
        return content
    found = content.unreadable
    theirs = found["source"].map(naming.key).isin(keys)
    blank = {name: found[name].where(~theirs, "") for name in ("source", "code", "coder", "start", "end")}
    return replace(content, unreadable=found.assign(**blank))
