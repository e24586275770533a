"""What a released table can answer: its measures, their limits, the count behind them and where no difference lies."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Measure:
    """One estimate of a table: its columns.

    ``none`` is the value of no difference, or None where nothing is compared; ``unit`` is that of the findings, blank
    where the table's rows say it (published effects, :func:`genequity.evidence.findings.unit_of`).
    """

    low: str
    high: str
    n: str
    unit: str
    none: float | None = None


@dataclass(frozen=True)
class Source:
    """A table that can answer a question.

    ``group`` is the column of the group, blank where none is compared. ``comparator`` is the column that names the
    comparator; blank where the study's own comparator is meant. ``fixed`` holds what is selected without being said.
    """

    measures: dict[str, Measure]
    group: str = ""
    comparator: str = ""
    compares: bool = True
    fixed: dict[str, str] = field(default_factory=dict)


_POINTS, _ODDS, _SHARE = "proportion difference", "odds ratio", "proportion"
_MODEL = {
    "odds_ratio": Measure("ci_low", "ci_high", "n", _ODDS, 1.0),
    "difference": Measure("difference_low", "difference_high", "n", _POINTS, 0.0),
}
_ADJUSTED = {
    "risk_difference": Measure("risk_difference_low", "risk_difference_high", "group_records", _POINTS, 0.0),
    "odds_ratio": Measure("odds_ratio_low", "odds_ratio_high", "group_records", _ODDS, 1.0),
}
_RATES = {
    "ratio": Measure("ratio_low", "ratio_high", "events", "rate ratio", 1.0),
    "difference": Measure("difference_low", "difference_high", "events", "per 100000", 0.0),
    "rate": Measure("low", "high", "events", "per 100000"),
}
# The first measure of a table is meant where none is named.
SOURCES = {
    "evidence/pooled": Source({"estimate": Measure("ci_low", "ci_high", "n", "")}, "group", "comparator"),
    "evidence/sensitivity": Source({"estimate": Measure("ci_low", "ci_high", "", "")}, "group", "comparator"),
    "evidence/representation": Source(
        {"ratio": Measure("ratio_low", "ratio_high", "participants", "ratio", 1.0)}, "group", "population"
    ),
    "interviews/framework": Source({"participants": Measure("", "", "", "participants")}, "group", compares=False),
    "interviews/prevalence": Source({"participants": Measure("", "", "", "participants")}, compares=False),
    "policy/grade_counts": Source({"share": Measure("", "", "of", _SHARE)}, compares=False),
    "policy/matrix": Source({"share": Measure("", "", "of", _SHARE)}, compares=False),
    "service/adjusted": Source(_ADJUSTED, "group", "comparator"),
    "service/resolution_models": Source(_ADJUSTED, "group", "comparator"),
    "service/variants": Source(_ADJUSTED, "group", "comparator"),
    "service/unknown_treatments": Source(_ADJUSTED, "group", "comparator"),
    "service/pathway": Source(
        {"share": Measure("share_low", "share_high", "eligible", _SHARE)}, "group", compares=False
    ),
    "service/rates": Source(_RATES, "group", "comparator"),
    "service/unknown_rates": Source(_RATES, "group", "comparator"),
    "service/regional": Source(
        {"ratio": Measure("ratio_low", "ratio_high", "group_records", "ratio", 1.0)}, "group", "comparator"
    ),
    "survey/model": Source(_MODEL, "level", fixed={"variable": "group"}),
    "survey/model_variants": Source(_MODEL, "group", "comparator"),
    "survey/scores": Source(
        {
            "difference": Measure("difference_low", "difference_high", "n", "score", 0.0),
            "mean": Measure("ci_low", "ci_high", "n", "score"),
        },
        "group",
    ),
    "survey/shares": Source(
        {
            "difference": Measure("difference_low", "difference_high", "n", _POINTS, 0.0),
            "share": Measure("ci_low", "ci_high", "n", _SHARE),
        },
        "group",
    ),
}
# What the value of a comparison is, by unit, as the sentence after it says.
NAMES = {
    "proportion difference": "Difference in percentage points",
    "odds ratio": "Odds ratio",
    "rate ratio": "Rate ratio",
    "ratio": "Ratio",
    "score": "Difference in points of the score",
    "coefficient": "Difference",
    "per 100000": "Difference in people per 100,000",
}
LOGARITHMIC = ("odds ratio", "rate ratio", "ratio")


def first(table: str) -> str:
    """Return the measure meant where a question names none.

    >>> first("service/adjusted")
    'risk_difference'
    """
    return next(iter(SOURCES[table].measures))
