"""Funnel limits for providers and regions: how far a share may lie from that of all by chance alone.

Limits of 95% and 99.8% around the share of all, as OHID's Fingertips draws them, and the same with over-dispersion:
where units differ by more than chance, the variance between them is added: only those outside the crowd stand out.

Over-dispersion is estimated from z scores winsorised by a tenth at each end, after Spiegelhalter (2005), so that the
units that stand out do not hide themselves. Our rule: from 20 units, of which a tenth is two at each end. Of fewer
every z score counts as it is. There the quantiles lie between the outermost units: drawing these in would lower phi
where units differ by chance alone, narrow the limits, and let regions stand out that do not.

Sources: Spiegelhalter (2005), Stat Med 24:1185, and Spiegelhalter et al. (2012), J R Stat Soc A 175:1; UKHSA,
PHEindicatormethods; FunnelPlotR.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from genequity.service import intervals

if TYPE_CHECKING:
    import pandas as pd

LEVELS = {"95": 0.95, "998": 0.998}
WINSORISED = 0.1  # share of the z scores at each end that are drawn in before over-dispersion is estimated
FEWEST_WINSORISED = 20  # with fewer units none is drawn in: a tenth would be less than two at each end
FEWEST_UNITS = 5  # with fewer units over-dispersion is not estimated
ALL_PROVIDERS = "All providers"
LIMITS = [f"{kind}{side}{level}" for kind in ("", "wide_") for level in LEVELS for side in ("low", "high")]


def proportion_limits(total, target: float, level: float):
    """Return (lower, upper) limits of a share of so many records when the true share is ``target``."""
    n = np.asarray(total, float)
    half = intervals.z_of(level) * np.sqrt(target * (1 - target) / np.where(n > 0, n, np.nan))
    return np.maximum(target - half, 0.0), np.minimum(target + half, 1.0)


def ratio_limits(expected, level: float):
    """Return (lower, upper) exact Poisson limits of a ratio of events over so many expected, when the true one is 1."""
    e = np.asarray(expected, float)
    low, high = intervals.exact_poisson(e, level)
    return low / e, high / e


def winsorised(z, share: float = WINSORISED) -> np.ndarray:
    """Return z scores with those beyond the ``share`` and 1 - ``share`` quantiles drawn in to them."""
    z = np.asarray(z, float)
    low, high = np.quantile(z, [share, 1 - share])
    return np.clip(z, low, high)


def truncated(z, share: float = WINSORISED) -> np.ndarray:
    """Return z scores without the ``share`` of them at either end, rounded down, as the SHMI does."""
    z = np.sort(np.asarray(z, float))
    cut = int(share * len(z))
    return z[cut : len(z) - cut]


def dispersion(z) -> float:
    """Return phi, the mean of the squared z scores: 1 where units differ by chance alone."""
    return float(np.mean(np.asarray(z, float) ** 2))


def between(phi: float, error, units: int) -> float:
    """Return tau squared, the variance between units beyond chance (DerSimonian & Laird); 0 where there is none.

    Parameters
    ----------
    phi : float
        From :func:`dispersion`.
    error : array_like
        Standard error of each unit's value under the target.
    units : int
        Number of z scores behind phi.
    """
    weight = 1 / np.asarray(error, float) ** 2
    if units * phi < units - 1:
        return 0.0
    return float((units * phi - (units - 1)) / (weight.sum() - np.sum(weight**2) / weight.sum()))


def limits(counts: pd.DataFrame) -> pd.DataFrame:
    """Add each unit's share, funnel limits and what lies outside them; used again on the protected counts.

    Parameters
    ----------
    counts : pandas.DataFrame
        ``outcome, kind, region, provider, eligible, reached`` of units of one kind an outcome (providers, regions), and
        the rows of all providers of a region.

    Returns
    -------
    pandas.DataFrame
        With ``share, target, phi, tau``, limits and ``position``. Shares are compared on the scale of the arcsine of
        the square root, on which chance alone is alike for all.
    """
    import pandas as pd

    parts = []
    for _, part in counts.groupby(["outcome", "kind"], sort=False):
        n, r = (part[name].astype("Float64").to_numpy(float, na_value=np.nan) for name in ("eligible", "reached"))
        given = (n > 0) & ~np.isnan(r)
        target = float(r[given].sum() / n[given].sum()) if given.any() else np.nan
        share = np.minimum(np.divide(r, n, out=np.full(len(n), np.nan), where=given), 1.0)
        part = part.assign(
            share=share, target=target, phi=np.nan, tau=np.nan, position="", **dict.fromkeys(LIMITS, np.nan)
        )
        if given.sum() >= 2 and 0 < target < 1:
            error = np.where(given, 1 / (2 * np.sqrt(np.where(given, n, 1.0))), np.nan)
            middle = np.arcsin(np.sqrt(target))
            z = (np.arcsin(np.sqrt(share)) - middle) / error
            tau2 = 0.0
            if given.sum() >= FEWEST_UNITS:
                phi = dispersion(winsorised(z[given]) if given.sum() >= FEWEST_WINSORISED else z[given])
                tau2 = between(phi, error[given], int(given.sum()))
                part = part.assign(phi=phi, tau=np.sqrt(tau2))
            for name, level in LEVELS.items():
                low, high = proportion_limits(n, target, level)
                reach = intervals.z_of(level) * np.sqrt(error**2 + tau2)
                wide = [np.sin(np.clip(middle + side * reach, 0, np.pi / 2)) ** 2 for side in (-1, 1)]
                part = part.assign(
                    **{f"low{name}": np.where(given, low, np.nan), f"high{name}": np.where(given, high, np.nan)}
                )
                part = part.assign(**{f"wide_low{name}": wide[0], f"wide_high{name}": wide[1]})
            part["position"] = [_position(row) for row in part.to_dict("records")]
        parts.append(part)
    blank = dict.fromkeys(("share", "target", "phi", "tau", *LIMITS), np.nan)
    return pd.concat(parts, ignore_index=True) if parts else counts.assign(**blank, position="")


def _position(row: dict[str, Any]) -> str:
    """Say where a share lies, over-dispersion allowed for."""
    if np.isnan(row["share"]):
        return "not given"
    for name, words in (("998", "99.8%"), ("95", "95%")):
        if row["share"] < row[f"wide_low{name}"]:
            return f"below the {words} limits"
        if row["share"] > row[f"wide_high{name}"]:
            return f"above the {words} limits"
    return "within the limits"


def counts(cells: pd.DataFrame, section: dict[str, Any], labels: dict[str, str], national: str) -> pd.DataFrame:
    """Return the records of each stage by provider and by region, all groups together.

    Parameters
    ----------
    cells : pandas.DataFrame
        From :func:`genequity.service.records.write_cells`.
    section : dict
        The config section.
    labels : dict
        Stage id -> label.
    national : str
        Label of all regions together.
    """
    import pandas as pd

    parts = []
    for place, stage in enumerate(section["pathway"], 1):
        kind = {f"eligible_{stage['id']}": "eligible", f"reached_{stage['id']}": "reached"}
        own = cells.rename(columns=kind)
        facts = {"outcome": stage["id"], "place": place, "label": labels[stage["id"]]}
        if section["fields"].get("provider"):
            own = own.assign(provider=own["provider"].fillna("Not known"))
            by = own.groupby(["region", "provider"], as_index=False)[["eligible", "reached"]].sum()
            parts.append(by.assign(kind="provider", **facts))
        if set(cells["region"]) != {national}:
            by = own.groupby("region", as_index=False)[["eligible", "reached"]].sum()
            parts.append(by.assign(kind="region", provider=ALL_PROVIDERS, **facts))
    columns = ["outcome", "place", "label", "kind", "region", "provider", "eligible", "reached"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)
