"""What an edition says, in plain words: sentences and small tables from released frames. Nothing is estimated here.

An *edition* is two pages about one region, or about all of them together. A *gap* is a share lower than the
comparator's; it is *clear* where its interval holds no zero.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from genequity.groups import named, ordered
from genequity.numbers import say, say_interval
from genequity.service import wording
from genequity.service.decomposition import TOTAL
from genequity.service.records import ALL_GROUPS

if TYPE_CHECKING:
    import pandas as pd

    from genequity.notebook import Release

TABLES = ("pathway", "gap_steps", "adjusted", "regional", "funnel", "completeness", "adequacy")
NAMED = 4  # groups that one sentence names
OUTER = "99.8%"  # limits of the funnel that an edition speaks of: it looks at many steps
ALPHA = 0.05  # of the comparison between regions, all groups and regions of a stage together (Holm)


@dataclass(frozen=True)
class Gap:
    """One group's gap in one region: the whole, and the steps at which it is clear.

    ``total`` is None where it is not given, and ``reason`` says why; ``lower`` and ``higher`` name steps in order.
    """

    group: str
    records: float
    total: tuple[float, float, float] | None
    reason: str
    lower: tuple[str, ...] = ()
    higher: tuple[str, ...] = ()
    widest: str = ""

    @property
    def side(self) -> str:
        """Return lower, higher or no clear difference; not given where there is no estimate."""
        if self.total is None:
            return "not given"
        _, low, high = self.total
        return "lower" if high < 0 else "higher" if low > 0 else "no clear difference"


def gaps(steps: pd.DataFrame, region: str) -> list[Gap]:
    """Return the gaps of one region in reading order of groups.

    Parameters
    ----------
    steps : DataFrame
        ``service/gap_steps``.
    region : str
        One region, or the name of all of them.
    """
    here = steps[(steps["region"] == region) & steps["group"].isin(named(steps["group"]))]
    return [_gap(group, here[here["group"] == group].sort_values("place")) for group in ordered(here["group"])]


def _gap(group: str, rows: pd.DataFrame) -> Gap:
    whole = rows[rows["step"] == TOTAL].iloc[0]
    records = wording.count(whole["eligible"])
    given = whole["contribution"] == whole["contribution"]
    parts = [row for row in rows[rows["step"] != TOTAL].itertuples() if row.contribution == row.contribution]
    lower = [row for row in parts if row.high < 0]
    return Gap(
        group=group,
        records=math.nan if records is None else records,
        total=(whole["contribution"], whole["low"], whole["high"]) if given else None,
        reason="" if given else blank(whole),
        lower=tuple(row.label for row in lower),
        higher=tuple(row.label for row in parts if row.low > 0),
        widest=min(lower, key=lambda row: row.contribution).label if lower else "",
    )


def blank(row: Any) -> str:
    """Say why a row has no estimate: its own reason, or that its counts are withheld."""
    for name in ("reason", "suppressed"):
        value = row.get(name)
        if isinstance(value, str) and value:
            return value if name == "reason" else "withheld"
    return "not given"


def joined(words: Iterable[str], last: str = "and") -> str:
    """Return words as a list in a sentence.

    >>> joined(["A", "B", "C"])
    'A, B and C'
    """
    words = list(words)
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def who(groups: list[str], of: int) -> str:
    """Return groups by name, or, where a sentence could not hold them, their number.

    >>> who(["A", "B"], 4), who(["A", "B", "C", "D", "E"], 16)
    ('A and B', '5 of 16 groups')
    """
    return joined(groups) if len(groups) <= NAMED else f"{len(groups)} of {of} groups"


def quoted(label: str) -> str:
    """Return the name of a step as sentences print it."""
    return f"“{label}”"


def scope(pathway: pd.DataFrame, region: str, national: str) -> str:
    """Say how many records the edition is about."""
    first = pathway[(pathway["group"] == ALL_GROUPS) & (pathway["place"] == pathway["place"].min())]
    started = first.drop_duplicates("region").set_index("region")["started"]
    start = first["after"].iloc[0] if len(first) else "start"
    if not wording.count(started.get(region)):
        return "No record of this region was analysed, or too few to publish their number."
    count = say(started[region], "records")
    of = "" if region == national else f" of {say(started.get(national), 'records')}"
    return f"This edition is about {count}{of} records of care. Each begins at {quoted(start)}."


def methods(release: Release) -> dict[str, float]:
    """Return the level of intervals and the power that the study asks for."""
    values = release.numbers.set_index("key")["value"]
    return {name: float(values[f"service.{name}"]) for name in ("level", "power")}


def brief(
    frames: dict[str, pd.DataFrame],
    found: list[Gap],
    region: str,
    national: str,
    comparator: str,
    methods: dict[str, float],
) -> list[str]:
    """Return the sentences that open an edition: whole pathway, first gap, widest gap, other regions.

    Parameters
    ----------
    frames : dict
        Released tables of the strand by name.
    found : list of Gap
        From :func:`gaps`.
    region, national, comparator : str
        What the edition is about; the name of all regions; the group compared with.
    methods : dict
        Level of intervals and power.
    """
    lines = [scope(frames["pathway"], region, national)]
    lines += _whole(found, comparator, methods)
    lines += _first(frames["pathway"], found, region, comparator)
    if region != national:
        lines += _beside(frames["regional"], frames["pathway"], region, comparator)
        lines.append(_funnel(frames["funnel"], region))
    return [line for line in lines if line]


def listed(frames: dict[str, pd.DataFrame], national: str, comparator: str, methods: dict[str, float]) -> str:
    """Return what opens the chapter: the sentences of the edition of all regions, its size left out, as a list."""
    _, *lines = brief(frames, gaps(frames["gap_steps"], national), national, national, comparator, methods)
    return "\n".join(f"- {line}" for line in lines) + "\n"


def _whole(found: list[Gap], comparator: str, methods: dict[str, float]) -> list[str]:
    """Say for which groups the whole pathway differs, in reading order: no group is ranked."""
    words = {
        "lower": "Compared with {c}, a lower share came through the whole pathway for {g}.",
        "higher": "Compared with {c}, a higher share came through the whole pathway for {g}.",
        "no clear difference": "For {g} there is no clear difference from {c} over the whole pathway.",
        "not given": "For {g} the whole pathway cannot be compared: too few records, or counts withheld.",
    }
    lines = []
    for side, sentence in words.items():
        groups = [gap.group for gap in found if gap.side == side]
        if groups:
            line = sentence.format(c=comparator, g=who(groups, len(found)))
            lines.append(line + (_least(found, methods) if side == "no clear difference" else ""))
    return lines or ["No group can be compared here."]


def _least(found: list[Gap], methods: dict[str, float]) -> str:
    """Say how large a gap would be found with the study's power, for the groups without a clear one."""
    ends = [gap.total[1:] for gap in found if gap.total and gap.side == "no clear difference"]
    sizes = [100 * wording.smallest(low, high, methods) for low, high in ends]
    least, most = say(min(sizes), "", 1), say(max(sizes), "", 1)
    size = f"a gap of {least}" if least == most else f"gaps from {least} to {most}"
    return f" There, {size} points would be found with {methods['power']:.0%} power."


def first_clear(pathway: pd.DataFrame, found: list[Gap]) -> str | None:
    """Return the label of the earliest step at which any group has a clear gap; None without one."""
    order = list(dict.fromkeys(pathway.sort_values("place")["label"]))
    return min((gap.lower[0] for gap in found if gap.lower), key=order.index, default=None)


def _first(pathway: pd.DataFrame, found: list[Gap], region: str, comparator: str) -> list[str]:
    """Name the first step with a clear gap, what it means for 100 records, and the step at which gaps are widest."""
    order = list(dict.fromkeys(pathway.sort_values("place")["label"]))
    at = [gap for gap in found if gap.lower]
    first = first_clear(pathway, found)
    if first is None:
        return _none_lower(found, order) if any(gap.total for gap in found) else []
    here = [gap.group for gap in at if gap.lower[0] == first]
    lines = [f"The first clear gap is at {quoted(first)}, for {who(here, len(found))}."]
    shares = pathway[(pathway["region"] == region) & (pathway["label"] == first)].set_index("group")["share"]
    parts = [f"{100 * shares[g]:.0f} for {g}" for g in here[:3] if shares.get(g) == shares.get(g)]
    if parts and shares.get(comparator) == shares.get(comparator):
        lines.append(f"Of 100 records there, {joined(parts)} went on; {100 * shares[comparator]:.0f} for {comparator}.")
    elsewhere = {}
    for gap in at:
        if gap.widest != first or gap.lower[0] != first:
            elsewhere.setdefault(gap.widest, []).append(gap.group)
    for step in sorted(elsewhere, key=order.index):
        lines.append(f"The widest clear part lies at {quoted(step)} for {who(elsewhere[step], len(found))}.")
    if not elsewhere:
        lines.append("That step also holds the widest clear part of each gap.")
    return lines


def _none_lower(found: list[Gap], order: list[str]) -> list[str]:
    """Say that no step has a clear gap, and at which one a share is clearly higher, if at any."""
    lines = ["No step of the pathway has a clear gap."]
    at = [gap for gap in found if gap.higher]
    if at:
        step = min((gap.higher[0] for gap in at), key=order.index)
        groups = [gap.group for gap in at if step in gap.higher]
        lines.append(f"At {quoted(step)}, the share that went on is higher for {who(groups, len(found))}.")
    return lines


def _beside(regional: pd.DataFrame, pathway: pd.DataFrame, region: str, comparator: str) -> list[str]:
    """Say at which steps this region differs from the other regions together."""
    rows = regional[(regional["region"] == region) & regional["group"].isin(named(regional["group"]))]
    labels = pathway.drop_duplicates("stage").set_index("stage")["label"]
    rows = rows.assign(place=rows["outcome"].map(pathway.drop_duplicates("stage").set_index("stage")["place"]))
    clear = rows[rows["p_holm"] < ALPHA].sort_values(["place", "group"])
    if rows["ratio"].isna().all():
        return []
    lines = []
    for outcome, part in clear.groupby("outcome", sort=False):
        for side, word in ((part["ratio"] < 1, "lower"), (part["ratio"] > 1, "higher")):
            if side.any():
                groups = list(part.loc[side, "group"])
                stands = f"the group {groups[0]} stands" if len(groups) == 1 else f"{_groups(groups, rows)} stand"
                lines.append(f"At {quoted(labels[outcome])}, {stands} {word} against {comparator} than elsewhere.")
    return lines or [f"No group's difference from {comparator} is clearly unlike that in the other regions."]


def _groups(groups: list[str], rows: pd.DataFrame) -> str:
    named_or_counted = who(groups, rows["group"].nunique())
    return named_or_counted if len(groups) > NAMED else f"the groups {named_or_counted}"


def _funnel(funnel: pd.DataFrame, region: str) -> str:
    """Say where the region lies when all groups are counted together."""
    rows = funnel[(funnel["kind"] == "region") & (funnel["region"] == region)].sort_values("place")
    rows = rows[rows["position"].fillna("").astype(str) != ""]
    if rows.empty:
        return ""
    out = rows[rows["position"].str.contains(OUTER, regex=False)]
    if out.empty:
        return f"All groups together, the region lies within the expected range ({OUTER} limits) at every step."
    low = [quoted(row.label) for row in out.itertuples() if str(row.position).startswith("below")]
    high = [quoted(row.label) for row in out.itertuples() if not str(row.position).startswith("below")]
    start, lines = "All groups together, the region lies", []
    limits = f"the expected range ({OUTER} limits)"
    if low:
        lines.append(f"{start} below {limits} at {joined(low)}.")
        start, limits = "It lies", "the expected range"
    if high:
        lines.append(f"{start} above {limits} at {joined(high)}.")
    return " ".join(lines)


def table(frames: dict[str, pd.DataFrame], found: list[Gap], region: str, national: str) -> pd.DataFrame:
    """Return one row a group: records, the gap here and in all regions, and the steps where it arises."""
    import pandas as pd

    everywhere = {gap.group: gap for gap in gaps(frames["gap_steps"], national)}
    rows = []
    for gap in found:
        total = points(gap.total) if gap.total else gap.reason
        wide = everywhere.get(gap.group)
        rows.append(
            {
                "group": gap.group,
                "records": gap.records,
                "gap": total,
                "national": points(wide.total) if wide and wide.total else "not given",
                "first": gap.lower[0] if gap.lower else "none clear",
                "widest": gap.widest or "none clear",
                "suppressed": "withheld" if gap.records != gap.records else "",
            }
        )
    return pd.DataFrame(rows, columns=["group", "records", "gap", "national", "first", "widest", "suppressed"])


def points(total: tuple[float, float, float]) -> str:
    """Return a difference with its limits, in points of 100 records."""
    value, low, high = (100 * part for part in total)
    return f"{say(value, '', 1)} ({say_interval(low, high, '', 1, none=0)})"


def one_in(level: float) -> str:
    """Return how often an interval of this level leaves out the truth.

    >>> one_in(0.95), one_in(0.99)
    ('1 in 20', '1 in 100')
    """
    return f"1 in {round(1 / (1 - level))}"
