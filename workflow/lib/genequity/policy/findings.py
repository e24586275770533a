"""What the policy review hands on: findings for each theme and for the grade of ethnicity content.

Everything is read from released tables. Statements describe documents; they compare no groups of people.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from genequity.coding.merge import ALL_PROJECTS
from genequity.findings import finding
from genequity.numbers import number, say
from genequity.policy.grades import ALL_PUBLISHERS

HEADLINES = 2  # themes most documents raise
GRADE_THEME = "structural"  # the theme that holds what institutions commit to


def findings(held: Mapping[str, pd.DataFrame], labels: Mapping[str, str]) -> list[dict]:
    """Return the findings.

    Parameters
    ----------
    held : mapping
        Released tables by name.
    labels : mapping
        Theme -> label.
    """
    focus = held["review_focus"]
    top = set(focus.sort_values(["documents", "theme"], ascending=[False, True])["theme"].head(HEADLINES))
    rows = []
    for entry in focus.to_dict("records"):
        raised, of = int(entry["documents"]), int(entry["of"])
        if entry["theme"] not in labels or not of:
            continue
        label = labels[entry["theme"]]
        statement = (
            f"{raised} of {of} policy documents ({say(entry['share'], 'proportion')}) raise the theme “{label}”."
            if raised
            else f"None of {of} policy documents raises the theme “{label}”."
        )
        rows.append(
            finding(
                id=f"policy.theme.{entry['theme']}",
                strand="policy",
                theme=entry["theme"],
                statement=statement,
                estimate=entry["share"],
                unit="proportion",
                voice="documents",
                direction="described",
                certainty="not graded",
                n=of,
                source_table="policy/review_focus",
                source_row=f"theme={entry['theme']}",
                headline=raised > 0 and entry["theme"] in top,
            )
        )
    return rows + _grades(held["grade_counts"], labels) + _gaps(held["commitment_gaps"], labels)


def _grades(counts: pd.DataFrame, labels: Mapping[str, str]) -> list[dict]:
    whole = counts[counts["publisher"] == ALL_PUBLISHERS].set_index("grade")
    if whole.empty or GRADE_THEME not in labels:
        return []
    rows = []
    measured = whole.loc["measured commitment"]
    of = int(measured["of"])
    for grade, wording in (
        ("none", "hold no information on ethnicity"),
        ("measured commitment", "commit to an action on ethnic inequities and say how it will be measured"),
    ):
        entry = whole.loc[grade]
        rows.append(
            finding(
                id=f"policy.grade.{grade.replace(' ', '_')}",
                strand="policy",
                theme=GRADE_THEME,
                statement=(
                    f"{int(entry['documents'])} of {of} policy documents "
                    f"({say(entry['share'], 'proportion')}) {wording}."
                ),
                estimate=entry["share"],
                unit="proportion",
                voice="documents",
                direction="described",
                certainty="not graded",
                n=of,
                source_table="policy/grade_counts",
                source_row=f"publisher={ALL_PUBLISHERS};rank={int(entry['rank'])}",
                headline=True,
            )
        )
    return rows


def _gaps(gaps: pd.DataFrame, labels: Mapping[str, str]) -> list[dict]:
    """Return what commitments leave out, one finding for each element that some of them lack."""
    wording = {
        "owner": "do not say who will act",
        "metric": "do not say how they will be measured",
        "due": "give no date",
        "money": "name no money",
    }
    rows = []
    for entry in gaps.to_dict("records") if GRADE_THEME in labels else []:
        if entry["element"] not in wording or not entry["missing"]:
            continue
        rows.append(
            finding(
                id=f"policy.commitments.lack.{entry['element']}",
                strand="policy",
                theme=GRADE_THEME,
                statement=(
                    f"{int(entry['missing'])} of {int(entry['of'])} commitments ({say(entry['share'], 'proportion')}) "
                    f"{wording[entry['element']]}."
                ),
                estimate=entry["share"],
                unit="proportion",
                voice="documents",
                direction="described",
                certainty="not graded",
                n=int(entry["of"]),
                source_table="policy/commitment_gaps",
                source_row=f"order={int(entry['order'])}",
            )
        )
    return rows


def _gap_numbers(gaps: pd.DataFrame) -> list[dict]:
    rows = []
    for entry in gaps.to_dict("records"):
        where = ("policy/commitment_gaps", f"order={int(entry['order'])}")
        key = f"policy.commitments.lack.{entry['element']}"
        rows.append(number(key, entry["missing"], "commitments", *where, "missing", "policy_themes"))
        if entry["order"] == 1:
            looked = ("policy.commitments.extracted", entry["of"], "commitments", *where, "of", "policy_themes")
            rows.append(number(*looked))
    return rows


def _flow(flow: pd.DataFrame) -> list[dict]:
    firsts = flow.drop_duplicates("stage")
    return [
        number(
            f"policy.documents.{row.stage}",
            row.documents,
            "documents",
            "policy/flow",
            f"step={row.step}",
            "documents",
            "policy_documents",
        )
        for row in firsts.itertuples()
    ]


def _grade_numbers(counts: pd.DataFrame) -> list[dict]:
    whole = counts[counts["publisher"] == ALL_PUBLISHERS]
    rows = []
    for entry in whole.to_dict("records"):
        key, where = (
            f"policy.grade.{entry['grade'].replace(' ', '_')}",
            f"publisher={ALL_PUBLISHERS};rank={entry['rank']}",
        )
        rows.append(
            number(key, entry["documents"], "documents", "policy/grade_counts", where, "documents", "policy_themes")
        )
        share = number(
            f"{key}.share", entry["share"], "proportion", "policy/grade_counts", where, "share", "policy_themes"
        )
        rows.append(share)
    for key, rank, column in (("of", 1, "of"), ("any", 2, "at_least"), ("acts", 4, "at_least")):
        for entry in whole[whole["rank"] == rank].to_dict("records"):
            source = ("policy/grade_counts", f"publisher={ALL_PUBLISHERS};rank={rank}", column, "policy_themes")
            rows.append(number(f"policy.grade.{key}", entry[column], "documents", *source))
    return rows


def agreement_numbers(table: pd.DataFrame, strand: str) -> list[dict]:
    """Return agreement on all codes of the first pair of coders, where it could be computed."""
    whole = table[(table["code"] == "All codes") & table["percent"].notna()]
    rows = []
    for entry in whole.head(1).to_dict("records"):
        where = f"pair={entry['pair']};code=All codes"
        for column, unit in (
            ("percent", "proportion"),
            ("kappa", "coefficient"),
            ("kappa_low", "coefficient"),
            ("kappa_high", "coefficient"),
            ("alpha", "coefficient"),
            ("ac1", "coefficient"),
            ("sources", "sources"),
            ("units", "units"),
            ("first_only", "units"),
            ("second_only", "units"),
        ):
            value, decimals = entry[column], 1 if column == "percent" else None
            rows.append(
                number(
                    f"{strand}.agreement.{column}",
                    value,
                    unit,
                    f"{strand}/agreement",
                    where,
                    column,
                    f"{strand}_agreement",
                    decimals,
                )
            )
    return rows


def reading_numbers(table: pd.DataFrame, strand: str, rule: str) -> list[dict]:
    """Return the codings of all files together: in the files, read, set aside, repaired."""
    whole = table[table["project"] == ALL_PROJECTS].iloc[0]
    return [
        number(
            f"{strand}.{column}", whole[column], "codings", f"{strand}/reading", f"project={ALL_PROJECTS}", column, rule
        )
        for column in ("codings", "segments", "set_aside", "repaired", "codes")
    ]


def numbers(held: Mapping[str, pd.DataFrame]) -> list[dict]:
    """Return the numbers of the strand from its released tables."""
    rows = _flow(held["flow"]) + _grade_numbers(held["grade_counts"]) + _gap_numbers(held["commitment_gaps"])
    rows += agreement_numbers(held["agreement"], "policy") + reading_numbers(
        held["reading"], "policy", "policy_documents"
    )
    words = held["terminology"]
    for entry in words[words["year"] == "All years"].head(1).to_dict("records"):
        source = ("policy/terminology", f"term={entry['term']};year=All years", "words", "policy_documents")
        rows.append(number("policy.words", entry["words"], "words", *source))
    return rows
