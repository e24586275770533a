"""Do the groups' differences depend on the region? One joint test, one test a group, and the spread between regions.

The test comes from one national model in which each group's difference varies freely between regions; the covariates
have one effect for all. With providers as clusters the variance is CR2, and the Wald statistic is held against
Hotelling's distribution with approximate degrees of freedom (Pustejovsky & Tipton, 2018: "HTZ"): of few clusters a
chi-square test of several differences rejects far too often. The spread comes from the models of single regions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from genequity.groups import named, ordered
from genequity.service import adjusted, glm, pooling, regional
from genequity.service import variance as variances

if TYPE_CHECKING:
    import pandas as pd

ALL_GROUPS = "All known groups"
MODEL_TEST = "Wald, model-based, chi-square"
ROBUST_TEST = "Wald, cluster-robust by {cluster} (CR2), Hotelling's approximate degrees of freedom"
LEAST = "smallest p value of the groups' tests, times their number (Bonferroni)"
NO_UPPER = "the regions differ less than chance lets expect: the spread has no upper limit that can be estimated"
TEST = ["statistic", "df1", "df2", "p"]
SPREAD = ["odds_ratio", "sd", "sd_low", "sd_high"]
COLUMNS = ["outcome", "group", "comparator", "covariates", "regions", "records", "events", "parameters", "clusters"]
COLUMNS += [*TEST, "method", *SPREAD, "reason"]


@dataclass(frozen=True)
class Wald:
    """A joint test of linear contrasts: an F statistic with its two degrees of freedom; the second may be infinite."""

    statistic: float
    df1: int
    df2: float

    @property
    def p(self) -> float:
        """P value."""
        from scipy.stats import chi2, f

        if np.isinf(self.df2):
            return float(chi2.sf(self.statistic * self.df1, self.df1))
        return float(f.sf(self.statistic, self.df1, self.df2))


def wald(beta: NDArray, variance: variances.Variance, contrasts: NDArray) -> Wald:
    """Test that several contrasts of the coefficients are all nil.

    Parameters
    ----------
    beta : ndarray
        Coefficients.
    variance : Variance
        CR2, or model-based.
    contrasts : ndarray, contrasts x coefficients

    Raises
    ------
    NotEstimable
        If the clusters are too few for so many contrasts: fewer degrees of freedom would remain than are tested, and
        such a test finds next to nothing.
    """
    count, values = len(contrasts), contrasts @ beta
    try:
        quadratic = float(values @ np.linalg.solve(contrasts @ variance.covariance @ contrasts.T, values))
    except np.linalg.LinAlgError:
        raise glm.NotEstimable("the differences to be tested cannot be told apart in these data") from None
    if variance.kind != variances.CR2:
        return Wald(quadratic / count, count, np.inf)
    degrees = hotelling_degrees(variance, contrasts)
    rest = degrees - count + 1
    if not rest >= count:
        raise glm.NotEstimable(f"{variance.clusters} clusters are too few for a joint test of {count} differences")
    return Wald(rest / (degrees * count) * quadratic, count, float(rest))


def hotelling_degrees(variance: variances.Variance, contrasts: NDArray) -> float:
    """Return the degrees of freedom of the Wishart distribution that is nearest to that of the contrasts' CR2 variance.

    Notes
    -----
    Pustejovsky & Tipton (2018), J Bus Econ Stat 36:672, section 4: q(q+1) over the sum of the variances of the entries,
    once the contrasts are turned so that they are uncorrelated with variance one under the working model. Of a single
    contrast it is Satterthwaite's number.
    """
    turned = variance.root.T @ contrasts.T
    own, shared = [], []
    for values, vectors in variance.leverages:
        z = vectors.T @ turned
        safe = 1 - values > variances.SURELY  # what a cluster decides alone is left out
        inside = np.where(safe, np.where(safe, 1 - values, 1.0) ** -0.5, 0.0)[:, None]
        own.append((z * inside**2 * values[:, None]).T @ z)
        shared.append(vectors @ (inside * values[:, None] * z))
    own, shared = np.array(own), np.array(shared)
    expected = own.sum(axis=0) - np.einsum("gps,gpt->st", shared, shared)
    values, vectors = np.linalg.eigh(expected)
    if values.min() <= 1e-10 * values.max():
        raise glm.NotEstimable("the differences to be tested cannot be told apart in these data")
    root = vectors / np.sqrt(values)
    own, shared = root.T @ own @ root, shared @ root
    clusters, count = len(own), len(contrasts)
    wide = shared.transpose(1, 0, 2).reshape(shared.shape[1], -1)
    products = -(wide.T @ wide).reshape(clusters, count, clusters, count).transpose(0, 2, 1, 3)
    products[np.arange(clusters), np.arange(clusters)] += own
    total = (np.trace(products, axis1=2, axis2=3) ** 2).sum() + (products * products.transpose(0, 1, 3, 2)).sum()
    return float(count * (count + 1) / total)


def tests(
    cells: pd.DataFrame,
    estimates: pd.DataFrame,
    outcomes: list[str],
    ladder: dict[str, list[str]],
    *,
    comparator: str,
    national: str,
    cluster: str | None,
    methods: dict[str, Any],
) -> pd.DataFrame:
    """Return for each outcome the joint test and, for each group, its own test and its spread between regions.

    Parameters
    ----------
    cells, outcomes, ladder, comparator, national, cluster, methods
        As in :func:`genequity.service.adjusted.differences`.
    estimates : pandas.DataFrame
        Its result.

    Returns
    -------
    pandas.DataFrame
        Columns as in :data:`COLUMNS`; empty in a study without regions.
    """
    import pandas as pd

    rows: list[dict[str, Any]] = []
    if len(set(estimates["region"]) - {national}) >= 2:
        cells = adjusted.coarser_ages(cells, methods["model_ages"])
        covariates = [c for c in ladder[list(ladder)[-1]] if c != "region"]
        spreads = _spreads(estimates, national, methods["level"])
        for outcome in outcomes:
            rows += _one(cells, outcome, covariates, comparator, cluster, methods, spreads)
    return pd.DataFrame(rows, columns=COLUMNS)


def _spreads(estimates: pd.DataFrame, national: str, level: float) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the random-effects mean odds ratio and the spread between regions of each group at each outcome."""
    found = {}
    for key, part in regional.of_regions(estimates, national).groupby(["outcome", "group"]):
        usable = part.dropna(subset=["log", "log_se"])
        if len(usable) >= 2:
            errors = regional.effective_errors(usable, level).to_numpy(float)
            own = pooling.spread(usable["log"].to_numpy(float), errors, level)
            found[key] = dict(zip(SPREAD, [float(np.exp(own.mean)), own.tau, own.tau_low, own.tau_high]))
    return found


def _one(cells, outcome, covariates, comparator, cluster, methods, spreads) -> list[dict[str, Any]]:
    """Test one outcome; return the row of all groups, then one row a group."""
    by = [*covariates, "region"]
    here = adjusted.sample(cells, outcome, by, comparator, cluster, methods | {"separated": "leave_out"})
    base = {"outcome": outcome, "comparator": comparator, "covariates": ", ".join(covariates)}
    base |= dict.fromkeys(["regions", "parameters", "clusters"]) | dict.fromkeys([*TEST, *SPREAD], np.nan)
    base |= {"method": "", "records": int(here.known["n"].sum()), "events": int(here.known["events"].sum())}
    groups = [group for group in ordered(here.groups) if group != comparator]
    rows = [
        base
        | {"group": group, "reason": here.reasons.get(group, "")}
        | ({"records": int(here.sizes.loc[group, "n"]), "events": int(here.sizes.loc[group, "events"])})
        | spreads.get((outcome, group), {})
        for group in groups
    ]
    joint = base | {"group": ALL_GROUPS, "reason": here.reasons[comparator]}
    if not here.usable:
        return [joint, *rows]
    try:
        model = _interacted(here.patterns, here.usable, by, cluster, methods)
    except glm.NotEstimable as why:
        return [joint | {"reason": str(why)}, *(row | {"reason": row["reason"] or str(why)} for row in rows)]
    shared = {"parameters": model.design.size, "clusters": model.variance.clusters, "method": _method(model, cluster)}
    for row in rows:
        if not row["reason"]:
            row |= shared | model.tested([row["group"]])
        if not row["reason"] and row["sd"] == row["sd"] and np.isnan(row["sd_high"]):
            row["reason"] = NO_UPPER
    joint |= shared | {"records": int(model.fit.records), "events": int(model.fit.events)}
    known = [g for g in here.usable if g != comparator and g in named(here.usable)]
    joint |= model.tested(known) if known else {"reason": "no group is known"}
    single = [row["p"] for row in rows if row["group"] in known and row["p"] == row["p"]]
    if joint["reason"] and single:
        joint |= {"p": min(1.0, len(single) * min(single)), "method": LEAST}
    return [joint, *rows]


def _method(model: Interacted, cluster: str | None) -> str:
    return MODEL_TEST if model.variance.kind == variances.MODEL else ROBUST_TEST.format(cluster=cluster)


@dataclass(frozen=True)
class Interacted:
    """A fitted model with a coefficient for every pair of group and region; ``pairs`` has the pairs in order."""

    design: glm.Design
    fit: glm.Fit
    variance: variances.Variance
    pairs: list[tuple[str, str]]

    def contrasts(self, group: str) -> NDArray:
        """Return how a group's difference in each region departs from that in its first region."""
        place = {pair: i for i, pair in enumerate(self.pairs)}
        base = self.pairs[0][0]
        regions = [region for own, region in self.pairs if own == group]
        rows = np.zeros((max(len(regions) - 1, 0), self.design.size))
        for row, region in zip(rows, regions[1:]):
            for pair, sign in (((group, region), 1), ((base, region), -1), ((group, regions[0]), -1),
                               ((base, regions[0]), 1)):  # fmt: skip
                if place[pair]:
                    row[place[pair]] += sign
        return rows

    def tested(self, groups: list[str]) -> dict[str, Any]:
        """Return the test of these groups together, or why there is none."""
        contrasts = np.vstack([self.contrasts(group) for group in groups])
        counted = len({region for own, region in self.pairs if own in groups})
        if not len(contrasts):
            return {"regions": counted, "reason": "fewer than two regions have enough records"}
        try:
            found = wald(self.fit.beta, self.variance, contrasts)
        except glm.NotEstimable as why:
            return {"regions": counted, "reason": str(why)}
        ends = found.statistic, found.df1, adjusted.finite(found.df2), found.p
        return {"regions": counted} | dict(zip(TEST, ends))


def _interacted(patterns, groups: list[str], by: list[str], cluster: str | None, methods) -> Interacted:
    """Fit the model on the pairs of group and region that have enough records, their comparator's among them."""
    fewest, covariates, base = methods["min_events"], [c for c in by if c != "region"], groups[0]
    while True:
        patterns = adjusted.informative(patterns[patterns["group"].isin(groups)], covariates)
        sums = patterns.groupby(["group", "region"])[["n", "events"]].sum()
        enough = {pair for pair, n, events in sums.itertuples() if not adjusted.too_few(n, events, fewest)}
        if cluster:
            several = patterns.groupby(["group", "region"])[cluster].nunique()
            enough &= set(several.index[several >= 2])
        regions = {region for group, region in enough if group == base}
        kept = {pair for pair in enough if pair[1] in regions}
        if len(kept) == len(sums):
            break
        inside = [pair in kept for pair in patterns[["group", "region"]].itertuples(index=False, name=None)]
        patterns = patterns[inside]
    if len(regions) < 2:
        raise glm.NotEstimable("fewer than two regions have enough records")
    pairs = sorted(kept, key=lambda pair: (groups.index(pair[0]), pair[1]))
    place = {pair: i for i, pair in enumerate(pairs)}
    codes = np.array(
        [place[pair] for pair in patterns[["group", "region"]].itertuples(index=False, name=None)], np.intp
    )
    plain, numbers = adjusted.design_of(patterns, groups, covariates, cluster)
    first = glm.Factor("group and region", tuple(" in ".join(pair) for pair in pairs), codes)
    design = glm.Design((first, *plain.factors[1:]), len(patterns))
    n, events = patterns["n"].to_numpy(float), patterns["events"].to_numpy(float)
    fit = glm.fit(design, events, n)
    kind = variances.CR2 if numbers is not None and len(np.unique(numbers)) > 1 else variances.MODEL
    return Interacted(design, fit, variances.estimate(design, fit, events, n, kind, numbers), pairs)
