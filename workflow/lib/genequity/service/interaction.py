"""Additive interaction: is the gap of a group wider where another dimension weighs too, as deprivation or sex?

Each group against the comparator is one factor, one end of a second dimension against the other is the second. Four
shares then stand side by side, standardised over the other covariates: of *both*, of the *group* alone, of the *level*
alone and of *neither*. On the additive scale they interact where the two gaps differ:

- *difference of differences*: (both - level) - (group - neither), a difference of two risk differences;
- *RERI*, the relative excess risk due to interaction: the same, divided by the share of neither;
- *AP*, the attributable proportion: RERI divided by the ratio of both;
- *S*, the synergy index: the excess of both over the sum of the two single excesses.

RERI, AP and S come from risk ratios, and beside them from odds ratios, which come near only where the outcome is rare.
Where a factor lowers the share they are hard to read, so that the difference leads; for those who need them they are
also given *recoded*, the lowest of the four shares taking the place of neither (Knol et al., 2011).

Sources: Rothman (1986) for the measures; Hosmer & Lemeshow (1992) for their intervals by the delta method, that of S on
the log scale; Knol, VanderWeele, Groenwold, Klungel, Rovers & Grobbee (2011), Eur J Epidemiol 26:433, for preventive
factors; VanderWeele & Knol (2014), Epidemiol Methods 3:33, for the whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from genequity.groups import named, ordered
from genequity.service import adjusted, contrasts, glm
from genequity.service import variance as variances

if TYPE_CHECKING:
    import pandas as pd

    from genequity.release import Profile

CELLS = ("both", "group", "level", "neither")
METHOD = "logistic with a product term, maximum likelihood"
NO_FACTOR, LOWERS = (
    "neither factor alone lowers the share",
    "a factor lowers the share: RERI, AP and S are hard to read",
)
SAME = "its records lie where every record, or none, reached the stage"
FAR = 1e3  # limits of S so many times apart say nothing, and are left blank
MEASURES = ("reri", "ap", "synergy")
COUNTS = [f"{cell}_{kind}" for cell in CELLS for kind in ("records", "events")]
RISKS = [f"risk_{cell}" for cell in CELLS]
RATIOS = [f"risk_ratio_{cell}" for cell in CELLS[:3]]
LIMITED = ["difference", *(measure + how for how in ("", "_odds", "_recoded") for measure in MEASURES)]
ESTIMATES = [*RISKS, *(name + end for name in LIMITED for end in contrasts.ENDS), "detectable", "p", *RATIOS, "df"]
KEYS = ["outcome", "dimension", "level", "reference", "group", "comparator", "covariates"]
SHARED = ["records", "events", "parameters", "clusters"]
COLUMNS = [
    *KEYS,
    *COUNTS,
    *SHARED,
    *ESTIMATES,
    "p_holm",
    "confidence",
    "reading",
    "lowest",
    "variance",
    "method",
    "reason",
]


def interacting(ratios: NDArray, slopes: NDArray) -> dict[str, contrasts.Contrast]:
    """Return RERI, AP and the logarithm of S of three ratios, with their slopes for the delta method.

    Parameters
    ----------
    ratios : ndarray
        Ratio to neither factor of both, of the first alone and of the second alone.
    slopes : ndarray, 3 x coefficients
        Their derivatives.

    Notes
    -----
    S is left out where the excess of both, or the sum of the single ones, is not above nil: it has no logarithm then,
    and means nothing.

    Source: Hosmer & Lemeshow (1992), Epidemiology 3:452.
    """
    both, first, second = ratios
    reri = both - first - second + 1
    by_part = {
        "reri": (reri, np.array([1.0, -1.0, -1.0])),
        "ap": (reri / both, np.array([(first + second - 1) / both, -1.0, -1.0]) / both),
    }
    found = {name: contrasts.Contrast(float(value), part @ slopes, False) for name, (value, part) in by_part.items()}
    joint, single = both - 1, first + second - 2
    if joint > 0 and single > 0:
        part = np.array([1 / joint, -1 / single, -1 / single])
        found["synergy"] = contrasts.Contrast(float(np.log(joint / single)), part @ slopes, True)
    return found


def of_risks(risks: NDArray, slopes: NDArray) -> dict[str, contrasts.Contrast]:
    """Return the difference of the risk differences, and RERI, AP and S of the risk ratios.

    Parameters
    ----------
    risks : ndarray
        Shares of both, of the group alone, of the level alone and of neither.
    slopes : ndarray, 4 x coefficients
        Their derivatives.
    """
    apart = np.array([1.0, -1.0, -1.0, 1.0])
    ratios = risks[:3] / risks[3]
    by_ratio = (slopes[:3] - ratios[:, None] * slopes[3]) / risks[3]
    return {
        "difference": contrasts.Contrast(float(apart @ risks), apart @ slopes, False),
        **interacting(ratios, by_ratio),
    }


def recoded(risks: NDArray, slopes: NDArray) -> tuple[int, dict[str, contrasts.Contrast]]:
    """Return which of the four shares is lowest, and RERI, AP and S of the ratios to it.

    Its opposite then stands for both factors, so that no ratio lies below one.

    Source: Knol et al. (2011): preventive factors are recoded together, not one at a time.
    """
    lowest = int(np.argmin(risks))
    # Both, group, level and neither are 11, 10, 01 and 00: to turn a factor round is to flip its digit.
    order = np.arange(4) ^ lowest ^ 3
    found = of_risks(risks[order], slopes[order])
    return lowest, {f"{name}_recoded": one for name, one in found.items() if name in MEASURES}


def of_odds(logs: NDArray, slopes: NDArray) -> dict[str, contrasts.Contrast]:
    """Return RERI, AP and S of odds ratios, from the log odds ratios of both, of the group and of the level alone."""
    ratios = np.exp(logs)
    return {f"{name}_odds": one for name, one in interacting(ratios, ratios[:, None] * slopes).items()}


def levels(section: dict[str, Any]) -> dict[str, tuple[str, list[str]]]:
    """Return the second dimensions of the study's strata: each with its reference and the levels held against it.

    Of deprivation the most deprived stands against the least; of sex each against the first, as the config has them.
    """
    by = (section.get("strata") or {}).get("by", [])
    found = {}
    for dimension in by if "group" in by else []:
        field = section["fields"].get(dimension) if dimension != "group" else None
        names = list(dict.fromkeys(field["values"].values())) if field else []
        if len(names) > 1:
            found[dimension] = (names[-1], names[:1]) if dimension == "deprivation" else (names[0], names[1:])
    return found


def table(cells: pd.DataFrame, section: dict[str, Any], *, comparator: str) -> pd.DataFrame:
    """Return the table ``service/interaction``: one row an outcome, dimension, level and known group; national.

    Parameters
    ----------
    cells : pandas.DataFrame
        One row a covariate pattern with ``eligible_<outcome>`` and ``reached_<outcome>``.
    section : dict
        The config section. Its ladder's last model is the one with the product term; the clusters are its own too.
    comparator : str
        The group compared with.

    Returns
    -------
    pandas.DataFrame
        Columns as in :data:`COLUMNS`; empty where the strata of the study do not cross groups with anything.
    """
    import pandas as pd

    methods, rows = section["methods"], []
    cells = adjusted.coarser_ages(cells, methods["model_ages"])
    usual = section["adjust"][list(section["adjust"])[-1]]
    for outcome in section["outcomes"]:
        for dimension, (reference, against) in levels(section).items():
            covariates = [name for name in usual if name != dimension]
            base = {"outcome": outcome, "dimension": dimension, "reference": reference, "comparator": comparator}
            base |= {"covariates": ", ".join(covariates)}
            rows += _one(cells, base, covariates, against, section["cluster"], methods)
    found = pd.DataFrame(rows, columns=COLUMNS)
    return found.assign(p_holm=holm(found["p"].to_numpy(float)) if len(found) else [])


def holm(p: NDArray) -> NDArray:
    """Return p values corrected for their number by Holm's step-down method; blanks stay blank.

    >>> holm(np.array([0.01, np.nan, 0.04]))
    array([0.02,  nan, 0.04])
    """
    out = np.full(len(p), np.nan)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    out[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(order), 0, -1)), 1.0)
    return out


def _one(cells, base, covariates, against, cluster, methods) -> list[dict[str, Any]]:
    """Fit the model of one outcome and dimension; return one row a level and group."""
    dimension, reference, comparator = base["dimension"], base["reference"], base["comparator"]
    by, whole = [dimension, *covariates], methods | {"separated": "leave_out"}
    here = adjusted.sample(cells, base["outcome"], by, comparator, cluster, whole)
    sums = here.known.groupby(["group", dimension])[["n", "events"]].sum()
    base = base | {"records": int(here.known["n"].sum()), "events": int(here.known["events"].sum())}
    base |= {"method": f"{METHOD}; age in bands" if "age" in covariates else METHOD}
    base |= dict.fromkeys(ESTIMATES, np.nan) | {"parameters": None, "clusters": None}
    base |= dict.fromkeys(("reading", "lowest", "variance"), "") | {"confidence": methods["level"]}
    model, why = None, ""
    if here.usable:
        try:
            model = _fitted(here, dimension, reference, covariates, cluster, methods)
        except glm.NotEstimable as error:
            why = str(error)
    rows = []
    for level in against:
        for group in ordered(g for g in named(here.groups) if g != comparator):
            pairs = [(group, level), (group, reference), (comparator, level), (comparator, reference)]
            counts = [[int(value) for value in sums.loc[pair]] if pair in sums.index else [0, 0] for pair in pairs]
            row = base | {"group": group, "level": level} | dict(zip(COUNTS, np.ravel(counts).tolist()))
            reason = here.reasons[group] or _too_few(pairs, counts, methods["min_events"]) or why
            if not reason:
                row |= model.shared(cluster)
                lost = [pair for pair in pairs if pair not in model.pairs]
                reason = (
                    f"{_in_words(lost[0])}: its records lie where every record, or none, reached the stage"
                    if lost
                    else ""
                )
            rows.append(row | (model.estimates(pairs, cluster, methods) if not reason else {}) | {"reason": reason})
    return rows


def _in_words(pair: tuple[str, str]) -> str:
    return ", ".join(pair)


def _too_few(pairs, counts, fewest: int) -> str:
    """Say which of the four cells has too few records, or nothing."""
    for pair, (n, events) in zip(pairs, counts):
        few = adjusted.too_few(n, events, fewest)
        if few:
            return f"{_in_words(pair)}: {few}"
    return ""


@dataclass(frozen=True)
class Crossed:
    """A fitted model with a coefficient for every pair of group and level; the first pair is neither factor."""

    design: glm.Design
    fit: glm.Fit
    records: NDArray
    robust: variances.Variance
    plain: variances.Variance
    pairs: dict[tuple[str, str], int]
    alone: set[int]

    @cached_property
    def standardised(self) -> tuple[NDArray, NDArray]:
        """Share of every pair if all records of the model were of it, with its slopes."""
        few, (records,) = self.design.collapsed(self.records)
        return glm.standardised_risks(few, self.fit.beta, records)

    def shared(self, cluster: str | None) -> dict[str, Any]:
        """Return what all estimates of the model share."""
        return {
            "records": int(self.fit.records),
            "events": int(self.fit.events),
            "parameters": self.design.size,
            "clusters": self.robust.clusters if cluster else None,
        }

    def estimates(self, pairs: list[tuple[str, str]], cluster: str | None, methods: dict[str, Any]) -> dict[str, Any]:
        """Return the estimates of one group and level, from the pairs of both, group, level and neither."""
        at = [self.pairs[pair] for pair in pairs]
        stuck = bool(self.alone & set(at))
        used, level = self.plain if stuck else self.robust, methods["level"]
        risks, slopes = (each[at] for each in self.standardised)
        single = np.eye(self.design.size)[at[:3]]
        found, (lowest, turned) = of_risks(risks, slopes), recoded(risks, slopes)
        row = dict(zip(RISKS, map(float, risks))) | dict(zip(RATIOS, map(float, risks[:3] / risks[3])))
        for name, contrast in (found | turned | of_odds(single @ self.fit.beta, single)).items():
            limits = contrast.interval(used, level)
            if contrast.ratio and not limits[2] < FAR * limits[1]:
                limits = (limits[0], np.nan, np.nan)
            row |= {name + end: value for end, value in zip(contrasts.ENDS, limits)}
        gap = found["difference"]
        row |= {"df": adjusted.finite(used.degrees(gap.slopes)), "p": _p(gap, used)}
        row |= {"detectable": contrasts.detectable(gap, used, level, methods["power"])}
        row |= {"reading": LOWERS if min(row[name] for name in RATIOS[1:]) < 1 else NO_FACTOR}
        row |= {"lowest": _in_words(pairs[lowest])}
        return row | {"variance": _named(used, cluster, stuck)}


def _p(contrast: contrasts.Contrast, used: variances.Variance) -> float:
    """Return the two-sided p value of a contrast of nil."""
    from scipy.stats import norm, t

    error, degrees = contrast.error(used), used.degrees(contrast.slopes)
    if not error > 0:
        return np.nan
    size = abs(contrast.value) / error
    return float(2 * (t.sf(size, degrees) if np.isfinite(degrees) else norm.sf(size)))


def _named(used: variances.Variance, cluster: str | None, stuck: bool) -> str:
    if stuck:
        return f"model-based: records of one of the four are of one {cluster}"
    return adjusted.named_variance(used, cluster, False)


def _fitted(here: adjusted.Sample, dimension, reference, covariates, cluster, methods) -> Crossed:
    """Fit the model on the pairs of group and level in which some records, and not all, reached the stage."""
    patterns, groups = here.patterns, here.usable
    while True:
        patterns = adjusted.informative(patterns[patterns["group"].isin(groups)], covariates)
        sums = patterns.groupby(["group", dimension])[["n", "events"]].sum()
        kept = {pair for pair, n, events in sums.itertuples() if 0 < events < n}
        if len(kept) == len(sums):
            break
        patterns = patterns[[pair in kept for pair in _pairs(patterns, dimension)]]
    first = (groups[0], reference)
    if first not in kept:
        raise glm.NotEstimable(f"{_in_words(first)}: no record, or every record, reached the stage")
    pairs = sorted(kept, key=lambda pair: (pair != first, groups.index(pair[0]), pair[1]))
    place = {pair: i for i, pair in enumerate(pairs)}
    own = np.array([place[pair] for pair in _pairs(patterns, dimension)], np.intp)
    plain, codes = adjusted.design_of(patterns, groups, covariates, cluster)
    factor = glm.Factor(f"group and {dimension}", tuple(map(_in_words, pairs)), own)
    design = glm.Design((factor, *plain.factors[1:]), len(patterns))
    n, events = patterns["n"].to_numpy(float), patterns["events"].to_numpy(float)
    fit = glm.fit(design, events, n)
    chosen = variances.estimate(design, fit, events, n, adjusted.variance_kind(codes, methods), codes)
    model_based = variances.estimate(design, fit, events, n, variances.MODEL)
    alone = adjusted.alone(design, codes) if chosen.clusters else set()
    return Crossed(design, fit, n, chosen, model_based, place, alone)


def _pairs(patterns: pd.DataFrame, dimension: str):
    return patterns[["group", dimension]].itertuples(index=False, name=None)


def withheld(frame: pd.DataFrame, strata: pd.DataFrame, rule: Profile) -> pd.Series:
    """Mark the rows of the table that are withheld as a whole.

    A row goes where any of its counts is small: what is left of a group could be taken from its total elsewhere. It
    goes too where one stratum alone of those that make up a cell is withheld in ``service/strata``: the other strata
    taken from the cell would give it away.

    Parameters
    ----------
    frame : pandas.DataFrame
        The unprotected table.
    strata : pandas.DataFrame
        ``service/strata``, protected.
    rule : Profile
        The study's profile.
    """
    import pandas as pd

    if not rule.levels:
        return pd.Series(False, index=frame.index)
    gone = pd.Series(False, index=frame.index)
    for name in COUNTS:
        gone |= rule.hides(frame[name])
    hidden = strata[strata["suppressed"].notna()]
    for dimension, rows in frame.groupby("dimension"):
        lost = hidden.groupby(["outcome", "group", dimension]).size()
        single = set(lost.index[lost == 1])
        for group in ("group", "comparator"):
            for level in ("level", "reference"):
                cells = rows[["outcome", group, level]].itertuples(index=False, name=None)
                gone[rows.index] |= np.array([cell in single for cell in cells])
    return gone
