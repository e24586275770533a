"""The method decides the defaults: what a study may claim, and how it counts.

``framework`` and ``codebook`` (framework method, codebook thematic analysis) compare coders, count participants and may
speak of saturation. ``reflexive`` (reflexive thematic analysis; Braun and Clarke, 2021, "One size fits all?",
Qualitative Research in Psychology 18(3):328-352) makes none of these claims: themes are developed by the researcher, so
there is no true coding to agree on, no point at which the data are exhausted, and no share of people to carry over.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

METHODS = {
    "framework": {"agreement": True, "saturation": True, "shares": True},
    "codebook": {"agreement": True, "saturation": True, "shares": True},
    "reflexive": {"agreement": False, "saturation": False, "shares": False},
}
NAMES = {
    "framework": "the framework method",
    "codebook": "codebook thematic analysis",
    "reflexive": "reflexive thematic analysis",
}
WHY = {
    "agreement": "Reflexive thematic analysis treats coding as interpretation, so agreement of coders is not a measure "
    "of its quality and is not computed.",
    "saturation": "Reflexive thematic analysis develops meaning rather than exhausts it, so no saturation is claimed.",
    "shares": "Reflexive thematic analysis gives no shares of participants.",
}
OFF = "Saturation is not assessed: the config switches it off."
LEAST_FOR_SHARES = 30  # ASSUME: of fewer people a percentage suggests a precision that is not there


def allows(methods: Mapping[str, Any], claim: str) -> bool:
    """Whether a study's method makes a claim: ``agreement``, ``saturation`` or ``shares``."""
    return METHODS[methods["method"]][claim] and not (claim == "saturation" and methods.get("saturation") is False)


def share(raised: int, of: int, *, allowed: bool) -> float | None:
    """Return the share of participants who raise a theme, where the method and their number allow one.

    >>> share(6, 10, allowed=True) is None, share(18, 30, allowed=True), share(18, 30, allowed=False) is None
    (True, 0.6, True)
    """
    return raised / of if allowed and of >= LEAST_FOR_SHARES else None


def choices(methods: Mapping[str, Any]) -> pd.DataFrame:
    """Return what the method of a study decides: ``choice, value, why``; why is blank where a claim is made."""
    rows = [["method", NAMES[methods["method"]], None]]
    for claim in ("agreement", "saturation", "shares"):
        made = allows(methods, claim)
        why = None if made else WHY[claim] if not METHODS[methods["method"]][claim] else OFF
        rows.append([claim, "yes" if made else "no", why])
    return pd.DataFrame(rows, columns=["choice", "value", "why"])


def facts(methods: Mapping[str, Any], cases: pd.DataFrame, *, framed: bool = False) -> dict[str, str]:
    """Return what the settings say of a study in words, for the reporting checklists."""
    unit = {"source": "transcript"}.get(methods["unit"], methods["unit"])
    settings = sorted(set(cases["setting"]) - {""})
    return {
        "method": NAMES[methods["method"]],
        "decide": methods["decide"],
        "unit": unit,
        "settings": " and ".join(f"{name}s" for name in settings),
        "agreement": "yes" if allows(methods, "agreement") else "",
        "saturation": "yes" if allows(methods, "saturation") else "",
        "people": "yes" if settings else "",
        "frame": "yes" if framed else "",
    }
