"""Pool effects by outcome and group, or say why they are not pooled.

Vocabulary: a *pool* is all effects of one outcome in one group against one comparator. It is not pooled when there are
fewer than two studies, when measures differ, or when a study gives more than one effect (they would not be
independent). Not pooling is a result: the row carries its reason.
"""

import numpy as np
import pandas as pd

from genequity.errors import raise_if
from genequity.evidence import effects, extraction, meta, review, sensitivity, studies

POOL = ["outcome", "group", "comparator"]
PREDICTION = {
    "z": "normal quantiles",
    "knha": "t quantiles with k − 1 degrees of freedom",
    "adhoc": "t quantiles with k − 1 degrees of freedom",
}


def single_studies(table: str | None, reports: str, settings: dict) -> pd.DataFrame:
    """Read the effect table and number the effects of one study within an outcome and group (`place`).

    Parameters
    ----------
    table : the extraction table, or None when the study has none.
    reports : reports of included studies, as the ledger step wrote them.
    settings : config `evidence.effects` (columns, constants, traced).

    Raises
    ------
    InputError
        With the problems of the table; when it is traced to the search, also with every study that was not included.
    """
    if table is None:
        return pd.DataFrame(columns=[*extraction.EFFECT_COLUMNS, "place"]).drop(columns="row")
    single = extraction.read_effects(table, settings["columns"], settings["constants"])
    known = set(review.text(reports)["study"])
    if settings["traced"] and known:
        raise_if(studies.unknown_names(single, known, table))
    single["place"] = single.groupby([*POOL, "study"]).cumcount() + 1
    return single.drop(columns="row")


def why_not(pool: pd.DataFrame, fewest: int) -> str:
    """Return why a pool is not pooled, or an empty text."""
    measures = sorted(set(pool["measure"]))
    if len(measures) > 1:
        names = " and ".join(effects.MEASURES[m][0] for m in measures)
        return f"the studies use measures that cannot be combined: {names}"
    number = pool["study"].nunique()
    if number < fewest:
        return f"{number} {'study' if number == 1 else 'studies'} only; at least {fewest} are needed"
    if number < len(pool):
        return "a study gives more than one estimate, and they are not independent"
    return ""


def pooled(
    single: pd.DataFrame,
    *,
    method: str,
    test: str,
    level: float,
    fewest: int,
    traced: bool = True,
    outcomes: dict[str, dict] | None = None,
) -> pd.DataFrame:
    """Pool every outcome and group.

    Parameters
    ----------
    single : one row an effect, from `extraction.read_effects`.
    method, test, level : as in `meta.fit`.
    fewest : studies needed.
    traced : whether the studies are the included studies of the search.
    outcomes : outcome -> {left, right}: what values below and above no difference mean.

    Returns
    -------
    One row a pool, columns of the table schema evidence/pooled.
    """
    rows = []
    for key, pool in single.groupby(POOL, sort=True):
        row = dict(zip(POOL, key, strict=True))
        measures = sorted(set(pool["measure"]))
        row |= {
            "measure": measures[0] if len(measures) == 1 else "mixed",
            "k": pool["study"].nunique(),
            "n": _people(pool),
            "reason": why_not(pool, fewest) or None,
            "level": level,
            "traced": traced,
            "lower_means": (outcomes or {}).get(row["outcome"], {}).get("left"),
            "higher_means": (outcomes or {}).get(row["outcome"], {}).get("right"),
        }
        row["status"] = "not pooled" if row["reason"] else "pooled"
        if not row["reason"]:
            row |= _estimate(pool, measures[0], method, test, level)
        rows.append(row)
    return pd.DataFrame(rows, columns=COLUMNS)


COLUMNS = [
    *POOL, "measure", "k", "n", "traced", "status", "reason", "estimate", "ci_low", "ci_high", "pi_low", "pi_high",
    "log_estimate", "p_value", "tau2", "tau2_low", "tau2_high", "i2", "q", "q_df", "q_p", "egger_p", "egger_note",
    "method", "test", "prediction_rule", "level", "lower_means", "higher_means",
]  # fmt: skip


def _people(pool: pd.DataFrame) -> float:
    counts = pool[["n_group", "n_comparator"]].to_numpy(dtype=float)
    return np.nan if np.isnan(counts).all() else float(np.nansum(counts))


def _estimate(pool: pd.DataFrame, measure: str, method: str, test: str, level: float) -> dict:
    fitted = meta.fit(pool["yi"], pool["vi"], method=method, test=test, level=level)
    values = [fitted["beta"][0], fitted["ci_low"][0], fitted["ci_high"][0]]
    values += [fitted.get("pi_low", np.nan), fitted.get("pi_high", np.nan)]
    shown = effects.shown(measure, values, _harmonic(pool["n_group"]))
    tau2_low, tau2_high = fitted.get("tau2_ci", (np.nan, np.nan))
    few = len(pool) < sensitivity.FEWEST_FOR_ASYMMETRY
    return {
        **dict(zip(["estimate", "ci_low", "ci_high", "pi_low", "pi_high"], map(float, shown), strict=True)),
        "log_estimate": values[0],
        "p_value": fitted["pval"][0],
        "tau2": fitted["tau2"],
        "tau2_low": tau2_low,
        "tau2_high": tau2_high,
        "i2": fitted["i2"],
        "q": fitted["q"],
        "q_df": fitted["q_df"],
        "q_p": fitted["q_p"],
        "egger_p": np.nan if few else sensitivity.egger(pool["yi"], pool["vi"])["pval"],
        "egger_note": f"not done with fewer than {sensitivity.FEWEST_FOR_ASYMMETRY} studies" if few else None,
        "method": method,
        "test": test,
        "prediction_rule": PREDICTION[test],
    }


def _harmonic(n: pd.Series) -> float:
    return float(1 / np.mean(1 / n.astype(float))) if n.notna().all() and len(n) else np.nan


def weights(single: pd.DataFrame, table: pd.DataFrame, *, method: str) -> pd.Series:
    """Weight of every effect in its pool, per cent; blank where the pool is not pooled."""
    result = pd.Series(np.nan, index=single.index)
    done = {tuple(row) for row in table.loc[table["status"] == "pooled", POOL].itertuples(index=False)}
    for key, pool in single.groupby(POOL):
        if key in done:
            result[pool.index] = meta.fit(pool["yi"], pool["vi"], method=method)["weights"]
    return result


def variations(single: pd.DataFrame, table: pd.DataFrame, *, method: str, test: str, level: float) -> pd.DataFrame:
    """Pool again with other estimators and tests, and without each study in turn.

    Returns
    -------
    outcome, group, comparator, kind ("estimator and test" or "leave one out"), variation, estimate, ci_low, ci_high,
    tau2.
    """
    rows = []
    done = {tuple(row) for row in table.loc[table["status"] == "pooled", POOL].itertuples(index=False)}
    for key, pool in single.groupby(POOL, sort=True):
        if key not in done:
            continue
        measure, y, v = pool["measure"].iloc[0], pool["yi"].to_numpy(), pool["vi"].to_numpy()
        fits = [
            ("estimator and test", f"{m}, {t}", meta.fit(y, v, method=m, test=t, level=level))
            for m in ("DL", "EE", "ML", "PM", "REML")
            for t in ("z", "knha")
            if not (m == "EE" and t == "knha")
        ]
        if len(pool) > 2:
            left_out = sensitivity.leave_one_out(y, v, method=method, test=test, level=level)
            fits += [("leave one out", s, f) for s, f in zip(pool["study"], left_out, strict=True)]
        harmonic = _harmonic(pool["n_group"])
        for kind, name, fitted in fits:
            values = [fitted["beta"][0], fitted["ci_low"][0], fitted["ci_high"][0]]
            shown = [float(x) for x in effects.shown(measure, values, harmonic)]
            rows.append((*key, kind, name, *shown, fitted["tau2"]))
    names = [*POOL, "kind", "variation", "estimate", "ci_low", "ci_high", "tau2"]
    return pd.DataFrame(rows, columns=names)
