"""Adjusted rate ratios of counted events: quasi-Poisson and negative binomial models on the strata of the denominators.

A standardised rate weighs ages and sexes alike; a model also holds the region alike, and says how far counts spread
beyond chance (*over-dispersion*): people repeat, and strata differ in what is not measured. Two answers stand side by
side. The quasi-Poisson model keeps the Poisson estimates and widens their errors by the Pearson dispersion. The
negative binomial (NB2) lets the spread grow with the square of the mean, and weighs large strata less.

A model can hold alike only what the denominators count: a step of the ladder with another covariate is refused.

Sources: McCullagh & Nelder (1989), section 6.2, for the dispersion; Lawless (1987), Can J Stat 15:209, and Hilbe (2011)
for the negative binomial; Ver Hoef & Boveng (2007), Ecology 88:2766, on how the two differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from genequity.groups import ordered
from genequity.service import contrasts, glm, rates
from genequity.service.strata import dense

if TYPE_CHECKING:
    import pandas as pd

AS_HELD = "as the denominators allow"  # name of the last step of the ladder without what they do not count
METHOD = "Poisson with log person-years; errors widened by the Pearson dispersion (quasi-Poisson)"
NO_SPREAD = "counts spread no more than chance lets expect: the negative binomial model is the Poisson model"
STEPS, ENOUGH = 100, 1e-14  # of the negative binomial fit; twice what a step may still add to the likelihood
TINY = 1e-10  # a step so small is taken as it is
NONE = 1e-7  # a spread below it is none
QUASI, NEGATIVE = ("ratio", "ratio_low", "ratio_high"), ("negative", "negative_low", "negative_high")
KEYS = ["measure", "label", "denominator", "model", "place", "covariates", "final", "group", "comparator"]
MODEL = ["all_events", "strata", "parameters", "df", "dispersion", "alpha"]
COLUMNS = [*KEYS, "events", "population", *QUASI, *NEGATIVE, *MODEL, "method", "negative_reason", "reason"]


@dataclass(frozen=True)
class Counts:
    """A fitted model of counts: coefficients, their covariance, and its measure of spread beyond chance."""

    beta: NDArray
    covariance: NDArray
    spread: float


def quasi_poisson(design: glm.Design, events: NDArray, exposure: NDArray) -> Counts:
    """Fit a Poisson model with log exposure; its covariance is widened by the Pearson dispersion.

    Parameters
    ----------
    design : Design
        Covariates, one row a stratum: the dispersion is counted over these rows.
    events, exposure : ndarray
        Events and person-years of each stratum.

    Returns
    -------
    Counts
        ``spread`` is Pearson's statistic over its degrees of freedom, as in R's ``quasipoisson``.

    Raises
    ------
    NotEstimable
        If the fit has no maximum, or there are no more strata than coefficients.
    """
    fit = glm.fit(design, events, exposure, glm.RATE)
    left = design.cells - design.size
    if left <= 0:
        raise glm.NotEstimable("there are no more strata than coefficients")
    mean = exposure * np.exp(design.linear(fit.beta))
    dispersion = float(((events - mean) ** 2 / mean).sum() / left)
    return Counts(fit.beta, dispersion * fit.covariance, dispersion)


def negative_binomial(design: glm.Design, events: NDArray, exposure: NDArray, start: NDArray) -> Counts | None:
    """Fit the NB2 model by maximum likelihood: the variance of a count is its mean and ``spread`` times its square.

    Parameters
    ----------
    design, events, exposure
        As in :func:`quasi_poisson`.
    start : ndarray
        Coefficients of the Poisson model.

    Returns
    -------
    Counts or None
        The covariance comes from the observed information of coefficients and spread together; None where counts
        spread no more than chance lets expect, so that the likelihood is greatest without any spread.

    Raises
    ------
    NotEstimable
        If the fit does not converge.
    """
    x = dense(design)
    mean = exposure * np.exp(x @ start)
    excess = float(((events - mean) ** 2 - events).sum())
    if excess <= 0:
        return None
    beta, log_alpha = start.copy(), np.log(excess / float((mean**2).sum()))
    reached = _negative_likelihood(beta, log_alpha, x, events, exposure)
    for _ in range(STEPS):
        slopes, information = _negative_slopes(beta, log_alpha, x, events, exposure)
        change = _downhill(information, slopes)
        while True:
            now = _negative_likelihood(beta + change[:-1], log_alpha + change[-1], x, events, exposure)
            if now >= reached - 1e-10 * abs(reached) or np.abs(change).max() < TINY:
                break
            change = change / 2
        beta, log_alpha, reached = beta + change[:-1], log_alpha + change[-1], now
        if log_alpha < np.log(NONE):
            return None
        if slopes @ change < ENOUGH:
            break
    else:
        raise glm.NotEstimable("the negative binomial fit did not converge")
    # At the maximum the covariance of the coefficients is the same whichever way the spread is written.
    _, information = _negative_slopes(beta, log_alpha, x, events, exposure)
    return Counts(beta, np.linalg.inv(information)[:-1, :-1], float(np.exp(log_alpha)))


def _negative_likelihood(beta, log_alpha: float, x, y, exposure) -> float:
    """Return the log-likelihood, up to a constant of the data."""
    from scipy.special import gammaln

    size, eta = np.exp(-log_alpha), x @ beta + np.log(exposure)
    parts = gammaln(y + size) - gammaln(size) + y * eta + size * np.log(size) - (y + size) * np.log(size + np.exp(eta))
    return float(parts.sum())


def _negative_slopes(beta, log_alpha: float, x, y, exposure) -> tuple[NDArray, NDArray]:
    """Return the slopes of the log-likelihood by coefficients and log spread, and the observed information."""
    from scipy.special import digamma, polygamma

    size, mean = np.exp(-log_alpha), exposure * np.exp(x @ beta)
    whole = size + mean
    by_size = digamma(y + size) - digamma(size) + np.log(size / whole) + (mean - y) / whole
    curve = polygamma(1, y + size) - polygamma(1, size) + 1 / size - 2 / whole + (y + size) / whole**2
    slopes = np.append(x.T @ ((y - mean) * size / whole), -size * by_size.sum())
    information = np.zeros((len(slopes), len(slopes)))
    information[:-1, :-1] = x.T @ ((mean * size * (y + size) / whole**2)[:, None] * x)
    # The size is exp(-log spread): by its own logarithm the second derivative is size² f'' + size f'.
    information[-1, -1] = -(size**2 * curve + size * by_size).sum()
    cross = -size * (x.T @ ((y - mean) * mean / whole**2))
    information[-1, :-1] = information[:-1, -1] = -cross
    return slopes, information


def _downhill(information: NDArray, slopes: NDArray) -> NDArray:
    """Return Newton's step; where the information is not positive far from the maximum, one of its sizes."""
    values, vectors = np.linalg.eigh(information)
    return vectors @ ((vectors.T @ slopes) / np.maximum(np.abs(values), 1e-8 * np.abs(values).max()))


def held(population: pd.DataFrame, events: pd.DataFrame, national: str) -> list[str]:
    """Return the covariates that the denominators count as the records do."""
    found = ["age"]
    if population["sex"].nunique() > 1 and _shared(population, events, "sex"):
        found.append("sex")
    if len(set(population["region"]) - {national}) > 1:
        found.append("region")
    return found


def _shared(population: pd.DataFrame, events: pd.DataFrame, key: str) -> bool:
    return bool(set(population[key]) & set(events[key]))


def steps(ladder: dict[str, list[str]], counted: list[str]) -> list[dict[str, Any]]:
    """Return the models: each step of the ladder, or why it is refused; and the last one without what is not counted.

    Parameters
    ----------
    ladder : dict
        Model name -> covariates.
    counted : list of str
        From :func:`held`.
    """
    found: list[dict[str, Any]] = []
    for name, covariates in ladder.items():
        lacking = [covariate for covariate in covariates if covariate not in counted]
        reason = f"the denominators do not count {' and '.join(lacking)}" if lacking else ""
        found.append({"model": name, "covariates": covariates, "reason": reason})
    last = found[-1]
    if last["reason"]:
        rest = [covariate for covariate in last["covariates"] if covariate in counted]
        found.append({"model": AS_HELD, "covariates": rest, "reason": ""})
    return [step | {"place": place, "final": place == len(found)} for place, step in enumerate(found, 1)]


def table(
    first_events: pd.DataFrame,
    populations: dict[str, pd.DataFrame] | None,
    standard: pd.DataFrame | None,
    *,
    measures: dict[str, str],
    kinds: dict[str, str],
    ladder: dict[str, list[str]],
    groups: list[str],
    comparator: str,
    national: str,
    years: float,
    methods: dict[str, Any],
) -> pd.DataFrame:
    """Return the table ``service/adjusted_rates``: one row a measure, model and group; all regions together.

    Parameters
    ----------
    first_events, measures, kinds, groups, comparator, national, years
        As in :func:`genequity.service.rates.by_group`.
    populations : dict or None
        Measure -> denominators; None when the study has none.
    standard : pandas.DataFrame
        Standard population, whose bands are those of age.
    ladder : dict
        Model name -> covariates.
    methods : dict
        ``level`` and ``min_events``.
    """
    import pandas as pd

    rows = []
    for measure, label in measures.items():
        base = {"measure": measure, "label": label, "denominator": kinds.get(measure, ""), "comparator": comparator}
        if populations is None:
            last = {"model": list(ladder)[-1], "place": len(ladder), "final": True, "covariates": ""}
            none = dict.fromkeys(COLUMNS) | base | last | {"events": 0, "reason": "no population was supplied"}
            rows += [none | {"group": group} for group in ordered(groups)]
            continue
        own, residents = first_events[first_events["measure"] == measure], populations[measure]
        grid = strata(own, residents, standard, years)
        without = {g: why for (g, place), why in rates.gaps_of(residents, national).items() if place == national}
        without |= dict.fromkeys(set(groups) - set(residents["group"]), rates.NO_POPULATION)
        for step in steps(ladder, held(residents, own, national)):
            about = base | step | {"covariates": ", ".join(step["covariates"])}
            rows += _one(grid, own.groupby("group")["people"].sum(), about, step, ordered(groups), without, methods)
    return pd.DataFrame(rows, columns=COLUMNS)


def strata(events: pd.DataFrame, residents: pd.DataFrame, standard: pd.DataFrame, years: float) -> pd.DataFrame:
    """Return one row a stratum that has residents: ``group, region, age, sex, population, exposure, events``.

    Events of an age, sex or region that is not known stand in no stratum and are left out, in every model alike.
    """
    keys = ["group", "region", "age", "sex"]

    def banded(frame):
        return frame.assign(age=rates.band_of(frame["age_from"], standard))

    known = events[events["age_from"] >= 0]
    for key in ("sex", "region"):  # told apart only where both sides do
        if residents[key].nunique() == 1 or not _shared(residents, known, key):
            residents, known = (frame.assign(**{key: "All"}) for frame in (residents, known))
    grid = banded(residents).groupby(keys)["population"].sum()
    found = grid[grid > 0].to_frame()
    found["events"] = banded(known).groupby(keys)["people"].sum().reindex(found.index).fillna(0)
    return found.assign(exposure=found["population"] * years).reset_index()


def _one(grid, counted, about, step, groups, without, methods) -> list[dict[str, Any]]:
    """Fit one model; return one row a group."""
    comparator, fewest = about["comparator"], methods["min_events"]
    sums = grid.groupby("group")[["events", "population"]].sum()
    reasons, rows = {}, []
    for group in groups:
        few = group not in without and sums["events"].get(group, 0) < fewest
        reasons[group] = step["reason"] or without.get(group, "") or (f"fewer than {fewest} events" if few else "")
    if reasons[comparator] and not step["reason"]:
        reasons = {g: why or f"the comparator: {reasons[comparator]}" for g, why in reasons.items()}
    usable = [comparator, *(g for g in groups if g != comparator and not reasons[g])] if not reasons[comparator] else []
    found: dict[str, dict[str, Any]] = {}
    if usable:
        try:
            found = _estimates(grid[grid["group"].isin(usable)], usable, step["covariates"], methods["level"])
        except glm.NotEstimable as why:
            reasons = {group: reasons[group] or str(why) for group in groups}
    for group in groups:
        size = sums.loc[group] if group in sums.index else {"events": counted.get(group, 0), "population": None}
        row = dict.fromkeys(COLUMNS) | about | {"group": group, "reason": reasons[group], "method": METHOD}
        row |= {"events": int(size["events"]), "population": size["population"]}
        rows.append(row | found.get(group, {}))
    return rows


def _estimates(here, groups, covariates, level) -> dict[str, dict[str, Any]]:
    """Return each group's rate ratio from both models, and what they share."""
    for covariate in covariates:  # a level without any event adds nothing to the likelihood in the limit
        sums = here.groupby(covariate)["events"].sum()
        here = here[here[covariate].isin(sums.index[sums > 0])]
    factors = [glm.Factor("group", tuple(groups), _codes(here["group"], groups))]
    for covariate in covariates:
        levels = sorted(here[covariate].unique())
        if len(levels) > 1:
            factors.append(glm.Factor(covariate, tuple(map(str, levels)), _codes(here[covariate], levels)))
    design = glm.Design(tuple(factors), len(here))
    events, exposure = here["events"].to_numpy(float), here["exposure"].to_numpy(float)
    plain, why = quasi_poisson(design, events, exposure), ""
    try:
        other = negative_binomial(design, events, exposure, plain.beta)
        why = NO_SPREAD if other is None else ""
    except glm.NotEstimable as error:
        other, why = None, str(error)
    left = design.cells - design.size
    shared = {"all_events": int(events.sum()), "strata": design.cells, "parameters": design.size, "df": left}
    shared |= {"dispersion": plain.spread, "alpha": other.spread if other else None, "negative_reason": why}
    if why == NO_SPREAD:
        shared |= {"alpha": 0.0}
    found = {groups[0]: shared}
    for i, group in enumerate(groups[1:], 1):
        found[group] = shared | dict(zip(QUASI, _limits(plain, i, level, left)))
        if other:
            found[group] |= dict(zip(NEGATIVE, _limits(other, i, level, np.inf)))
    return found


def _codes(values: pd.Series, levels: list) -> NDArray[np.intp]:
    place = {level: i for i, level in enumerate(levels)}
    return values.map(place).to_numpy(np.intp)


def _limits(model: Counts, i: int, level: float, degrees: float) -> tuple[float, float, float]:
    """Return a group's rate ratio and its limits."""
    half = contrasts.quantile(0.5 + level / 2, degrees) * np.sqrt(model.covariance[i, i])
    return tuple(map(float, np.exp([model.beta[i], model.beta[i] - half, model.beta[i] + half])))
