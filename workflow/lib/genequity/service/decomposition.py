"""At which step of the pathway a gap arises, and whether it is one of composition or of rates.

The chance of coming to the end of the pathway is the product of the chances of its steps. Das Gupta's decomposition
shares the difference of two such products out to the steps, so that the parts sum to the whole. Within a step,
Kitagawa's decomposition separates who the records are of (age, sex, deprivation) from what happens to like records.

Sources: Das Gupta (1993), Standardization and decomposition of rates; Kitagawa (1955), J Am Stat Assoc 50:1168.
"""

from __future__ import annotations

from itertools import combinations
from math import factorial
from typing import TYPE_CHECKING, Any

import numpy as np

from genequity.service import intervals, stages

if TYPE_CHECKING:
    import pandas as pd

TOTAL = "total"
LIKE = ("age", "sex", "deprivation")  # covariates that make records alike; regions would leave strata empty


def das_gupta(group, comparator) -> np.ndarray:
    """Return the part of each factor in the difference of two products; the parts sum to the difference.

    Parameters
    ----------
    group, comparator : array_like, shape (factors,)
        The factors of each product.
    """
    a, b = np.asarray(comparator, float), np.asarray(group, float)
    size = len(a)
    parts = np.zeros(size)
    for k in range(size):
        others = [j for j in range(size) if j != k]
        for taken in range(size):
            weight = factorial(taken) * factorial(size - 1 - taken) / factorial(size)
            for chosen in combinations(others, taken):
                factors = [b[j] if j in chosen else a[j] for j in others]
                parts[k] += weight * np.prod(factors)
    return parts * (b - a)


def gradient(group, comparator) -> np.ndarray:
    """Return how each part of :func:`das_gupta` changes with each factor, shape (factors, 2 x factors).

    Each part is linear in any one factor, so the difference between the factor at one and at zero is exact.
    """
    at = np.concatenate([np.asarray(group, float), np.asarray(comparator, float)])
    size, columns = len(at) // 2, []
    for j in range(len(at)):
        one, none = at.copy(), at.copy()
        one[j], none[j] = 1.0, 0.0
        columns.append(das_gupta(one[:size], one[size:]) - das_gupta(none[:size], none[size:]))
    return np.array(columns).T


def kitagawa(group: tuple, comparator: tuple) -> tuple[float, float]:
    """Return (composition, rate): the two parts of the difference between two shares; they sum to it.

    Parameters
    ----------
    group, comparator : tuple of arrays
        Records and events in each stratum. A stratum without records in one of the two takes the other's share: its
        difference is then one of composition.
    """
    (n, r), (m, s) = ((np.asarray(x, float) for x in pair) for pair in (group, comparator))
    w, v, p, q = _weights_and_shares(n, r, m, s)
    return float(np.sum((w - v) * (p + q) / 2)), float(np.sum((w + v) / 2 * (p - q)))


def _weights_and_shares(n, r, m, s):
    with np.errstate(divide="ignore", invalid="ignore"):
        p, q = r / n, s / m
    p, q = np.where(n > 0, p, q), np.where(m > 0, q, p)
    return n / n.sum(), m / m.sum(), np.nan_to_num(p), np.nan_to_num(q)


def gaps(
    cells: pd.DataFrame,
    section: dict[str, Any],
    *,
    comparator: str,
    national: str,
) -> pd.DataFrame:
    """Return each step's part in every group's gap to the comparator, in every region and in all together.

    Parameters
    ----------
    cells : pandas.DataFrame
        From :func:`genequity.service.records.write_cells`.
    section : dict
        The config section: start, pathway, adjust, cluster, methods.
    comparator, national : str
        The group compared with; the label of all regions together.

    Returns
    -------
    pandas.DataFrame
        The table ``service/gap_steps``: one row a step, and one with the total.
    """
    import pandas as pd

    steps = stages.main_line(section["start"], section["pathway"])
    names = stages.labels(section["start"], section["pathway"])
    like = [c for c in LIKE if c in {name for covariates in section["adjust"].values() for name in covariates}]
    cells = cells.assign(age=_banded(cells["age_from"], section["methods"]["model_ages"]))
    rows = []
    regions = sorted(set(cells["region"]) - {national})
    for region in [*(regions if len(regions) > 1 else []), national]:
        here = cells if region == national else cells[cells["region"] == region]
        cluster = section["cluster"] or "provider"
        wanted = dict.fromkeys(f"{kind}_{step}" for step in steps for kind in ("eligible", "reached"))
        counts = here.groupby(["group", cluster], dropna=False)[list(wanted)].sum()
        clustered = section["cluster"] and here[cluster].nunique() >= section["methods"]["min_clusters"]
        for group in sorted(set(here["group"]) - {comparator}):
            pair = [counts.loc[name] if name in counts.index else counts.head(0) for name in (group, comparator)]
            part = _one(pair, steps, bool(clustered), section["methods"]["level"])
            for row in part:
                row["variance"] = "" if row["reason"] else f"by {cluster}" if clustered else "records independent"
                if row["step"] != TOTAL and not row["reason"]:
                    by = cluster if clustered else None
                    row |= _within(here, row["step"], like, (group, comparator), by, section["methods"])
            for place, row in enumerate(part, 1):
                rows.append(
                    row
                    | {"place": place, "label": names.get(row["step"], "Whole pathway"), "region": region}
                    | {"group": group, "comparator": comparator}
                )
    return pd.DataFrame(rows)


def _banded(age, bounds):
    bounds = np.sort(bounds)
    return np.where(age < 0, -1, bounds[np.maximum(np.searchsorted(bounds, age, side="right") - 1, 0)])


def _one(pair, steps, clustered, level) -> list[dict[str, Any]]:
    """Return the rows of one group in one region: a row a step, then the total."""
    eligible = np.array([[part[f"eligible_{step}"].sum() for step in steps] for part in pair], float)
    reached = np.array([[part[f"reached_{step}"].sum() for step in steps] for part in pair], float)
    blank = dict.fromkeys(
        ("contribution", "low", "high", "composition", "composition_low", "composition_high", "rate", "rate_low",
         "rate_high"), np.nan,
    )  # fmt: skip
    rows = [
        {"step": step, "eligible": int(eligible[0, k]), "reached": int(reached[0, k])}
        | {"comparator_eligible": int(eligible[1, k]), "comparator_reached": int(reached[1, k])}
        | blank
        | {"reason": ""}
        for k, step in enumerate(steps)
    ]
    ends = {"eligible": int(eligible[0, 0]), "reached": int(reached[0, -1])}
    ends |= {"comparator_eligible": int(eligible[1, 0]), "comparator_reached": int(reached[1, -1])}
    rows.append({"step": TOTAL} | ends | blank | {"reason": ""})
    if (eligible <= 0).any():
        return [row | {"reason": "no record reached one of the steps"} for row in rows]
    shares = reached / eligible
    parts, slopes = das_gupta(*shares), gradient(*shares)
    slopes = np.vstack([slopes, slopes.sum(axis=0)])
    if clustered:
        variance = np.diag(slopes @ _clustered(pair, steps, shares, eligible) @ slopes.T)
    else:
        variance = (slopes**2) @ (shares * (1 - shares) / eligible).ravel()
    width = intervals.z_of(level) * np.sqrt(variance)
    for row, value, half in zip(rows, [*parts, parts.sum()], width):
        row |= {"contribution": value, "low": value - half, "high": value + half}
    return rows


def _clustered(pair, steps, shares, eligible) -> np.ndarray:
    """Return the covariance of both groups' shares at all steps, records of a cluster being alike."""
    import pandas as pd

    parts = [
        (part[f"reached_{step}"] - shares[g, k] * part[f"eligible_{step}"]) / eligible[g, k]
        for g, part in enumerate(pair)
        for k, step in enumerate(steps)
    ]
    scores = pd.concat(parts, axis=1).fillna(0.0).to_numpy(float)
    return scores.T @ scores * len(scores) / max(len(scores) - 1, 1)


def _within(here, step, like, names, cluster, methods) -> dict[str, float]:
    """Return Kitagawa's two parts of the difference between the shares of one step, with intervals.

    The variance is that of the parts' linearisation: how much each record moves them.
    """
    here = here[here["group"].isin(names) & (here[f"eligible_{step}"] > 0)]
    strata = here.groupby(like, sort=True).ngroup().to_numpy() if like else np.zeros(len(here), int)
    size = strata.max() + 1
    n, r = (here[f"{kind}_{step}"].to_numpy(float) for kind in ("eligible", "reached"))
    own = (here["group"] == names[0]).to_numpy()
    sums = [np.bincount(strata[mask], value[mask], size) for mask in (own, ~own) for value in (n, r)]
    w, v, p, q = _weights_and_shares(*sums)
    composition, rate = kitagawa(tuple(sums[:2]), tuple(sums[2:]))
    found = {}
    # Where one of the two has no records, the other's share counts alone, and it is all composition.
    alone = (sums[0] == 0) | (sums[2] == 0)
    mixed, paired = np.where(alone, w - v, (w - v) / 2), np.where(alone, 0.0, (w + v) / 2)
    for name, value, shift, slopes, sign in (
        ("composition", composition, (p + q) / 2, (mixed, mixed), -1.0),
        ("rate", rate, (p - q) / 2, (paired, -paired), 1.0),
    ):
        total, spread = np.zeros(len(n)), 0.0
        for mask, weight, share, count, slope, turn in (
            (own, w, p, sums[0], slopes[0], 1.0),
            (~own, v, q, sums[2], slopes[1], sign),
        ):
            moved = turn * (shift - np.sum(weight * shift)) / count.sum()
            per = np.where(count > 0, slope / np.maximum(count, 1), 0.0)
            at = strata[mask]
            total[mask] = n[mask] * moved[at] + per[at] * (r[mask] - share[at] * n[mask])
            spread += np.sum(count * (moved**2 + per**2 * share * (1 - share)))
        if cluster:
            by = np.bincount(here.groupby(cluster, dropna=False).ngroup().to_numpy(), total)
            spread = float(np.sum(by**2)) * len(by) / max(len(by) - 1, 1)
        half = intervals.z_of(methods["level"]) * np.sqrt(spread)
        found |= {name: value, f"{name}_low": value - half, f"{name}_high": value + half}
    return found


def aligned(frame: pd.DataFrame, pathway: pd.DataFrame) -> pd.DataFrame:
    """Blank the rows of which a count is withheld in the released pathway: the two tables hold the same counts.

    Parameters
    ----------
    frame : pandas.DataFrame
        The protected table ``service/gap_steps``.
    pathway : pandas.DataFrame
        The released table ``service/pathway``.
    """
    import pandas as pd

    from genequity.release import SECOND
    from genequity.tables import SUPPRESSED

    blank = pathway[pathway[["eligible", "reached"]].isna().any(axis=1)]
    gone = set(blank[["stage", "region", "group"]].itertuples(index=False, name=None))
    anywhere = {(region, group) for stage, region, group in gone if stage in set(frame["step"])}

    def lost(row) -> bool:
        pairs = [(row.region, name) for name in (row.group, row.comparator)]
        return any(pair in anywhere if row.step == TOTAL else (row.step, *pair) in gone for pair in pairs)

    hidden = pd.Series([lost(row) for row in frame.itertuples()], index=frame.index, dtype=bool)
    keep = {"step", "place", "label", "region", "group", "comparator", "variance", "reason", SUPPRESSED}
    frame = frame.copy()
    for column in frame.columns.difference(sorted(keep)):
        frame[column] = frame[column].mask(hidden)
    frame[SUPPRESSED] = frame[SUPPRESSED].mask(hidden & frame[SUPPRESSED].isna(), SECOND)
    return frame
