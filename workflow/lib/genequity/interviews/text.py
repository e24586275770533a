"""Sentences and selections of the interviews chapter, from released tables; nothing is estimated here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genequity.groups import ordered
from genequity.interviews import bands
from genequity.interviews.cases import ALL
from genequity.interviews.participants import ALL as ALL_LEVELS
from genequity.interviews.participants import CHARACTERISTICS
from genequity.numbers import say
from genequity.publish.summary import Text, plain

if TYPE_CHECKING:
    import pandas as pd

    from genequity.notebook import Absent, Release

NO_QUOTES = "No consent record was supplied, so no quotation is printed; segments are counted only."
NO_PEOPLE = "No participants table was supplied, so the sources are the cases and nothing is said of groups."


def people(release: Release) -> str:
    """Say who was heard."""
    if not release.has("interviews.listed"):
        return f"{NO_PEOPLE} {release.number('interviews.analysed')} sources were analysed."
    roles = [
        f"{release.number(f'interviews.role.{role}')} {name}"
        for role, name in (
            ("patient", "patients"),
            ("professional", "professionals"),
            ("public", "members of the public"),
        )
        if release.has(f"interviews.role.{role}")
    ]
    who = f": {', '.join(roles[:-1])} and {roles[-1]}" if len(roles) > 1 else ""
    held = [
        f"{release.number(f'interviews.sessions.{kind}')} {kind.replace('_', ' ')}{_plural(release, kind)}"
        for kind in ("interview", "focus_group")
        if release.has(f"interviews.sessions.{kind}")
    ]
    where = f" They were heard in {' and '.join(held)}." if held else ""
    return (
        f"{release.number('interviews.analysed')} participants were analysed{who}.{where} Each member of a focus group "
        "is a participant. Those who withdrew are counted in the "
        f"flow ({release.number('interviews.withdrawn')}) and are nowhere else."
    )


def _plural(release: Release, kind: str) -> str:
    return "" if release.number(f"interviews.sessions.{kind}") == "1" else "s"


def choice(release: Release, name: str) -> tuple[str, str]:
    """Return what the study's method says of a claim, and why where it makes none."""
    table = release.table("interviews/choices").set_index("choice")
    why = table.loc[name, "why"]
    return str(table.loc[name, "value"]), why if isinstance(why, str) else ""


def method(release: Release) -> str:
    """Say which method was followed, and what it does not claim."""
    reasons = [why for name in ("agreement", "saturation", "shares") if (why := choice(release, name)[1])]
    return " ".join([f"The analysis follows {choice(release, 'method')[0]}.", *reasons])


def events(release: Release) -> str:
    """Say what notes of events add, apart from the participants; nothing where there are none."""
    table = release.table("interviews/events")
    if table.empty:
        return ""
    number = release.number("interviews.sessions.event")
    raised = sorted(table.loc[table["events"] > 0, "label"])
    said = f" They raise: {'; '.join(raised)}." if raised else " They raise no theme of the codebook."
    one = number == "1"
    return (
        f"Notes of {number} event{'' if one else 's'} were read as well. Notes are a writer's words about what was "
        f"said, so their certainty is lower. An event is no participant and is in no count of people.{said}"
    )


def losses(release: Release) -> pd.DataFrame:
    """Return what became of the codings of each file, all files together last."""
    table = release.table("interviews/losses")
    if not table["codings"].sum():
        return table.head(0)
    again = table[["exact", "fuzzy"]].sum(axis=1)
    nowhere = table[["ambiguous", "not_found", "no_transcript"]].sum(axis=1)
    whole = table["file"].str.startswith("All")
    return table.assign(found=again, nowhere=nowhere, whole=whole).sort_values(["whole", "file"])


def sampling(release: Release) -> str:
    """Say how far the plan of the sample was met; which cells are empty is named."""
    table = release.table("interviews/sampling")
    if table.empty:
        return "No sampling frame was supplied, so planned and achieved numbers cannot be compared."
    empty = list(table.loc[(table["state"] == "empty") & (table["planned"] > 0), "cell"])
    below = list(table.loc[table["state"] == "below the plan", "cell"])
    parts = [f"The sampling frame has {len(table)} cells."]
    parts.append(f"Nobody was heard in: {'; '.join(empty)}." if empty else "No planned cell is empty.")
    if below:
        parts.append(f"Fewer than planned were heard in: {'; '.join(below)}.")
    if (table["state"] == "withheld").any():
        parts.append("Where a number is withheld, so is whether the plan was met.")
    return " ".join(parts)


def saturation(release: Release) -> str:
    """Say after how many interviews saturation was reached, or why nothing is claimed."""
    if reason := choice(release, "saturation")[1]:
        return reason
    table = release.table("interviews/saturation_rule").sort_values("threshold", ascending=False)
    base, run = int(table["base"].iloc[0]), int(table["run"].iloc[0])
    parts = [
        f"The codes of the first {base} participants are the base. A run is {run} participants in a row, and its new "
        "codes are divided by the base."
    ]
    for row in table.itertuples():
        level = "no new code" if row.threshold == 0 else f"new codes of at most {say(row.threshold, 'proportion')}"
        if isinstance(row.notation, str):
            parts.append(f"With {level}, saturation is reached at {row.notation}.")
        else:
            parts.append(f"With {level}, it is not reached: {row.not_reached}.")
    parts.append("This speaks of codes, not of their meaning, and of this order of interviews.")
    return " ".join(parts)


def together(release: Release) -> str:
    """Say how many pairs of themes go together in the words of the same people, and how many of them are shown."""
    table = release.table("interviews/cooccurrence")
    person = table[table["unit"] == "person"]
    if person.empty:
        return "No two themes were raised by the same participant."
    overlap = table[table["unit"] == "overlap"]
    shown = int(person["coefficient"].notna().sum())
    same = (
        f" In {len(overlap)} {'pair' if len(overlap) == 1 else 'pairs'} both themes were coded on the same words."
        if len(overlap)
        else " No two themes were coded on the same words."
    )
    return (
        f"{len(person)} pairs of themes were raised by at least one participant each. The numbers of {shown} pairs are "
        f"shown; behind the others stand few people.{same} That two themes go together does not say that one explains "
        "the other."
    )


def by_characteristic(release: Release) -> str:
    """Say what the table by language, interpreter and setting allows to say."""
    cells = release.table("interviews/characteristics")
    if cells.empty:
        return ""
    withheld = int(cells["participants"].isna().sum())
    return (
        f"By language of interview, interpreter and setting there are {len(cells)} further numbers; {withheld} of them "
        "are withheld. The table stands in release/interviews/characteristics."
    )


def redactions(release: Release) -> str:
    """Say how many redactions the log holds, and whether the transcripts agree with it."""
    table = release.table("interviews/redactions").set_index("kind")
    if table.empty:
        return ""
    logged, found = (int(table.loc["All kinds", name]) for name in ("logged", "in_text"))
    loose = int(table["in_text"].iloc[[kind.startswith("Bracketed") for kind in table.index]].sum())
    extra = f" {loose} further notes in brackets are not in the log." if loose else ""
    return f"The redaction log has {logged} entries; the transcripts hold {found} of its notes in brackets.{extra}"


def chosen(release: Release) -> str:
    """Say by which rule quotations were chosen."""
    if not release.has("interviews.quotes") or release.table("interviews/quotes").empty:
        return ""
    return (
        "They were picked by a fixed rule, not for their content. It spreads them over themes, roles, participants, "
        "languages and ethnic groups. Whole sentences come first, then passages on which coders agree. Their ids are "
        "shuffled within a theme and belong to nobody."
    )


MOST_VOICES = 2  # quotations of a theme in the chapter


def voices(release: Release) -> Text:
    """Return quotations, set as quotations: a heading for each theme, the whole words, who said them, in what language.

    Themes stand in the order of how many raised them. Of each theme up to :data:`MOST_VOICES` quotations stand here, of
    different roles, the first by their ids; none is shortened.
    """
    table = release.table("interviews/quotes")
    if table.empty:
        return Text("")  # the sentence on consent says why
    parts = []
    for place, label in enumerate(_order(release, table), 1):
        part = table[table["label"] == label].sort_values("quote")
        parts.append(f"### {plain(label)} {{#sec-interviews-voice-{place} .unnumbered}}")
        roles = part["attribution"].str.split(",").str[0]
        for row in part[~roles.duplicated()].head(MOST_VOICES).itertuples():
            notes = [plain(note) for note in (row.note,) if isinstance(note, str)]
            original = [f"[{plain(row.original)}]{{.original}}"] if isinstance(row.original, str) else []
            who = f"\u2014 {plain(row.attribution)} ({row.quote})"
            said = "\\\n".join([f"\u201c{plain(row.text)}\u201d", *original, " \u00b7 ".join([who, *notes])])
            parts.append(f"::: {{.quote}}\n{said}\n:::")
    return Text("\n\n".join(parts))


def _order(release: Release, table: pd.DataFrame) -> list[str]:
    """Return the labels of quoted themes, those that many raised first."""
    raised = release.table("interviews/prevalence")
    weight = raised["raised"].map({bands.MANY: 2, bands.SOME: 1}).fillna(0).groupby(raised["label"]).sum()
    return sorted(set(table["label"]), key=lambda label: (-weight.get(label, 0), label))


def excerpt(release: Release) -> pd.DataFrame:
    """Return the matrix of themes by role as the chapter shows it: one row a theme, one column a role."""
    table = release.table("interviews/excerpt")
    roles = [role for role in ("patient", "professional", "public") if role in set(table["role"])]
    table = table[table["role"].isin(roles)]
    if table.empty:
        return table
    cell = table["raised"] + [f": {text}" if isinstance(text, str) else "" for text in table["summary"]]
    cell += [f" ({text.replace(' ', ', ')})" if isinstance(text, str) else "" for text in table["quotes"]]
    wide = table.assign(cell=cell).pivot(index="label", columns="role", values="cell")
    return wide[roles].reset_index()


def checklist(release: Release, standard: str) -> str:
    """Say how many items of a checklist are reported, and name those that are not by number."""
    table = release.table("interviews/reporting")
    part = table[table["standard"] == standard].sort_values("item")
    missing = [str(item) for item in part.loc[part["state"] == "not reported", "item"]]
    said = f"Of the {len(part)} items of {standard}, {len(part) - len(missing)} are reported"
    return f"{said}." if not missing else f"{said}. Not reported: items {', '.join(missing)}."


def items(release: Release, standard: str) -> Text | Absent:
    """Return a checklist as a table whose last column leads to the sections."""
    from genequity.notebook import absent

    if not release.supplied("interviews"):
        return absent("Interviews and focus groups were not supplied.")
    table = release.table("interviews/reporting")
    part = table[table["standard"] == standard].sort_values("item")
    lines = ["| Item | Topic | What is reported | Where |", "|----:|:---------------|:---------------|:------|"]
    for row in part.itertuples():
        answer = plain(row.answer) if isinstance(row.answer, str) else "*not reported*"
        where = f"@{row.place}" if isinstance(row.place, str) else ""
        lines.append(f"| {row.item} | {plain(row.topic)} | {answer} | {where} |")
    return Text("\n".join(lines))


def reconciled(release: Release) -> str:
    """Say whether the program's own count of codings is met, and by which codes it is missed."""
    if not release.has("interviews.reconcile.declared"):
        return ""
    table = release.table("interviews/reconcile")
    codes = table[(table["code"] != "All codes") & (table["difference"].fillna(1) != 0)]
    number = {name: release.number(f"interviews.reconcile.{name}") for name in ("declared", "read", "difference")}
    start = (
        f"The coding program's code system states {number['declared']} codings and its segments hold {number['read']}."
    )
    if codes.empty:
        return f"{start} They agree, code by code."
    parts = [f"“{row.code}” ({say(row.declared)} stated, {say(row.read)} in the file)" for row in codes.itertuples()]
    return f"{start} The difference of {number['difference']} lies in {len(parts)} of its codes: {', '.join(parts)}."


def raised(release: Release) -> str:
    """Say what none, some and many mean, and of how many themes the number over all stands."""
    table = release.table("interviews/prevalence")
    whole = table[table["role"] == ALL]
    if table["participants"].notna().all():
        return ""
    themes, shown = table["theme"].nunique(), int(whole["participants"].notna().sum())
    return (
        "“Some” is a number that the small-number rule withholds, “many” one that it shows. A role has few people, so "
        "shares of them are not given. The number over all participants is released for "
        f"{shown} of {themes} themes, where it gives no withheld number away."
    )


def silent(release: Release) -> str:
    """Name the themes that nobody raises."""
    table = release.table("interviews/prevalence")
    nobody = table.groupby("label", sort=False)["raised"].agg(lambda words: set(words) == {bands.NONE})
    none = sorted(nobody[nobody].index)
    said = f"Nobody raised: {'; '.join(none)}." if none else "Every theme was raised by somebody."
    if (table["raised"] == bands.NONE_OR_SOME).any():
        said = "The small-number rule withholds zeros too, so it is not said which themes nobody raised."
    own = release.table("interviews/codebook")["theme"].notna().any()
    return (
        said if own else f"{said} No codebook was supplied, so the first step of each code's path stands for a theme."
    )


def consent(release: Release) -> str:
    """Say how many segments may be quoted and why others may not."""
    if not release.has("interviews.quotes"):
        return NO_QUOTES
    parts = [f"{release.number('interviews.segments.quotable')} segments may be quoted"]
    for key, words in (
        ("summary_only", "come from consent to a summary only"),
        ("analysis_only", "come from consent to analysis only"),
        ("no_record", "have no record of consent"),
    ):
        if release.has(f"interviews.segments.{key}"):
            parts.append(f"{release.number(f'interviews.segments.{key}')} {words}")
        elif f"interviews.segments.{key}" in set(release.numbers["key"]):
            parts.append(f"a small number {words}")
    return f"{'; '.join(parts)}. {release.number('interviews.quotes')} quotations are released."


def participants(release: Release) -> tuple[pd.DataFrame, str]:
    """Return one row a characteristic with its levels and their numbers in one cell, and the note under the table."""
    import pandas as pd

    table = release.table("interviews/participants")
    table = table[table["level"] != ALL_LEVELS]
    rows = []
    for characteristic in CHARACTERISTICS:
        part = table[table["characteristic"] == characteristic].set_index("level")["participants"]
        shown = {level: "withheld" if pd.isna(part[level]) else say(part[level]) for level in ordered(part.index)}
        if shown:
            rows.append([characteristic, "; ".join(f"{level}: {count}" for level, count in shown.items())])
    note = release.study.get("release_rule", "") if rows else ""
    return pd.DataFrame(rows, columns=["characteristic", "levels"]), note


def by_group(release: Release) -> str:
    """Say how many numbers of the table of themes by ethnic group are shown, and what this allows."""
    cells = release.table("interviews/framework")
    if cells.empty:
        return NO_PEOPLE
    withheld = int(cells["participants"].isna().sum())
    small = sorted(set(cells.loc[cells["raised"] == bands.TOO_FEW, "group"]))
    few = f" Of groups with too few people nothing is said: {', '.join(ordered(small))}." if small else ""
    return (
        f"Of the {len(cells)} numbers of participants by theme and ethnic group, {withheld} are withheld as "
        f"small.{few} What is left allows no comparison of groups, and people were not chosen for one."
    )
