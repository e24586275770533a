"""One declared survey-weighted logistic model: counted answer of an item by ethnic group and background variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from genequity import groups
from genequity.errors import InputError, Problem, nearest
from genequity.survey import glm, sample
from genequity.survey.codebook import Codebook
from genequity.survey.design import Design

GROUP = "group"


@dataclass(frozen=True)
class Terms:
    """Columns of the design matrix: (variable, level) of each; the variables in order, and their reference levels."""

    variables: list[str]
    names: list[tuple[str, str]]
    references: dict[str, str]
    x: np.ndarray


def setting_problems(settings: Mapping[str, Any] | None, codebook: Codebook) -> list[Problem]:
    """List names in the declared model that the codebook does not have.

    Parameters
    ----------
    settings : mapping, optional
        Config ``survey.model``: ``outcome``, ``covariates``.
    codebook : Codebook
        The variables of the survey.
    """
    if not settings:
        return []
    items, background = ([v.variable for v in part] for part in (codebook.items, codebook.background))
    wanted = [(settings["outcome"], items, "item", "outcome")]
    wanted += [(name, background, "background variable", "covariates") for name in settings["covariates"]]
    return [
        Problem(
            "config",
            f"'{name}' is no {what} of the codebook.{nearest(name, known)}",
            where=f"survey.model.{setting}",
            expected=f"one of {', '.join(known)}",
        )
        for name, known, what, setting in wanted
        if name not in known
    ]


def fit(
    people: pd.DataFrame,
    design: Design,
    codebook: Codebook,
    *,
    outcome: str,
    covariates: list[str],
    comparator: str,
    valid: list[str],
    level: float,
    least_base: int,
    file: str = "survey.model",
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Fit the declared model.

    Parameters
    ----------
    people : pandas.DataFrame
        Weighted respondents.
    design : Design
        Their sample design: respondents outside the model stay in the variance.
    codebook : Codebook
        Which answers count, and the order of categories.
    outcome : str
        An item; its counted answers are the event.
    covariates : list of str
        Background variables: categories against the most frequent one, numbers as they are.
    comparator : str
        Ethnic group the others are compared with.
    valid : list of str
        Groups that may enter; others, and those with fewer than ``least_base`` people in the model, are left out.
    level : float
        Coverage of intervals.

    Returns
    -------
    terms : pandas.DataFrame
        ``variable, label, level, position, reference, n, events, odds_ratio, ci_low, ci_high, p, difference,
        difference_low, difference_high``.
    summary : pandas.DataFrame
        One row: ``outcome, covariates, comparator, n, events, left_out, parameters, df``.

    Raises
    ------
    InputError
        If the model has no finite answer, or the comparator is not in it.
    """
    item = codebook.get(outcome)
    answered = people[outcome].notna().to_numpy()
    y = np.where(answered, people[outcome].isin(item.counted), np.nan).astype(float)
    complete = answered & people[covariates].notna().all(axis=1).to_numpy()
    taking = [g for g in valid if ((people[GROUP] == g).to_numpy() & complete).sum() >= least_base]
    if comparator not in taking:
        raise InputError(
            Problem(
                file, f"the comparator '{comparator}' has too few people in the model", do="name another comparator"
            )
        )
    inside = complete & people[GROUP].isin(taking).to_numpy()
    terms = design_matrix(people, inside, codebook, covariates, comparator, taking)
    try:
        fitted = glm.fit(design, y, terms.x, domain=inside)
    except glm.NotEstimable as error:
        raise InputError(
            Problem(file, f"the model of '{outcome}' cannot be estimated: {error}", do="drop or merge a covariate")
        ) from None
    if fitted.df < 1:
        raise InputError(
            Problem(
                file,
                f"the design leaves {fitted.df} degrees of freedom for {terms.x.shape[1]} coefficients",
                do="drop covariates: clusters less strata must exceed the coefficients",
            )
        )
    table = _table(people, fitted, terms, codebook, taking, level)
    summary = pd.DataFrame(
        [
            {
                "outcome": outcome,
                "covariates": ", ".join(codebook.get(name).label.lower() for name in covariates) or "none",
                "comparator": comparator,
                "n": fitted.n,
                "events": fitted.events,
                "left_out": len(people) - fitted.n,
                "parameters": terms.x.shape[1],
                "df": fitted.df,
            }
        ]
    )
    return table, summary


NO_COVARIATES, NO_WEIGHTS = "no covariates", "no weights"
VARIANT = [
    *("variant", "group", "comparator", "reference", "n", "events", "df", "odds_ratio", "ci_low", "ci_high"),
    *("difference", "difference_low", "difference_high"),
]


def variants(
    people: pd.DataFrame, codebook: Codebook, *, covariates: list[str], lonely: str, **choices: Any
) -> pd.DataFrame:
    """Fit the declared model without its covariates, and without its weights, on the same sample design.

    Parameters
    ----------
    people, codebook, covariates, **choices
        As in :func:`fit`.
    lonely : str
        What to do with a stratum of one cluster (:func:`genequity.survey.design.design`).

    Returns
    -------
    pandas.DataFrame
        One row a variant and ethnic group. There is no variant without covariates when the model has none, none
        without weights when all weights are equal or the model has no covariates (the unweighted table of counts
        would give single answers away), and no rows of a variant that cannot be estimated.
    """
    fits = []
    if covariates:
        unweighted = people.drop(columns=[name for name in people.columns if name.startswith(sample.MARGIN)])
        fits.append((NO_COVARIATES, people, []))
        if people["weight"].nunique() > 1:
            fits.append((NO_WEIGHTS, unweighted.assign(weight=(people["weight"] > 0).astype(float)), covariates))
    rows = []
    for name, frame, used in fits:
        try:
            design = sample.design_of(frame, lonely=lonely)
            terms, summary = fit(frame, design, codebook, covariates=used, **choices)
        except InputError:
            continue
        of_groups = terms[terms["variable"] == GROUP].rename(columns={"level": "group"})
        rows.append(of_groups.assign(variant=name, comparator=choices["comparator"], df=summary["df"].iloc[0])[VARIANT])
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=VARIANT)


def design_matrix(
    people: pd.DataFrame,
    inside: np.ndarray,
    codebook: Codebook,
    covariates: list[str],
    comparator: str,
    taking: list[str],
) -> Terms:
    """Return the design matrix (n, p): a column of ones, then each level but the reference; numbers as they are."""
    columns = [np.ones(len(people))]
    names = [("(intercept)", "")]
    references = {GROUP: comparator}
    levels = {GROUP: [group for group in groups.ordered(taking) if group != comparator]}
    for name in covariates:
        variable = codebook.get(name)
        if variable.is_number:
            columns.append(people[name].to_numpy(dtype=float))
            names.append((name, "per unit"))
            continue
        counts = people.loc[inside, name].value_counts()
        present = [label for label in variable.codes.values() if counts.get(label, 0) > 0]
        references[name] = max(present, key=lambda label: (counts[label], -present.index(label)))
        levels[name] = [label for label in present if label != references[name]]
    for name, shown in levels.items():
        for label in shown:
            columns.append((people[name] == label).to_numpy(dtype=float))
            names.append((name, label))
    return Terms([GROUP, *covariates], names, references, np.column_stack(columns))


def _table(
    people: pd.DataFrame, fitted: glm.Fit, terms: Terms, codebook: Codebook, taking: list[str], level: float
) -> pd.DataFrame:
    coefficients = fitted.coefficients
    se = coefficients.se
    wide = stats.t.ppf((1 + level) / 2, fitted.df) * se
    p = 2 * stats.t.sf(np.abs(coefficients.value / se), fitted.df)
    differences = _differences(fitted, terms, taking, level)
    place = {name: i for i, name in enumerate(terms.names)}
    rows = []
    for variable in terms.variables:
        levels = [label for name, label in terms.names if name == variable]
        if variable in terms.references:
            levels = [*levels, terms.references[variable]]
        if variable == GROUP:
            levels = groups.ordered(levels)
        elif variable in terms.references:
            levels = [label for label in codebook.get(variable).codes.values() if label in levels]
        for position, label in enumerate(levels, start=1):
            number = label == "per unit"
            here = fitted.inside & (np.ones(len(people), bool) if number else (people[variable] == label).to_numpy())
            i = place.get((variable, label))
            difference = differences.get(label, (None,) * 3) if variable == GROUP else (None,) * 3
            rows.append(
                {
                    "variable": variable,
                    "label": "ethnic group" if variable == GROUP else codebook.get(variable).label,
                    "level": label,
                    "position": position,
                    "reference": i is None,
                    "n": int(here.sum()),
                    "events": int((fitted.y[here] > 0).sum()),
                    "odds_ratio": None if i is None else float(np.exp(coefficients.value[i])),
                    "ci_low": None if i is None else float(np.exp(coefficients.value[i] - wide[i])),
                    "ci_high": None if i is None else float(np.exp(coefficients.value[i] + wide[i])),
                    "p": None if i is None else float(p[i]),
                    "difference": difference[0],
                    "difference_low": difference[1],
                    "difference_high": difference[2],
                }
            )
    return pd.DataFrame(rows)


def _differences(
    fitted: glm.Fit, terms: Terms, taking: list[str], level: float
) -> dict[str, tuple[float, float, float]]:
    """Return the average marginal difference of each group from the comparator, with its limits."""
    own = [i for i, (name, _) in enumerate(terms.names) if name == GROUP]
    comparator = terms.references[GROUP]
    shown = [group for group in groups.ordered(taking) if group != comparator]
    designs = []
    for group in [comparator, *shown]:
        x = terms.x.copy()
        x[:, own] = 0.0
        if group != comparator:
            x[:, terms.names.index((GROUP, group))] = 1.0
        designs.append(x)
    margins = fitted.margins(designs)
    contrasts = np.column_stack([-np.ones(len(shown)), np.eye(len(shown))])
    differences = margins.contrast(contrasts)
    low, high = differences.interval(level, fitted.df)
    return {group: (float(differences.value[i]), float(low[i]), float(high[i])) for i, group in enumerate(shown)}
