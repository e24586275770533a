"""Included studies: their reports and characteristics, who took part in them, and which themes they speak to.

Vocabulary: a *report* is one document, a *study* may have several. The *participation-to-prevalence ratio* is a
group's share of the participants divided by its share of a named population: 1 is proportionate, below 1 fewer.
"""

import re

import numpy as np
import pandas as pd
from scipy import stats

from genequity import authored, groups
from genequity.errors import Problem, nearest, raise_if
from genequity.evidence import linking

CHARACTERISTICS = ["year", "country", "design", "setting", "participants", "how_ethnicity_assigned", "themes"]
COLUMNS = ["study", *linking.LINKS, *CHARACTERISTICS]
PARTICIPANTS = ["study", "group", "n"]
POPULATION = ["group", "n", "source"]
STUDY_COLUMNS = ["study", "reports", *CHARACTERISTICS, "records"]
REPRESENTATION_COLUMNS = [
    "group", "studies", "participants", "share", "population", "population_share", "ratio", "ratio_low", "ratio_high",
]  # fmt: skip
FOCUS_COLUMNS = ["theme", "label", "priority", "documents", "segments", "studies", "effects"]


def read(path: str, themes: list[str]) -> pd.DataFrame:
    """Read the table of studies, one row a report (columns `COLUMNS` and `row`).

    Raises
    ------
    InputError
        With blank studies, unknown themes, and participants or years that are no number.
    """
    table = authored.read(path, COLUMNS, filled=["study"])
    problems = []
    for row in table.to_dict("records"):
        for theme in _split(row["themes"]):
            if theme not in themes:
                problems.append(
                    Problem(
                        path,
                        f"this theme is not one of the study's themes.{nearest(theme, themes)}",
                        where=f"row {row['row']}, column themes",
                        expected=f"ids of the file of themes, with ';' between: {', '.join(themes)}",
                    )
                )
        problems += [
            Problem(
                path, "this is not a whole number", where=f"row {row['row']}, column {name}", expected="digits only"
            )
            for name in ("participants", "year")
            if row[name] and not re.fullmatch(r"\d+", row[name])
        ]
    raise_if(problems)
    return table


def theme_problems(outcome_themes: dict[str, str], themes: list[str]) -> list[Problem]:
    """List outcomes of the config whose theme the study does not have (outcome -> theme; ids of the themes)."""
    return [
        Problem(
            "config",
            f"'{theme}' is not one of the study's themes.{nearest(theme, themes)}",
            where=f"evidence.outcomes, {outcome}",
            expected=f"one of {', '.join(themes)}",
        )
        for outcome, theme in outcome_themes.items()
        if theme not in themes
    ]


def _split(themes: str) -> list[str]:
    return [theme.strip() for theme in themes.split(";") if theme.strip()]


def linked(table: pd.DataFrame, index: linking.Index, ledger: pd.DataFrame, path: str) -> pd.DataFrame:
    """Join reports to the ledger; every included record needs its study, every study an included record.

    Raises
    ------
    InputError
        With all rows that mean no record, records that were not included, and the number of included records without
        a study.
    """
    frame, problems = linking.link(table, index, path)
    included = set(ledger.loc[ledger["fate"] == "included", "record"])
    problems += [
        Problem(
            path,
            "this report was not included by the screening decisions",
            where=f"row {row}",
            do="take the row out, or mend the decision",
        )
        for row, record in zip(frame["row"], frame["record"], strict=True)
        if record is not None and record not in included
    ]
    missing = len(included - set(frame["record"]))
    if missing:
        problems.append(
            Problem(
                path,
                f"{missing} included {'record has' if missing == 1 else 'records have'} no row in the table of studies",
                expected="one row for every included report",
                do="add a row with its study; reports of one study repeat the study's name",
            )
        )
    raise_if(problems)
    return frame


def characteristics(reports: pd.DataFrame) -> pd.DataFrame:
    """Return one row a study; a characteristic is the first one filled in among its reports, themes are joined."""
    rows = []
    for study, part in reports.groupby("study", sort=True):
        row = {name: next((v for v in part[name] if v), None) for name in CHARACTERISTICS}
        row["themes"] = "; ".join(sorted({t for v in part["themes"] for t in _split(v)})) or None
        row["participants"] = int(row["participants"]) if row["participants"] else None
        rows.append(
            {"study": study, "reports": len(part), **row, "records": "; ".join(sorted(part["record"].astype(str)))}
        )
    frame = pd.DataFrame(rows, columns=STUDY_COLUMNS)
    frame["participants"] = frame["participants"].astype("Int64")
    return frame


def read_participants(path: str) -> pd.DataFrame:
    """Read participants by group: study, group, n (a whole number)."""
    return _counts(path, PARTICIPANTS, ["study", "group"])


def read_population(path: str) -> pd.DataFrame:
    """Read the population that participants are compared with: group, n, source (who counted whom, and when)."""
    return _counts(path, POPULATION, ["group"])


def _counts(path: str, columns: list[str], unique: list[str]) -> pd.DataFrame:
    table = authored.read(path, columns, filled=columns, unique=unique)
    raise_if(
        Problem(
            path,
            "this is not a whole number",
            where=f"row {row}, column n",
            expected="digits only",
            do=authored.mend_number(n),
        )
        for row, n in zip(table["row"], table["n"], strict=True)
        if not re.fullmatch(r"\d+", n)
    )
    return table.assign(n=table["n"].astype(int))


def unknown_names(participants: pd.DataFrame, known: set[str], path: str) -> list[Problem]:
    """List studies of a table that the table of studies does not have."""
    return [
        Problem(
            path,
            f"this study is not in the table of studies.{nearest(study, known)}",
            where=f"row {row}, column study",
            do="spell the study as in the table of studies",
        )
        for row, study in zip(participants["row"], participants["study"], strict=True)
        if study not in known
    ]


def representation(participants: pd.DataFrame, population: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Compare the groups' shares among participants with their shares of the population.

    Only groups of the population take part in either share. The interval is Wilson's for the share of participants,
    divided by the population's share, which is taken as known; it treats participants as independent draws.

    Returns
    -------
    One row a group, columns `REPRESENTATION_COLUMNS`, in reading order.
    """
    counted = participants[participants["group"].isin(population["group"])]
    total, everyone = counted["n"].sum(), population["n"].sum()
    crit = stats.norm.ppf(0.5 + level / 2)
    rows = []
    for group in groups.ordered(population["group"]):
        mine = counted[counted["group"] == group]
        n, share = int(mine["n"].sum()), population.loc[population["group"] == group, "n"].sum() / everyone
        p = n / total if total else np.nan
        centre = (p + crit**2 / (2 * total)) / (1 + crit**2 / total)
        half = crit / (1 + crit**2 / total) * np.sqrt(p * (1 - p) / total + crit**2 / (4 * total**2))
        rows.append(
            {
                "group": group,
                "studies": int((mine["n"] > 0).sum()),
                "participants": n,
                "share": p,
                "population": "; ".join(sorted(set(population["source"]))),
                "population_share": share,
                "ratio": p / share,
                "ratio_low": (centre - half) / share,
                "ratio_high": (centre + half) / share,
            }
        )
    return pd.DataFrame(rows, columns=REPRESENTATION_COLUMNS)


def focus(
    themes: pd.DataFrame,
    studied: pd.DataFrame,
    effect_themes: dict[str, int],
    review_focus: pd.DataFrame | None,
) -> pd.DataFrame:
    """Set the themes that the policy review asks about beside the studies that speak to them.

    Parameters
    ----------
    themes : theme, label.
    studied : from `characteristics`.
    effect_themes : theme -> number of effects.
    review_focus : theme, priority, documents, segments from the policy strand, or None.

    Returns
    -------
    One row a theme, columns `FOCUS_COLUMNS`; priority, documents and segments are blank without a policy review.
    """
    named = studied["themes"].fillna("").map(_split)
    frame = themes[["theme", "label"]].copy()
    asked = review_focus.set_index("theme") if review_focus is not None else pd.DataFrame()
    for name in ("priority", "documents", "segments"):
        frame[name] = frame["theme"].map(asked[name]) if name in asked else None
    frame["studies"] = [sum(theme in own for own in named) for theme in frame["theme"]]
    frame["effects"] = [effect_themes.get(theme, 0) for theme in frame["theme"]]
    return frame[FOCUS_COLUMNS]
