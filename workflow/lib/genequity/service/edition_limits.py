"""What an edition says about its own limits: how sure it is, what is withheld, and what nobody can measure from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genequity.groups import ordered
from genequity.notebook import or_absent
from genequity.numbers import say
from genequity.service.adequacy import ADEQUATE, NONE, WITHHELD
from genequity.service.edition_text import NAMED, Gap, joined, methods, one_in

if TYPE_CHECKING:
    import pandas as pd

    from genequity.notebook import Release

# Not the same: to decline is an answer.
UNKNOWN = (
    ("Not known", "The group of {} of people is not known"),
    ("Not stated", "Of all people, {} declined to state theirs"),
)


def sure(frames: dict[str, pd.DataFrame], found: list[Gap], region: str, release: Release) -> list[str]:
    """Return sentences on intervals, numbers, withheld values and chance.

    Parameters
    ----------
    frames : dict
        Released tables of the strand by name.
    found : list of Gap
        Gaps of the region.
    region : str
        What the edition is about.
    release : Release
        For the level of the intervals and the small-number rule.
    """
    level = release.number("service.level")
    lines = [
        f"Brackets hold {level} intervals: how far chance alone could move a value.",
        "A gap is called clear where its interval holds no zero. "
        f"About {one_in(methods(release)['level'])} looks so by chance.",
    ]
    given = [gap for gap in found if gap.records == gap.records]
    if given:
        least = min(given, key=lambda gap: gap.records)
        lines.append(f"The smallest group compared here, {least.group}, has {say(least.records, 'records')} records.")
    lines.append(withheld(frames, region))
    if release.study.get("release_rule"):
        lines.append(f"Small-number rule: {release.study['release_rule'].partition(' (')[0].rstrip('.')}.")
    if region != release.study["national"]:
        lines.append(_clusters(frames["adjusted"], region))
    lines.append("No clear difference does not mean no difference. Differences are associations: they do not say why.")
    return [line for line in lines if line]


def withheld(frames: dict[str, pd.DataFrame], region: str) -> str:
    """Say how many of the region's counts are withheld in the tables behind an edition, and for whom."""
    rows = frames["pathway"]
    rows = rows[(rows["region"] == region) & rows["suppressed"].fillna("").astype(bool)]
    if rows.empty:
        return "No count of this edition is withheld."
    count = "1 count is" if len(rows) == 1 else f"{len(rows)} counts are"
    groups = ordered(rows["group"])
    names = joined(groups) if len(groups) <= NAMED else f"{len(groups)} groups"
    return f"{count} withheld, since small numbers could identify people: {names}."


def _clusters(adjusted: pd.DataFrame, region: str) -> str:
    rows = adjusted[adjusted["final"] & (adjusted["region"] == region)]
    providers = rows["clusters"].dropna()
    if providers.empty:
        return ""
    return f"The region has {say(providers.min(), 'providers')} providers. Few providers make intervals less certain."


def scorecard(adequacy: pd.DataFrame, region: str) -> pd.DataFrame:
    """Return the fields and stages that the data of a region cannot show, or show in part: what cannot stands first.

    Parameters
    ----------
    adequacy : DataFrame
        ``service/adequacy``.
    region : str
        One region, or the name of all of them.
    """
    rows = adequacy[(adequacy["region"] == region) & (adequacy["verdict"] != ADEQUATE)]
    rows = rows.assign(
        last=rows["verdict"] != NONE,
        holder=rows["holder"].fillna("").replace("", "–"),
        why=[_why(row) for row in rows.itertuples()],
        told=[_told(row) for row in rows.itertuples()],
    )
    if rows.empty:
        return or_absent(rows, "Every field and stage that the study asked for is adequate.")
    return rows.sort_values(["last", "place"])


def _why(row) -> str:
    if isinstance(row.reason, str) and row.reason:
        return row.reason
    if row.verdict == WITHHELD or row.complete != row.complete:
        return "Its counts are withheld."
    asked = say(row.adequate_from, "proportion")
    return f"{say(_valid(row), 'proportion')} of records can be used; {asked} are asked for."


def _told(row) -> str:
    """Return the verdict, with the share of records that can be used where some can."""
    used = _valid(row)
    given = row.verdict != NONE and used == used
    return f"{row.verdict} ({say(used, 'proportion')} can be used)" if given else str(row.verdict)


def _valid(row) -> float:
    return row.complete * (row.validity if row.validity == row.validity else 1)


def unmeasured(frames: dict[str, pd.DataFrame], region: str, national: str) -> tuple[str, pd.DataFrame]:
    """Return how completely groups are recorded in a region, and its scorecard.

    Parameters
    ----------
    frames : dict
        Released tables of the strand by name.
    region, national : str
        What the edition is about, and the name of all regions.
    """
    shares = frames["completeness"].set_index(["region", "status"])["share"]
    said = "".join(_unknown(shares, *each, region, national) for each in UNKNOWN)
    return f"{said}These data cannot show what follows, or show it in part.", scorecard(frames["adequacy"], region)


def _unknown(shares: pd.Series, status: str, words: str, region: str, national: str) -> str:
    """Say what share of the region's people have one status, beside that of all regions; nothing where withheld."""
    here, everywhere = shares.get((region, status)), shares.get((national, status))
    if here is None or here != here:
        return ""
    told = words.format(say(here, "proportion", 1))
    given = region != national and everywhere is not None and everywhere == everywhere
    return f"{told} ({say(everywhere, 'proportion', 1)} in all regions). " if given else f"{told}. "
