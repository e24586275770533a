"""The extraction tables: effects of single studies, studies and their reports, participants by group.

Vocabulary: an *effect* is one estimate that one study gives for one outcome in one group against a comparator. How
ethnicity was assigned (self-report, record, name algorithm, country of birth) is part of every study's row.
"""

import numpy as np
import pandas as pd

from genequity import authored
from genequity.errors import Problem, nearest, raise_if
from genequity.evidence import effects

LABELS = ["study", "outcome", "group", "comparator", "measure"]
OPTIONAL = ["report", "adjusted", "how_ethnicity_assigned", "subgroup"]
NUMBERS = [
    "ai", "bi", "ci", "di", "n1i", "n2i", "xi", "ni", "m1i", "sd1i", "m2i", "sd2i", "yi", "vi", "est", "lo", "hi",
]  # fmt: skip
COUNTS = {"ai", "bi", "ci", "di", "n1i", "n2i", "xi", "ni"}
EFFECT_COLUMNS = [
    "row", "study", "outcome", "group", "comparator", "measure", "adjusted", "how_ethnicity_assigned",
    "events", "n_group", "events_comparator", "n_comparator",
    "yi", "vi", "estimate", "ci_low", "ci_high", "computed_from", "zero_cell",
]  # fmt: skip


def read_effects(path: str, columns: dict, constants: dict[str, str]) -> pd.DataFrame:
    """Read the effect table and compute each study's effect size.

    Parameters
    ----------
    columns : our name -> heading in the file (or list of headings, joined by a blank); names left out are headings
        of their own.
    constants : our name -> value for every row, for what the file does not hold.

    Returns
    -------
    One row an effect, columns `EFFECT_COLUMNS`; `row` as a spreadsheet counts, `yi`, `vi` on the scale of analysis,
    `estimate`, `ci_low`, `ci_high` (95 %) as read.

    Raises
    ------
    InputError
        With every cell that is no number, count that is impossible, unknown measure and row without enough numbers.
    """
    table = _renamed(path, columns, constants)
    values, problems = _numbers(path, table, columns)
    rows = []
    for place, label in enumerate(table.to_dict("records")):
        row = {name: values[name][place] for name in NUMBERS}
        where = f"row {label['row']}"
        measure = label["measure"].upper()
        if measure not in effects.MEASURES:
            problems.append(
                Problem(
                    path,
                    f"this is not a known measure.{nearest(measure, effects.MEASURES)}",
                    where=f"{where}, column {_heading(columns, 'measure')}",
                    expected=f"one of {', '.join(effects.MEASURES)}",
                )
            )
            continue
        wrong = _impossible(path, where, row, columns)
        if wrong:
            problems += wrong
            continue
        found = _size(measure, row)
        if found is None:
            problems.append(
                Problem(
                    path,
                    f"the numbers do not suffice for this measure ({effects.MEASURES[measure][0]})",
                    where=where,
                    expected=f"{_needs(measure)}, or yi and vi, or est, lo and hi",
                )
            )
            continue
        rows.append(_effect(label, measure, row, *found))
    raise_if(problems)
    frame = pd.DataFrame(rows, columns=EFFECT_COLUMNS)
    return frame


def _heading(columns: dict, name: str) -> str:
    heading = columns.get(name, name)
    return heading if isinstance(heading, str) else " and ".join(heading)


def _renamed(path: str, columns: dict, constants: dict[str, str]) -> pd.DataFrame:
    """Read the file with our names; blank text where a column is neither there nor constant."""
    named = [h for heading in columns.values() for h in ([heading] if isinstance(heading, str) else heading)]
    present = _headings(path)
    needed = [*named, *(name for name in LABELS if name not in columns and name not in constants)]
    also = [name for name in [*OPTIONAL, *NUMBERS] if name in present and name not in needed and name not in columns]
    table = authored.read(path, list(dict.fromkeys([*needed, *also])))
    frame = pd.DataFrame({"row": table["row"]})
    for name in [*LABELS, *OPTIONAL, *NUMBERS]:
        heading = columns.get(name, name)
        parts = [heading] if isinstance(heading, str) else heading
        if name in constants:
            frame[name] = str(constants[name])
        elif all(part in table for part in parts):
            frame[name] = table[parts].agg(" ".join, axis=1).str.strip() if len(table) else ""
        else:
            frame[name] = ""
    raise_if(
        Problem(path, "this cell is blank", where=f"row {row}, column {_heading(columns, name)}", do="fill it in")
        for name in LABELS
        for row in frame.loc[frame[name] == "", "row"]
    )
    return frame


def _headings(path: str) -> list[str]:
    """Headings of the table."""
    return list(authored.cells(path, LABELS).columns)


def _numbers(path: str, table: pd.DataFrame, columns: dict) -> tuple[dict[str, list[float]], list[Problem]]:
    values, problems = {}, []
    for name in NUMBERS:
        cells = table[name].str.replace("−", "-").replace({"NA": "", "NR": ""})
        numbers = pd.to_numeric(cells, errors="coerce")
        bad = numbers.isna() & (cells != "")
        problems += [
            Problem(
                path,
                "this is not a number",
                where=f"row {row}, column {_heading(columns, name)}",
                expected="digits, or a blank cell",
            )
            for row in table.loc[bad, "row"]
        ]
        values[name] = numbers.astype(float).tolist()
    return values, problems


def _impossible(path: str, where: str, row: dict[str, float], columns: dict) -> list[Problem]:
    """Counts below zero or not whole, more events than people, intervals in the wrong order."""

    def problem(message: str, name: str, expected: str) -> Problem:
        return Problem(path, message, where=f"{where}, column {_heading(columns, name)}", expected=expected)

    found = [
        problem("a count that is below zero or not whole", name, "a whole number of people or events")
        for name in sorted(COUNTS)
        if row[name] == row[name] and (row[name] < 0 or row[name] % 1)
    ]
    for events, total in (("ai", "n1i"), ("ci", "n2i"), ("xi", "ni")):
        if row[events] > row[total]:
            found.append(problem("more events than people", events, f"at most the number in column {total}"))
    for events, others, total in (("ai", "bi", "n1i"), ("ci", "di", "n2i")):
        if row[events] + row[others] != row[total] and not np.isnan(row[events] + row[others] + row[total]):
            found.append(problem("events and non-events do not add up to the number of people", total, "their sum"))
    for name in ("sd1i", "sd2i", "vi"):
        if row[name] <= 0:
            found.append(problem("this must be above zero", name, "a standard deviation or variance above zero"))
    if not np.isnan(row["est"] + row["lo"] + row["hi"]) and not row["lo"] <= row["est"] <= row["hi"]:
        found.append(problem("the estimate is outside its interval", "est", "lower limit ≤ estimate ≤ upper limit"))
    return found


def _complete(row: dict[str, float]) -> dict[str, float]:
    """Non-events from totals, and totals from non-events."""
    row = dict(row)
    for events, others, total in (("ai", "bi", "n1i"), ("ci", "di", "n2i")):
        if np.isnan(row[others]):
            row[others] = row[total] - row[events]
        if np.isnan(row[total]):
            row[total] = row[events] + row[others]
    return row


def _size(measure: str, row: dict[str, float]) -> tuple[float, float, str] | None:
    """Estimate and variance, and what they were computed from; None if the numbers do not suffice."""
    row = _complete(row)
    kind = effects.MEASURES[measure][1]
    needs = effects.NEEDS.get(kind, [])
    if needs and not any(np.isnan(row[name]) for name in needs):
        compute = {"table": effects.from_table, "means": effects.from_means, "sample": effects.from_sample}[kind]
        y, v = compute(measure, *([row[name]] for name in needs))
        if np.isfinite(y[0]) and v[0] > 0:
            return float(y[0]), float(v[0]), {"table": "counts", "means": "means", "sample": "counts"}[kind]
        return None
    if not np.isnan(row["yi"] + row["vi"]):
        return row["yi"], row["vi"], "reported estimate and variance"
    if not np.isnan(row["est"] + row["lo"] + row["hi"]) and kind != "sample":
        if measure in effects.RATIOS and min(row["est"], row["lo"], row["hi"]) <= 0:
            return None
        y, v = effects.from_interval(measure, row["est"], row["lo"], row["hi"])
        if v > 0:
            return float(y), float(v), "reported 95% interval"
    return None


def _needs(measure: str) -> str:
    kind = effects.MEASURES[measure][1]
    return {
        "table": "events and people of both groups (ai, n1i, ci, n2i)",
        "means": "mean, standard deviation and size of both groups",
        "sample": "events and people (xi, ni)",
        "reported": "an estimate with its interval above zero",
    }[kind]


def _effect(label: dict, measure: str, row: dict[str, float], y: float, v: float, source: str) -> dict:
    row = _complete(row)
    half = 1.959963984540054 * np.sqrt(v)
    shown = [float(x) for x in effects.shown(measure, [y, y - half, y + half], row["ni"])]
    sample = effects.MEASURES[measure][1] == "sample"
    counts = [row["xi"], row["ni"]] if sample else [row["ai"], row["bi"], row["ci"], row["di"]]
    zero = source == "counts" and (min(counts) == 0 or (sample and row["xi"] == row["ni"]))
    return {
        **{name: label[name] for name in ("row", "study", "outcome", "group", "comparator")},
        "measure": measure,
        "adjusted": label["adjusted"] or "no",
        "how_ethnicity_assigned": label["how_ethnicity_assigned"] or "not stated",
        "events": row["xi"] if sample else row["ai"],
        "n_group": row["ni"] if sample else row["n1i"],
        "events_comparator": row["ci"],
        "n_comparator": row["n2i"],
        "yi": y,
        "vi": v,
        "estimate": shown[0],
        "ci_low": shown[1],
        "ci_high": shown[2],
        "computed_from": source,
        "zero_cell": bool(zero),
    }
