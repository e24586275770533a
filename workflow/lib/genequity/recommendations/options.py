"""From barrier to owner: the options that answer each barrier, what is known of their effect, and who is asked.

A barrier is a theme of the study. A recommendation is an option for it when it rests on a finding on that theme.
Whether an option works is the team's judgement (criteria of effect among the assessments); findings of published
studies that it cites stand beside. A barrier without any option is shown as such.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from genequity.synthesis.display import looked_in_vain

if TYPE_CHECKING:
    from genequity.notebook import Release

EFFECT = {"APEASE": "effectiveness", "evidence to decision": "desirable effects"}
COLUMNS = ["barrier", "voices", "option", "effect", "owner"]
NO_OPTION = "no recommendation rests on a finding on it"


def table(release: Release) -> pd.DataFrame:
    """Return the table of barriers for print (:func:`chain`)."""
    return chain(
        release.table("synthesis/register"),
        release.table("synthesis/display"),
        release.table("recommendations/register"),
        release.table("recommendations/assessments"),
    )


def chain(
    findings: pd.DataFrame, display: pd.DataFrame, recommendations: pd.DataFrame, judged: pd.DataFrame
) -> pd.DataFrame:
    """Return barriers with their options.

    Parameters
    ----------
    findings, display, recommendations, judged : pandas.DataFrame
        Released tables ``synthesis/register``, ``synthesis/display``, ``recommendations/register`` and
        ``recommendations/assessments``.

    Returns
    -------
    pandas.DataFrame
        One row a barrier and option: :data:`COLUMNS`; barriers in order of their labels, which is no order of weight.
    """
    labels = dict(display[["theme", "label"]].drop_duplicates().itertuples(index=False, name=None))
    spoken = findings[~looked_in_vain(findings)]
    theme_of = dict(zip(findings["id"], findings["theme"]))
    rows = []
    for theme, label in sorted(labels.items(), key=lambda item: item[1].casefold()):
        raised = spoken[(spoken["theme"] == theme) & spoken["voice"].isin(["patient", "professional", "public"])]
        voices = ", ".join(sorted(set(raised["voice"]))) or "nobody; documents or data only"
        options = [row for row in recommendations.to_dict("records") if theme in {theme_of.get(i) for i in _cited(row)}]
        for row in options:
            option = f"{row['recommendation']}: {row['title']}"
            rows.append([label, voices, option, _effect(row, theme, findings, judged), row["organisation"]])
        if not options:
            rows.append([label, voices, NO_OPTION, "–", "–"])
    return pd.DataFrame(rows, columns=COLUMNS)


def _cited(row: dict) -> list[str]:
    return [name for name in str(row["evidence"]).split("; ") if name]


def _effect(row: dict, theme: str, findings: pd.DataFrame, judged: pd.DataFrame) -> str:
    """Return what is known of an option's effect: the team's judgement with its reason, and the published estimates."""
    mine = judged[judged["recommendation"] == row["recommendation"]]
    said = [
        f"judged {entry['judgement']} ({framework}{': ' + entry['reason'] if isinstance(entry['reason'], str) else ''})"
        for framework, criterion in EFFECT.items()
        for entry in mine[(mine["framework"] == framework) & (mine["criterion"] == criterion)].to_dict("records")
        if entry["judgement"] != "not assessed"
    ]
    published = findings[findings["id"].isin(_cited(row)) & (findings["strand"] == "evidence")]
    published = published[(published["theme"] == theme) & published["estimate"].notna()]
    said += [
        f"published estimate cited: {name}, certainty {certainty}"
        for name, certainty in published[["id", "certainty"]].itertuples(index=False, name=None)
    ]
    return "; ".join(said) or "not assessed; no published estimate cited"
