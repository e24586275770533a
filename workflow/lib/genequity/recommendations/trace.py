"""From each recommendation down to what it rests on: findings, released rows, votes and co-design entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genequity.numbers import number

if TYPE_CHECKING:
    import pandas as pd

NOT_RATED = "not put to the panel"
SINGLE = "single strand"


def support(register: pd.DataFrame, findings: pd.DataFrame) -> pd.DataFrame:
    """Add to each recommendation how broad its evidence is.

    Parameters
    ----------
    register : pandas.DataFrame
        One row a recommendation (:func:`genequity.recommendations.register.read`).
    findings : pandas.DataFrame
        The released findings register.

    Returns
    -------
    pandas.DataFrame
        The register for release: lists as text, and ``n_findings, strands, n_strands, support, voices, n_co_design``.
        ``support`` is ``single strand`` when all evidence comes from one strand.
    """
    by_id = findings.set_index("id")
    frame = register.rename(columns={"id": "recommendation"}).drop(columns="history")
    cited = [by_id.loc[ids] for ids in register["evidence"]]
    frame["n_findings"] = [len(rows) for rows in cited]
    frame["strands"] = ["; ".join(sorted(set(rows["strand"]))) for rows in cited]
    frame["n_strands"] = [rows["strand"].nunique() for rows in cited]
    frame["support"] = [SINGLE if n == 1 else f"{n} strands" for n in frame["n_strands"]]
    frame["voices"] = ["; ".join(sorted(set(rows["voice"]))) for rows in cited]
    frame["n_co_design"] = [len(entries) for entries in register["co_design"]]
    for column in ("depends_on", "evidence", "co_design", "panel_items"):
        frame[column] = ["; ".join(items) or None for items in register[column]]
    return frame


def by_organisation(register: pd.DataFrame, owners: pd.DataFrame) -> pd.DataFrame:
    """Return one row an organisation of the controlled list: ``organisation, type, n, recommendations``."""
    frame = owners[["organisation", "type"]].copy()
    mine = [register.loc[register["organisation"] == name, "recommendation"] for name in frame["organisation"]]
    frame["n"] = [len(ids) for ids in mine]
    frame["recommendations"] = ["; ".join(sorted(ids)) or None for ids in mine]
    return frame


def trace(register: pd.DataFrame, findings: pd.DataFrame, panel: pd.DataFrame, decisions: pd.DataFrame) -> pd.DataFrame:
    """Return one row a recommendation and finding: the way from the recommendation to the released row and the votes.

    Parameters
    ----------
    register : pandas.DataFrame
        With support (:func:`support`).
    findings : pandas.DataFrame
        The released findings register.
    panel, decisions : pandas.DataFrame
        Results of the panel by item and round; decisions by recommendation and round. Both may be empty.

    Returns
    -------
    pandas.DataFrame
        ``recommendation, finding, organisation, strand, statement, direction, source_table, source_row, source_file,
        source_line, source_rows, co_design, panel_items, panel_round, panel_decision``.
    """
    import pandas as pd

    by_id = findings.set_index("id")
    final = decisions[decisions["final"].astype(bool)].set_index("recommendation")
    rows = []
    for entry in register.to_dict("records"):
        name = entry["recommendation"]
        rated = name in final.index
        items = panel.loc[(panel["recommendation"] == name) & panel["final"].astype(bool), "item"]
        for identifier in entry["evidence"].split("; "):
            found = by_id.loc[identifier]
            rows.append(
                {
                    "recommendation": name,
                    "finding": identifier,
                    "organisation": entry["organisation"],
                    **{
                        column: found[column]
                        for column in (
                            *("strand", "statement", "direction", "source_table"),
                            *("source_row", "source_file", "source_line", "source_rows"),
                        )
                    },
                    "co_design": entry["co_design"],
                    "panel_items": "; ".join(sorted(items)) or None,
                    "panel_round": int(final.loc[name, "round"]) if rated else None,
                    "panel_decision": final.loc[name, "decision"] if rated else NOT_RATED,
                }
            )
    return pd.DataFrame(rows).astype({"panel_round": "Int64"})


def tally(register: pd.DataFrame, traced: pd.DataFrame, decisions: pd.DataFrame) -> pd.DataFrame:
    """Count recommendations, their owners, their support and what the panel decided.

    Returns
    -------
    pandas.DataFrame
        ``measure, label, n``.
    """
    import pandas as pd

    outcome = traced.drop_duplicates("recommendation")["panel_decision"]
    final = decisions[decisions["final"].astype(bool)]
    rows = [
        ("recommendations", "Recommendations", len(register)),
        ("organisations", "Organisations addressed", register["organisation"].nunique()),
        ("findings_cited", "Findings cited", traced["finding"].nunique()),
        (
            "single_strand",
            "Recommendations with evidence from one strand only",
            int((register["n_strands"] == 1).sum()),
        ),
        ("co_designed", "Recommendations with at least one co-design entry", int((register["n_co_design"] > 0).sum())),
        ("agreed", "Recommendations agreed by the panel", int((outcome == "agreed").sum())),
        ("rejected", "Recommendations rejected by the panel", int((outcome == "rejected").sum())),
        ("no_consensus", "Recommendations without consensus", int((outcome == "no consensus").sum())),
        ("not_rated", "Recommendations not put to the panel", int((outcome == NOT_RATED).sum())),
        ("disagreement", "Recommendations with disagreement by IPRAS", int(final["disagreement"].astype(bool).sum())),
    ]
    return pd.DataFrame(rows, columns=["measure", "label", "n"])


def numbers(tallied: pd.DataFrame, rounds: pd.DataFrame) -> list[dict]:
    """Return the released numbers: ``recommendations.<measure>``, and of the panel when there was one.

    Parameters
    ----------
    tallied, rounds : pandas.DataFrame
        The released tables of these names.
    """
    rows = [
        number(
            f"recommendations.{row.measure}",
            row.n,
            "count",
            "recommendations/tally",
            f"measure={row.measure}",
            "n",
            "recommendations_panel",
        )
        for row in tallied.itertuples()
    ]
    ends = {"first": rounds["round"].min(), "last": rounds["round"].max()} if len(rounds) else {}
    for name, which in ends.items():
        of_round = rounds[rounds["round"] == which].iloc[0]
        rows += [
            number(
                f"recommendations.{column}_{name}",
                of_round[column],
                "count",
                "recommendations/rounds",
                f"round={which}",
                column,
                "recommendations_panel",
            )
            for column in ("round", "members", "panellists", "left", "items", "reworded", "unable")
        ]
    return rows
