"""Item batteries by ethnic group: shares, whole distributions, mean scores, and tests across groups.

A *base* is the number of respondents who answered. Below ``small_base`` an estimate is shown and flagged, below
``least_base`` it is withheld (the practice of the Health Survey for England and of the GP Patient Survey).
Differences are those from the comparator, with the covariance of the two groups under the design.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from genequity import groups
from genequity.survey import estimate, rao_scott
from genequity.survey.codebook import Codebook, Variable
from genequity.survey.design import Design
from genequity.survey.tabulate import ALL

SHOWN, SMALL, WITHHELD = "shown", "small", "withheld"


def base_rule(n: int, small_base: int, least_base: int) -> str:
    """Return whether an estimate on ``n`` answers is shown, flagged as small, or withheld."""
    return WITHHELD if n < least_base else SMALL if n < small_base else SHOWN


def shares(
    people: pd.DataFrame,
    design: Design,
    codebook: Codebook,
    *,
    comparator: str,
    level: float,
    interval: str,
    small_base: int,
    least_base: int,
) -> pd.DataFrame:
    """Estimate the weighted share of counted answers, by item and ethnic group.

    Returns
    -------
    pandas.DataFrame
        ``item, group, n, share, ci_low, ci_high, design_effect, difference, difference_low, difference_high, base``.
    """
    rows = []
    for item in codebook.items:
        counted = _indicator(people, item, item.counted)
        rows += _by_group(
            people, design, counted, comparator, level, interval, small_base, least_base, {"item": item.variable}
        )
    return pd.DataFrame(rows)


def scores(
    people: pd.DataFrame,
    design: Design,
    codebook: Codebook,
    *,
    comparator: str,
    level: float,
    small_base: int,
    least_base: int,
) -> pd.DataFrame:
    """Estimate the mean score of each battery whose items share one numeric scale, by ethnic group.

    A respondent's score is the mean of the answered items, reversed items turned round, when at least half were
    answered.

    Returns
    -------
    pandas.DataFrame
        ``battery, group, items, n, mean, ci_low, ci_high, difference, difference_low, difference_high, base``.
    """
    rows = []
    for battery in dict.fromkeys(item.battery for item in codebook.items if item.battery):
        items = [item for item in codebook.items if item.battery == battery]
        if len(items) < 2 or len({tuple(item.codes) for item in items}) > 1 or not _numeric(items[0]):
            continue
        score = score_of(people, items)
        for row in _by_group(
            people, design, score, comparator, level, None, small_base, least_base, {"battery": battery}
        ):
            row["mean"], row["items"] = row.pop("share"), len(items)
            row.pop("design_effect")
            rows.append(row)
    columns = ["battery", "group", "items", "n", "mean", "ci_low", "ci_high"]
    return pd.DataFrame(rows, columns=[*columns, "difference", "difference_low", "difference_high", "base"])


def score_of(people: pd.DataFrame, items: list[Variable]) -> np.ndarray:
    """Return each respondent's battery score (n,), missing where fewer than half of the items were answered."""
    low, high = (bound(float(code) for code in items[0].codes) for bound in (min, max))
    answers = np.column_stack([pd.to_numeric(people[item.variable]).to_numpy(dtype=float) for item in items])
    turned = np.array([item.reverse for item in items])
    answers = np.where(turned, low + high - answers, answers)
    answered = np.isfinite(answers).sum(axis=1)
    total = np.nansum(answers, axis=1)
    return np.where(answered * 2 >= len(items), total / np.maximum(answered, 1), np.nan)


def distribution(
    people: pd.DataFrame, design: Design, codebook: Codebook, *, small_base: int, least_base: int
) -> pd.DataFrame:
    """Estimate the weighted share of every answer, by item and ethnic group.

    Returns
    -------
    pandas.DataFrame
        ``item, group, position, answer, n, share, base``; ``n`` is the base of the group, not of the answer.
    """
    rows = []
    for item in codebook.items:
        for group, domain in _domains(people):
            inside = domain & people[item.variable].notna().to_numpy()
            n = int(inside.sum())
            base = base_rule(n, small_base, least_base)
            columns = np.column_stack([_indicator(people, item, (code,)) for code in item.codes])
            values = estimate.mean(design, columns, inside).value if base != WITHHELD else [None] * len(item.codes)
            rows += [
                (item.variable, group, place, label, n, value, base)
                for place, (label, value) in enumerate(zip(item.codes.values(), values, strict=True), start=1)
            ]
    return pd.DataFrame(rows, columns=["item", "group", "position", "answer", "n", "share", "base"])


def tests(
    people: pd.DataFrame, design: Design, codebook: Codebook, *, valid: list[str], least_base: int
) -> pd.DataFrame:
    """Test, item by item, whether the counted share is the same in all groups (Rao–Scott F; Holm over the items).

    Parameters
    ----------
    valid : list of str
        Groups that take part: those with a known ethnic group. Groups under the least base are left out.

    Returns
    -------
    pandas.DataFrame
        ``item, groups, n, f, df_numerator, df_denominator, p, p_adjusted``; blank where no test was possible.
    """
    rows = []
    for item in codebook.items:
        counted = _indicator(people, item, item.counted)
        answered = np.isfinite(counted)
        taking = [g for g in valid if ((people["group"] == g).to_numpy() & answered).sum() >= least_base]
        code = people["group"].map({group: place for place, group in enumerate(taking)}).fillna(-1).to_numpy(dtype=int)
        test = rao_scott.independence(design, code, np.where(answered, counted, -1).astype(int))
        numbers = (None,) * 4 if test is None else (test.f, test.df_numerator, test.df_denominator, test.p)
        rows.append((item.variable, len(taking), int((answered & (code >= 0)).sum()), *numbers))
    table = pd.DataFrame(rows, columns=["item", "groups", "n", "f", "df_numerator", "df_denominator", "p"])
    return table.assign(p_adjusted=holm(table["p"].to_numpy(dtype=float)))


def holm(p: np.ndarray) -> np.ndarray:
    """Return p-values adjusted by Holm's method; missing ones stay missing and do not count.

    >>> holm(np.array([0.01, 0.04, np.nan]))
    array([0.02, 0.04,  nan])
    """
    adjusted = np.full(len(p), np.nan)
    known = np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(p[known], kind="stable")]
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(order), 0, -1)), 1)
    return adjusted


def _by_group(people, design, y, comparator, level, interval, small_base, least_base, key):
    domains = _domains(people)
    answered = np.isfinite(y)
    bases = {group: int((domain & answered).sum()) for group, domain in domains}
    rules = {group: base_rule(n, small_base, least_base) for group, n in bases.items()}
    estimated = [(group, domain) for group, domain in domains if rules[group] != WITHHELD]
    together = estimate.domain_means(design, y, [domain for _, domain in estimated]) if estimated else None
    place = {group: i for i, (group, _) in enumerate(estimated)}
    covariance = together.covariance if together is not None else None
    rows = []
    for group, domain in domains:
        row = key | {"group": group, "n": bases[group], "base": rules[group]}
        row |= dict.fromkeys(
            ["share", "ci_low", "ci_high", "design_effect", "difference", "difference_low", "difference_high"]
        )
        if group in place:
            own = estimate.mean(design, y, domain)
            variance = float(covariance[place[group], place[group]])
            row["share"] = float(own.value[0])
            if interval is None:
                low, high = own.interval(level)
                row["ci_low"], row["ci_high"] = float(low[0]), float(high[0])
            else:
                row["ci_low"], row["ci_high"] = estimate.proportion_interval(
                    min(max(row["share"], 0.0), 1.0), variance, own.n, own.df, level=level, method=interval
                )
            spread = y[domain & answered]
            if len(spread) > 1 and np.ptp(spread) > 0:
                row["design_effect"] = estimate.design_effect(own, np.where(domain, y, np.nan))
            if group not in (comparator, ALL) and comparator in place:
                contrast = np.zeros(len(place))
                contrast[place[group]], contrast[place[comparator]] = 1, -1
                difference = together.contrast(contrast)
                low, high = difference.interval(level)
                row["difference"] = float(difference.value[0])
                row["difference_low"], row["difference_high"] = float(low[0]), float(high[0])
        rows.append(row)
    return rows


def _domains(people: pd.DataFrame) -> list[tuple[str, np.ndarray]]:
    named = [(group, (people["group"] == group).to_numpy()) for group in groups.ordered(people["group"])]
    return [*named, (ALL, np.ones(len(people), dtype=bool))]


def _indicator(people: pd.DataFrame, item: Variable, codes: tuple[str, ...]) -> np.ndarray:
    """Return 1 for the given answers, 0 for others, missing for no answer."""
    answers = people[item.variable]
    return np.where(answers.notna(), answers.isin(codes).astype(float), np.nan)


def _numeric(item: Variable) -> bool:
    return all(code.lstrip("-").isdigit() for code in item.codes)
