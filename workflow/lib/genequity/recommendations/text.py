"""Markdown of the recommendations for their notebook, from released tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genequity.numbers import say
from genequity.recommendations import declaration
from genequity.recommendations.consensus import LIMITS, LIMITS_OF
from genequity.recommendations.declaration import spoken as day
from genequity.synthesis.text import escaped

if TYPE_CHECKING:
    import pandas as pd

    from genequity.notebook import Release

MOST_COMMENTS = 2  # on one item
NO_COMMENTS = "No comments of panellists were released."
NO_PANEL = "No panel has rated these recommendations yet."


def outcome(recommendation: str, panel: pd.DataFrame) -> str:
    """Return what the panel made of a recommendation in its last round."""
    mine = panel[(panel["recommendation"] == recommendation) & panel["final"].astype(bool)]
    if mine.empty:
        return "not put to the panel"
    parts = []
    for row in mine.to_dict("records"):
        name = f"{row['item']}: " if len(mine) > 1 else ""
        split = ", with disagreement by IPRAS" if row["disagreement"] else ""
        parts.append(
            f"{name}{row['decision']}{split} (median {say(row['median'], decimals=1)}, "
            f"{say(row['share_high'], 'proportion')} rated 7 to 9, n = {say(row['n'])})"
        )
    return "; ".join(parts)


def listed(register: pd.DataFrame, panel: pd.DataFrame) -> str:
    """Return all recommendations, by organisation: what, for whom, by when, measure, resources, support, panel."""
    parts = []
    for organisation in sorted(register["organisation"].unique(), key=str.casefold):
        parts.append(f"### {escaped(organisation)} {{.unnumbered}}\n")
        mine = register[register["organisation"] == organisation].sort_values("recommendation")
        for row in mine.to_dict("records"):
            action = f"{row['action'][0].upper()}{row['action'][1:]} {row['what']}".rstrip(".")
            support = f"{row['support']} ({row['strands'].replace('; ', ', ')})"
            told = {
                "For": escaped(row["for_whom"]),
                "By": day(row["by_when"]),
                "Measure": escaped(row["measure"]),
                "Resources": escaped(row["resources"]),
                "Support": support,
                "Panel": outcome(row["recommendation"], panel),
            }
            parts += [
                f"**{row['recommendation']}. {escaped(row['title'])}.** {escaped(action)}. "
                + " ".join(f"*{name}*: {text}." for name, text in told.items()),
                "",
            ]
    return "\n".join(parts)


def at_a_glance(register: pd.DataFrame, decisions: pd.DataFrame) -> pd.DataFrame:
    """Return one short row a recommendation: ``organisation, recommendation, title, by_when, support, panel``."""
    final = decisions[decisions["final"].astype(bool)].set_index("recommendation")["decision"]
    frame = register[["organisation", "recommendation", "title", "by_when", "support"]].copy()
    frame["by_when"] = frame["by_when"].map(day)
    frame["panel"] = frame["recommendation"].map(final).fillna("not put to the panel")
    return frame.sort_values(["organisation", "recommendation"])


def panel(release: Release) -> str:
    """Return who rated, how often, and by which rule."""
    if not release.has("recommendations.panellists_first"):
        return NO_PANEL
    said = {name: release.number(f"recommendations.{name}") for name in ("panellists_first", "panellists_last")}
    rule = release.table("recommendations/rule")["sentence"].iloc[0]
    shown = release.table("recommendations/panel")
    if shown["round"].nunique() == 1:
        return f"A panel rated items from 1 to 9 in one round; {said['panellists_first']} panellists rated. {rule}"
    return (
        f"A panel rated items from 1 to 9 in {release.number('recommendations.round_last')} rounds. In the first round "
        f"{said['panellists_first']} panellists rated, in the last {said['panellists_last']}. {reworded(shown)} {rule}"
    )


def reworded(shown: pd.DataFrame) -> str:
    """Return how many items were reworded between rounds, and how often, from the panel's table."""
    changed = shown[shown["reworded"].astype(bool)]
    items, times = changed["item"].nunique(), len(changed)
    if not times:
        return "No item was reworded between rounds."
    once = f"{items} item{' was' if items == 1 else 's were'} reworded between rounds"
    return f"{once}." if times == items else f"{once}, {times} times in all."


def chosen(release: Release) -> str:
    """Return whether the study's own definition of consensus stood before the votes."""
    held = release.table("recommendations/rule")
    if held.empty or not isinstance(held["first_vote"].iloc[0], str):
        return "It will decide; no panel has rated yet."
    changed = release.table("recommendations/rule_changes")
    late = changed[(changed["timing"] == declaration.AFTER) & changed["setting"].isin(("consensus_rule", *LIMITS))]
    own = late["setting"].isin(("consensus_rule", *LIMITS_OF[held["consensus_rule"].iloc[0]]))
    mine, theirs = (" and ".join(dict.fromkeys(map(day, late.loc[which, "date"]))) for which in (own, ~own))
    said = f"It was changed after the first vote, on {mine}." if mine else "It was chosen before the votes."
    also = f" A limit of another definition was changed after the first vote, on {theirs}." if theirs else ""
    return f"{said} The others decide nothing.{also}"


def comments(release: Release) -> tuple[pd.DataFrame, str]:
    """Return the first comments on each item, as many as a page holds, and the note under them."""
    table = release.table("recommendations/comments")
    first = table.groupby(["item", "round"], sort=True).head(MOST_COMMENTS).fillna({"attribution": "Not given"})
    return first, "All released comments stand in release/recommendations/comments." if len(table) else ""


def sides(groups: pd.DataFrame, panel_results: pd.DataFrame, dimension: str = "Lay and professional") -> pd.DataFrame:
    """Set the medians of the sides of the panel beside one another, in the last round of each item.

    Returns
    -------
    pandas.DataFrame
        ``recommendation, item`` and one column a side; blank where the small-number rule withholds it.
    """
    last = panel_results.loc[panel_results["final"].astype(bool), ["item", "round", "recommendation"]]
    mine = groups[groups["dimension"] == dimension].merge(last, on=["item", "round"])
    wide = mine.pivot(index=["recommendation", "item"], columns="panel_group", values="median").reset_index()
    held = mine[mine["median"].isna()][["recommendation", "item"]].drop_duplicates().assign(suppressed="small number")
    return wide.merge(held, on=["recommendation", "item"], how="left") if len(held) else wide


def headings(sides_table: pd.DataFrame) -> dict[str, str]:
    """Return the headings of a table of sides; the item is named where a recommendation has several."""
    several = sides_table["recommendation"].duplicated().any()
    named = {"recommendation": "No.", **({"item": "Item"} if several else {})}
    return named | {name: name for name in sides_table if name not in ("recommendation", "item", "suppressed")}


def one_decimal(sides_table: pd.DataFrame) -> dict[str, tuple[str, int]]:
    """Return how medians are printed in a table of sides."""
    return {name: ("score", 1) for name in sides_table if name not in ("recommendation", "item", "suppressed")}


def standing(release: Release) -> str:
    """Return how many recommendations stand under each definition of consensus."""
    table = release.table("recommendations/sensitivity")
    if table.empty:
        return NO_PANEL
    n = table["recommendation"].nunique()
    stands = table[table["stands"].astype(bool)].groupby("recommendation").size()
    always = int((stands == table["definition"].nunique()).sum())
    return f"Of {n} recommendations, {always} stand under every one of the definitions shown."
