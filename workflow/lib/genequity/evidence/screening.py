"""Screening decisions: read, linked to records, compared between reviewers, settled.

Vocabulary: a *stage* is title and abstract, or full text; a *conflict* is a record on which reviewers differ;
*adjudication* settles it. At the first stage "maybe" lets a record pass, as "include" does.
"""

from itertools import combinations

import numpy as np
import pandas as pd

from genequity import authored
from genequity.errors import Problem, nearest, raise_if, shape
from genequity.evidence import linking

STAGES = ("title_abstract", "full_text")
OUTCOMES = ("include", "exclude", "not retrieved", "open conflict", "incomplete")
COLUMNS = ["record", "stage", "reviewer", "decision", "reason"]


def read(
    path: str, columns: dict[str, str], stage_words: dict[str, list], decision_words: dict[str, list]
) -> pd.DataFrame:
    """Read decisions from a CSV, one row for one decision of one reviewer.

    Parameters
    ----------
    columns : our name -> heading in the file, for stage, reviewer, decision, reason and at least one of
        record, doi, title.
    stage_words, decision_words : our word -> words of the file.

    Returns
    -------
    Columns `COLUMNS`, doi, title and row; stage and decision in our words.

    Raises
    ------
    InputError
        With every unknown word and blank cell.
    """
    import_columns = [name for name in columns.values() if name]
    needed = [columns[name] for name in ("stage", "reviewer", "decision")]
    table = authored.read(path, import_columns, filled=needed)
    frame = pd.DataFrame({"row": table["row"]})
    for name in [*COLUMNS, "doi", "title"]:
        frame[name] = table[columns[name]] if columns.get(name) else ""
    problems = []
    for name, words in (("stage", stage_words), ("decision", decision_words)):
        ours = {str(word).casefold(): key for key, many in words.items() for word in [key, *many]}
        for row, word in zip(frame["row"], frame[name], strict=True):
            if word.casefold() not in ours:
                problems.append(
                    Problem(
                        path,
                        f"a word of the shape '{shape(word)}' is not a known {name}.{nearest(word.casefold(), ours)}",
                        where=f"row {row}, column {columns[name]}",
                        expected=f"one of {', '.join(sorted(ours))}",
                        do=f"mend the word, or add it to evidence.methods.{name}_words in the config",
                    )
                )
        frame[name] = frame[name].str.casefold().map(ours)
    raise_if(problems)
    problems = [
        Problem(
            path,
            "an exclusion on full text needs a reason",
            where=f"row {row}, column {columns.get('reason') or 'reason'}",
            do="give the reason that the PRISMA flow is to show",
        )
        for row, stage, decision, reason in zip(
            frame["row"], frame["stage"], frame["decision"], frame["reason"], strict=True
        )
        if stage == "full_text" and decision == "exclude" and not reason
    ]
    problems += [
        Problem(
            path,
            "this decision does not belong to this stage",
            where=f"row {row}, column {columns['decision']}",
            expected="include, exclude or maybe on title and abstract; include, exclude or not retrieved on full text",
        )
        for row, stage, decision in zip(frame["row"], frame["stage"], frame["decision"], strict=True)
        if (stage, decision) in {("title_abstract", "not retrieved"), ("full_text", "maybe")}
    ]
    raise_if(problems)
    return frame


def linked(decisions: pd.DataFrame, index: linking.Index, path: str) -> pd.DataFrame:
    """Link decisions to the kept records; the same decision on two copies of a record counts once.

    Raises
    ------
    InputError
        If a row means no record, or a reviewer decided differently twice on one record in one stage.
    """
    frame, problems = linking.link(decisions, index, path)
    frame = frame.drop_duplicates(["record", "stage", "reviewer", "decision"])
    twice = frame[frame.duplicated(["record", "stage", "reviewer"]) & frame["record"].notna()]
    problems += [
        Problem(
            path,
            "this reviewer has decided otherwise on the same record at the same stage",
            where=f"row {row}",
            do="keep the last decision only; duplicates found by the workflow count as one record",
        )
        for row in twice["row"]
    ]
    raise_if(problems)
    return frame[[*COLUMNS, "row"]].reset_index(drop=True)


def settle(decisions: pd.DataFrame, *, reviewers: int, adjudicator: str | None) -> pd.DataFrame:
    """Settle each record at each stage.

    Returns
    -------
    One row a record and stage: `record`, `stage`, `outcome` (of `OUTCOMES`), `reason`, `conflict` (whether reviewers
    differed) and `reviewers` (how many decided, the adjudicator apart).
    """
    rows = []
    for (record, stage), group in decisions.groupby(["record", "stage"], sort=True):
        judged = group[group["reviewer"] == adjudicator] if adjudicator else group.iloc[:0]
        votes = group.drop(judged.index)
        words = set(_passing(votes["decision"], stage))
        conflict = len(words) > 1
        if len(judged):
            deciding, outcome = judged, _passing(judged["decision"], stage)[0]
        elif len(votes) < reviewers:
            deciding, outcome = votes, "incomplete"
        else:
            deciding, outcome = votes, "open conflict" if conflict else next(iter(words))
        rows.append((record, stage, outcome, _reason(deciding, outcome), conflict, len(votes)))
    return pd.DataFrame(rows, columns=["record", "stage", "outcome", "reason", "conflict", "reviewers"])


def _passing(decisions: pd.Series, stage: str) -> list[str]:
    return ["include" if word == "maybe" and stage == "title_abstract" else word for word in decisions]


def _reason(deciding: pd.DataFrame, outcome: str) -> str:
    if outcome != "exclude":
        return ""
    reasons = sorted({reason for reason in deciding["reason"] if reason})
    return reasons[0] if len(reasons) == 1 else "Reviewers gave different reasons" if reasons else ""


def agreement(decisions: pd.DataFrame, *, adjudicator: str | None) -> pd.DataFrame:
    """Agreement of each pair of reviewers at each stage, on the records both decided.

    Returns
    -------
    stage, reviewers ("A and B"), records, conflicts, agreement (proportion), kappa (Cohen), ac1 (Gwet) and note, which
    says why a coefficient cannot be computed.
    """
    from genequity.coding import agreement as coefficients

    rows = []
    votes = decisions[decisions["reviewer"] != adjudicator] if adjudicator else decisions
    for stage in STAGES:
        at_stage = votes[votes["stage"] == stage]
        wide = {
            reviewer: dict(zip(part["record"], _passing(part["decision"], stage), strict=True))
            for reviewer, part in at_stage.groupby("reviewer")
        }
        for first, second in combinations(sorted(wide), 2):
            both = sorted(set(wide[first]) & set(wide[second]))
            if not both:
                continue
            words = sorted({"include", "exclude"} | {wide[r][record] for r in (first, second) for record in both})
            table = np.zeros((len(words), len(words)))
            for record in both:
                table[words.index(wide[first][record]), words.index(wide[second][record])] += 1
            kappa, ac1 = coefficients.cohen(table), coefficients.ac1(table)
            rows.append(
                {
                    "stage": stage,
                    "reviewers": f"{first} and {second}",
                    "records": len(both),
                    "conflicts": int(len(both) - np.trace(table)),
                    "agreement": float(np.trace(table) / len(both)),
                    "kappa": kappa.value,
                    "ac1": ac1.value,
                    "note": kappa.reason or ac1.reason or "",
                }
            )
    names = ["stage", "reviewers", "records", "conflicts", "agreement", "kappa", "ac1", "note"]
    return pd.DataFrame(rows, columns=names)
