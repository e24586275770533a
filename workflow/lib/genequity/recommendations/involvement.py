"""Involvement of patients and the public: who took part, when, whether they were paid, and what changed.

GRIPP2 short form: Staniszewska S et al. BMJ 2017;358:j3453. Its five items are named in our words. The log of co-design
answers what can be counted; authors answer the rest in the config. What nobody answered is shown as not reported.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from genequity.publish.shared import long_date

if TYPE_CHECKING:
    import pandas as pd

STAGES = ("questions", "design", "data", "analysis", "recommendations", "sharing")
PAID = ("yes", "no", "offered")
REPORTED, IN_PART, NOT_REPORTED = "reported", "reported in part", "not reported"
# Section, what is asked, and the setting under recommendations.involvement in which authors answer.
ITEMS = {
    "aim": ("Aim", "Why patients and the public were involved"),
    "methods": ("Methods", "How they were involved, by whom and when"),
    "results": ("Results", "What came of it, good and bad"),
    "influence": ("Discussion", "How far it influenced the study"),
    "reflection": ("Reflection", "What went well, what did not, and what others can learn"),
}
COLUMNS = ["place", "section", "asked", "status", "answer"]


def gripp2(log: pd.DataFrame, register: pd.DataFrame, said: Mapping[str, str]) -> pd.DataFrame:
    """Answer the five items of the GRIPP2 short form.

    Parameters
    ----------
    log : pandas.DataFrame
        The log of co-design (:func:`genequity.recommendations.register.co_design`).
    register : pandas.DataFrame
        Recommendations with ``n_co_design``.
    said : mapping
        The authors' own answers, by the names of :data:`ITEMS`; they come before what the log tells.

    Returns
    -------
    pandas.DataFrame
        Table ``recommendations/gripp2``. An item that only the log answers is reported in part.
    """
    import pandas as pd

    counted = {"methods": _methods(log), "results": _results(log, register)}
    rows = []
    for place, (name, (section, asked)) in enumerate(ITEMS.items(), start=1):
        own = " ".join(str(said.get(name) or "").split())
        told = counted.get(name, "")
        status = REPORTED if own else IN_PART if told else NOT_REPORTED
        rows.append([place, section, asked, status, " ".join(filter(None, [own, told])) or None])
    return pd.DataFrame(rows, columns=COLUMNS)


def _methods(log: pd.DataFrame) -> str:
    if log.empty:
        return ""
    kinds = log["activity"].str.casefold().value_counts()
    held = ", ".join(f"{kind} ({kinds[kind]})" for kind in sorted(kinds.index))
    first, last = (long_date(day) for day in (log["date"].min(), log["date"].max()))
    when = f"on {first}" if first == last else f"from {first} to {last}"
    many = f"{len(log)} entries" if len(log) > 1 else "1 entry"
    return f"The log has {many}, {when}: {held}. {_stages(log)} {_paid(log)}"


def _stages(log: pd.DataFrame) -> str:
    counts = log["stage"].value_counts()
    named = [f"{stage} ({counts[stage]})" for stage in STAGES if stage in counts.index]
    missing = [stage for stage in STAGES if stage not in counts.index]
    if not named:
        return "It does not say at which stages of the study."
    without = f" No entry: {', '.join(missing)}." if missing else ""
    return f"Stages of the study: {', '.join(named)}.{without}"


def _paid(log: pd.DataFrame) -> str:
    counts = {word: int((log["paid"] == word).sum()) for word in PAID}
    blank = len(log) - sum(counts.values())
    told = {"paid": counts["yes"], "payment offered": counts["offered"], "not paid": counts["no"], "not stated": blank}
    return f"Payment of those who took part: {', '.join(f'{name} ({n})' for name, n in told.items() if n)}."


def _results(log: pd.DataFrame, register: pd.DataFrame) -> str:
    if log.empty:
        return ""
    shaped = int((register["n_co_design"] > 0).sum())
    return (
        f"{shaped} of {len(register)} recommendations name an entry of the log. "
        "The log says for each entry what was said and what changed."
    )


def shown(log: pd.DataFrame) -> pd.DataFrame:
    """Return the released log for a table of the report: in order of days, days in words."""
    frame = log.sort_values(["date", "entry"])
    return frame.assign(
        date=frame["date"].map(long_date),
        paid=frame["paid"].fillna("not stated"),
        stage=frame["stage"].fillna("not stated"),
        said=frame["said"].map(lambda words: f"“{words}”"),
    )
