"""What the chapter of primary results says, from its released tables. Nothing is estimated here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from genequity.primary import declaration, sentences
from genequity.publish.shared import long_date
from genequity.publish.summary import STRANDS, Text, plain, without_findings

if TYPE_CHECKING:
    import pandas as pd

    from genequity.notebook import Release

LIMITS = "A comparison describes what goes together. It does not say why."
TRIAL = "This is a trial of formats: the answers show the form of this chapter, and nothing may be drawn from them."
_TIMING = {
    "before the data were seen": "before the data were seen",
    "after the data were seen": "**after the data were seen**",
    "not said": "and the study does not say when its data were first seen",
}
_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def questions(release: Release) -> pd.DataFrame:
    """Return the questions in the order of the chapter."""
    return release.table("primary/questions").sort_values("place")


def introduction(release: Release) -> Text:
    """Return what was declared, when, and what that means for the reader."""
    asked = questions(release)
    first = asked.iloc[0]
    answers, changes = release.table("primary/answers"), release.table("primary/changes")
    compared = int(answers["no_difference"].notna().sum())
    timings = asked["timing"].drop_duplicates().tolist()
    when = _TIMING[timings[0]] if len(timings) == 1 else "as each question says"
    days = asked["declared"].drop_duplicates().tolist()
    day = f"were declared on {long_date(str(days[0]))}" if len(days) == 1 else "were declared on the day given with it"
    changed = {0: "No choice was changed since.", 1: "One choice was changed since (@sec-primary-changes)."}
    since = changed.get(len(changes), f"{count(len(changes))} choices were changed since (@sec-primary-changes).")
    many = f"There are {count(compared).lower()} primary comparisons. Intervals are not widened for their number. "
    number = f"{count(len(asked)).lower()} {'question' if len(asked) == 1 else 'questions'}"
    return Text(
        f"This chapter answers {number}, each by one primary analysis. The analysis and its comparator {day}, {when}. "
        f"{since} The fingerprint of the declaration is `{first['fingerprint']}`. It can be compared with a registered "
        f"protocol.\n\nOther ways of answering stand in @sec-primary-other. {many if compared > 1 else ''}"
        f"{TRIAL if without_findings(release) else LIMITS}"
    )


def answers(release: Release) -> Text:
    """Return each question with its answer, the way it was answered, and where to read on."""
    asked = questions(release)
    mixed = len(asked[["declared", "timing"]].drop_duplicates()) > 1
    return Text("\n\n".join(_question(release, row, mixed) for row in asked.to_dict("records")))


def _question(release: Release, row: Mapping[str, Any], mixed: bool) -> str:
    found = release.table("primary/answers")
    ids = [name for name in found.loc[found["question"] == row["question"], "finding"] if isinstance(name, str)]
    cited = f" Findings: {', '.join(f'`{name}`' for name in dict.fromkeys(ids))}." if ids else ""
    late = row["timing"] == "after the data were seen"
    when = "" if row["timing"] == "not said" else f", {row['timing']}"
    label = f" **Declared on {long_date(str(row['declared']))}{when}.**" if late or mixed else ""
    changed = " Its analysis was changed (@sec-primary-changes)." if row["changes"] else ""
    return (
        f"### {plain(row['text'])} {{#sec-primary-{row['question'].replace('_', '-')}}}\n\n"
        f"**{plain(row['answer'])}**{label}\n\n"
        f"*{STRANDS[row['strand']]}.* {plain(row['model'])}.{changed}{cited}"
    )


def changes(release: Release) -> Text:
    """Return the list of changes since the declaration, each with its day and reason."""
    found = release.table("primary/changes").sort_values("change")
    if found.empty:
        return Text("No analysis, comparator or question was changed since the declaration.")
    lines = []
    kept = ["date", "question", "reason", "timing"]
    for _, part in found.groupby(kept, sort=False):
        row = part.iloc[0]
        what = "; ".join(_change(one) for one in part.to_dict("records"))
        when = f", {row['timing']}" if row["timing"] != "not said" else ""
        lines.append(
            f"- **{long_date(str(row['date']))}{when}.** `{row['question']}`: {what}. Why: {plain(row['reason'])}"
        )
    return Text("\n".join(lines))


def _change(row: Mapping[str, Any]) -> str:
    if row["setting"] == declaration.ADDED:
        return f"the question was added ({plain(row['after'].split(' | ')[0])})"
    if row["setting"] == declaration.REMOVED:
        return f"the question was removed ({plain(row['before'].split(' | ')[0])})"
    return f"{row['setting']} was “{plain(row['before'])}”, is “{plain(row['after'])}”"


def agreement(release: Release) -> Text:
    """Return, for each question, how many other estimates say what the primary one says, and which do not."""
    others = release.table("primary/alternatives")
    lines = []
    for row in questions(release).to_dict("records"):
        own = others[(others["question"] == row["question"]) & others["same_direction"].notna()]
        if own.empty:
            lines.append(f"- {plain(row['short'])}: no other comparison was released.")
            continue
        same = own["same_direction"].astype(bool)
        if same.all():
            told = f"{_all(len(own))} the same as the primary analysis"
        else:
            told = f"{int(same.sum()):,} of {len(own):,} other estimates say the same as the primary analysis"
            told += f"; {_differing(own[~same])}"
        lines.append(f"- {plain(row['short'])}: {told}.")
    later = int((~others["declared"].astype(bool)).sum())
    note = f"\n\nOf all alternatives, {later:,} estimates were added after the declaration; the spreadsheet marks them."
    return Text("\n".join(lines) + (note if later else ""))


def _all(number: int) -> str:
    return "the one other estimate says" if number == 1 else f"all {number:,} other estimates say"


def _differing(rows: pd.DataFrame) -> str:
    parts = []
    for (alternative, direction), part in rows.groupby(["alternative", "direction"], sort=True):
        named = [group for group in part["group"].drop_duplicates() if group != sentences.NO_GROUP]
        whom = f" for {', '.join(map(plain, named))}" if named else ""
        parts.append(f"“{plain(alternative)}” says {direction.replace('_', ' ')}{whom}")
    return "; ".join(parts)


def count(number: int) -> str:
    """Return a small number as a word that can begin a sentence.

    >>> count(2), count(12)
    ('Two', '12')
    """
    return _WORDS[number].capitalize() if number < len(_WORDS) else f"{number:,}"
