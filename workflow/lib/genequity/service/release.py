"""The release step of this strand: the shared rule, then shares and intervals anew from the protected counts."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from genequity import tables
from genequity.release import profile, protect
from genequity.service import (
    adequacy,
    decomposition,
    funnel,
    interaction,
    misclassification,
    pathway,
    recording,
    rule_models,
    rules,
)


def release(restricted: Iterable[str], released: Iterable[str], profile_name: str, level: float, seed: int) -> None:
    """Protect and write the strand's tables.

    Parameters
    ----------
    restricted, released : iterables of str
        Paths in the same order and with the same file names; the pathway and the strata stand before what repeats
        their counts.
    profile_name : str
        The study's small-number profile.
    level : float
        Confidence level of the intervals that are derived again.
    seed : int
        The study's: intervals that are drawn are drawn again from the protected counts.
    """
    rule, crossed = profile(profile_name), None
    for source, target in zip(restricted, released, strict=True):
        name = f"service/{Path(source).stem}"
        frame, also = tables.read(source, name), None
        if name == "service/interaction":
            also = interaction.withheld(frame, crossed, rule)
        frame = protect(frame, tables.schema(name), rule, also)
        if name == "service/pathway":
            frame = shown = pathway.shares(frame, level)
        if name == "service/strata":
            crossed = frame
        if name == "service/adequacy":
            frame = adequacy.judged(frame)
        if name == "service/gap_steps":
            frame = decomposition.aligned(frame, shown)
        if name == "service/funnel":
            frame = funnel.limits(frame)
        if name == "service/resolution_rules":
            frame = rules.differences(frame)
        if name == "service/recording":
            frame = recording.shares(frame)
        if name == "service/resolution_models":
            frame = rule_models.moved(frame)
        if name == "service/misclassification":
            frame = misclassification.released(frame, level, seed)
        tables.write(frame, target, name)
