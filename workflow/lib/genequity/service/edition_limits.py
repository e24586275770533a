"""What an edition says about its own limits: how sure it is, what is withheld, and what nobody can measure from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genequity.groups import named
from genequity.numbers import say
from genequity.service.edition_text import Gap, joined

if TYPE_CHECKING:
    import pandas as pd

    from genequity.notebook import Release


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
        "A gap is called clear where its interval holds no zero.",
        "No clear difference does not mean no difference.",
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
    lines.append("Differences are associations. They do not say why.")
    return [line for line in lines if line]


def withheld(frames: dict[str, pd.DataFrame], region: str) -> str:
    """Say how many of the region's counts are withheld in the tables behind an edition, and for whom."""
    rows = frames["pathway"]
    rows = rows[(rows["region"] == region) & rows["suppressed"].fillna("").astype(bool)]
    if rows.empty:
        return "No count of this edition is withheld."
    count = "1 count is" if len(rows) == 1 else f"{len(rows)} counts are"
    who = joined(sorted(set(rows["group"])))
    return f"{count} withheld, since small numbers could identify people: {who}."


def _clusters(adjusted: pd.DataFrame, region: str) -> str:
    rows = adjusted[adjusted["final"] & (adjusted["region"] == region)]
    providers = rows["clusters"].dropna()
    if providers.empty:
        return ""
    return f"The region has {say(providers.min(), 'providers')} providers. Few providers make intervals less certain."


def unmeasured(frames: dict[str, pd.DataFrame], region: str, release: Release) -> list[str]:
    """Return what these data cannot measure for the region, and how completely groups are recorded."""
    national = release.study["national"]
    shares = frames["completeness"].set_index(["region", "status"])["share"]
    known = shares.get((region, "Known"))
    lines = []
    if known == known and known is not None:
        here, everywhere = (say(1 - share, "proportion", 1) for share in (known, shares[(national, "Known")]))
        beside = "" if region == national else f" ({everywhere} in all regions)"
        lines.append(f"- The group of {here} of people is not known here{beside}.")
    groups = named(frames["pathway"]["group"])
    if any("other" in group.casefold() for group in groups):
        lines.append("- “Other” groups hold people with little in common.")
    return ["\n".join(lines)]
