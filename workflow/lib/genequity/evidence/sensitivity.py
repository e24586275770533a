"""How much a pooled estimate rests on single studies, on small ones, on order, and on the pooling method."""

import numpy as np
from scipy import stats

from genequity.evidence import meta

FEWEST_FOR_ASYMMETRY = 10  # studies; below it tests of small-study effects are refused (Cochrane Handbook 13.3.5.4)


def leave_one_out(yi, vi, **options) -> list[dict]:
    """Pool again without each study in turn; options as in `meta.fit`."""
    y, v = np.asarray(yi, dtype=float), np.asarray(vi, dtype=float)
    return [meta.fit(np.delete(y, i), np.delete(v, i), **options) for i in range(len(y))]


def cumulative(yi, vi, order, **options) -> list[dict]:
    """Pool the first, the first two, … studies in the given order of positions."""
    y, v = np.asarray(yi, dtype=float)[order], np.asarray(vi, dtype=float)[order]
    return [meta.fit(y[:n], v[:n], **options) for n in range(1, len(y) + 1)]


def egger(yi, vi, *, predictor=None, model: str = "rma") -> dict:
    """Regression test for small-study effects (Egger 1997; Sterne and Egger 2005).

    Parameters
    ----------
    predictor : values regressed on; the standard errors when absent.
    model : "rma" (mixed-effects, REML, z) or "lm" (weighted regression with a multiplicative dispersion, t).

    Returns
    -------
    stat, pval, df (None with rma) of the slope; est, ci_low, ci_high: the estimate as the predictor goes to zero.
    """
    y, v = np.asarray(yi, dtype=float), np.asarray(vi, dtype=float)
    values = np.sqrt(v) if predictor is None else np.asarray(predictor, dtype=float)
    if model == "rma":
        fitted = meta.fit(y, v, values[:, None])
    else:
        fitted = meta.fit(y, v, values[:, None], method="EE", test="knha")
    return {
        "stat": fitted["stat"][1],
        "pval": fitted["pval"][1],
        "df": fitted["df"],
        "est": fitted["beta"][0],
        "ci_low": fitted["ci_low"][0],
        "ci_high": fitted["ci_high"][0],
    }


def rank_test(yi, vi) -> dict:
    """Rank correlation of standardised estimates with their variances (Begg and Mazumdar 1994)."""
    y, v = np.asarray(yi, dtype=float), np.asarray(vi, dtype=float)
    centre = np.sum(y / v) / np.sum(1 / v)
    standardised = (y - centre) / np.sqrt(v - 1 / np.sum(1 / v))
    tau, p = stats.kendalltau(standardised, v, method="exact" if len(y) < 50 else "auto")
    return {"tau": float(tau), "pval": float(p)}


def mantel_haenszel(measure: str, ai, bi, ci, di, level: float = 0.95) -> dict:
    """Common-effect Mantel–Haenszel estimate of RR, OR (log scale) or RD, without correction of zero cells.

    Variances: Robins, Breslow and Greenland 1986 (OR); Greenland and Robins 1985 (RR); Sato 1989 (RD).
    """
    a, b, c, d = (np.asarray(x, dtype=float) for x in (ai, bi, ci, di))
    n1, n2 = a + b, c + d
    n = n1 + n2
    if measure == "OR":
        p, q, r, s = (a + d) / n, (b + c) / n, a * d / n, b * c / n
        beta = np.log(r.sum() / s.sum())
        se = np.sqrt(
            0.5
            * (
                np.sum(p * r) / r.sum() ** 2
                + np.sum(p * s + q * r) / (r.sum() * s.sum())
                + np.sum(q * s) / s.sum() ** 2
            )
        )
    elif measure == "RR":
        r, s = a * n2 / n, c * n1 / n
        beta = np.log(r.sum() / s.sum())
        se = np.sqrt(np.sum(n1 * n2 * (a + c) / n**2 - a * c / n) / (r.sum() * s.sum()))
    else:
        weights = n1 * n2 / n
        beta = np.sum(a * n2 / n - c * n1 / n) / weights.sum()
        p = np.sum((n1**2 * c - n2**2 * a + n1 * n2 * (n2 - n1) / 2) / n**2)
        q = np.sum((a * (n2 - c) + c * (n1 - a)) / (2 * n))
        se = np.sqrt((beta * p + q) / weights.sum() ** 2)
    crit = stats.norm.ppf(0.5 + level / 2)
    return {"beta": float(beta), "se": float(se), "ci_low": beta - crit * se, "ci_high": beta + crit * se}
