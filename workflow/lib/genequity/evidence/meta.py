"""Random-effects meta-analysis and meta-regression.

Vocabulary: *tau²* is the variance of true effects between studies; *I²* the share of the variation between estimates
that it makes up; a *prediction interval* says where the true effect of a new study may lie. The common-effect model
(`EE`) takes tau² as zero.

Source: Viechtbauer W, J Educ Behav Stat 2005;30:261 and J Stat Softw 2010;36(3). Every value is tested against
metafor 3.8-1. Prediction intervals follow metafor: normal quantiles with the z test, t with k − p degrees of freedom
with Knapp–Hartung (other software uses k − 2).
"""

import numpy as np
from scipy import optimize, stats

ITERATIONS = 100
THRESHOLD = 1e-5  # change of tau² at which scoring stops: metafor's default, so that printed results agree with it
LARGEST_TAU2 = 1e4  # upper end of the search for tau² and its interval


class Weighted:
    """Weighted least squares with weights 1 / (vi + tau²): projection, coefficients and residual sum of squares."""

    def __init__(self, y: np.ndarray, v: np.ndarray, x: np.ndarray, tau2: float):
        self.w = 1 / (v + tau2)
        xw = x * self.w[:, None]
        self.information = xw.T @ x
        self.cov = np.linalg.inv(self.information)
        self.projection = np.diag(self.w) - xw @ self.cov @ xw.T
        self.beta = self.cov @ (xw.T @ y)
        self.rss = float(np.sum(self.w * (y - x @ self.beta) ** 2))


def _ee(y, v, x) -> tuple[float, float]:
    return 0.0, np.nan


def _dl(y, v, x) -> tuple[float, float]:
    k, p = x.shape
    fit = Weighted(y, v, x, 0.0)
    trace = np.trace(fit.projection)
    tau2 = max(0.0, (fit.rss - (k - p)) / trace)
    second = np.sum(fit.projection**2)
    return tau2, np.sqrt(2 * (k - p) + 4 * tau2 * trace + 2 * tau2**2 * second) / trace


def _hs(y, v, x) -> tuple[float, float]:
    k, p = x.shape
    fit = Weighted(y, v, x, 0.0)
    trace, weights = np.trace(fit.projection), np.sum(1 / v)
    tau2 = max(0.0, (fit.rss - k) / weights)
    second = np.sum(fit.projection**2)
    return tau2, np.sqrt(2 * (k - p) + 4 * tau2 * trace + 2 * tau2**2 * second) / weights


def _he(y, v, x) -> tuple[float, float]:
    k, p = x.shape
    unweighted = np.eye(k) - x @ np.linalg.inv(x.T @ x) @ x.T
    pv = unweighted * v
    tau2 = max(0.0, (float(y @ unweighted @ y) - np.trace(pv)) / (k - p))
    inside = 2 * np.trace(pv @ pv) + 4 * tau2 * np.trace(pv) + 2 * tau2**2 * (k - p)
    return tau2, np.sqrt(inside) / (k - p)


def _sj(y, v, x) -> tuple[float, float]:
    k, p = x.shape
    start = float(np.var(y))  # divisor k, as in metafor
    fit = Weighted(y, v, x, start)
    tau2 = start * fit.rss / (k - p)
    pv = fit.projection * v
    inside = 2 * np.trace(pv @ pv) + 4 * tau2 * np.sum(fit.projection * pv) + 2 * tau2**2 * np.sum(fit.projection**2)
    return tau2, start / (k - p) * np.sqrt(inside)


def _scoring(y, v, x, step) -> float:
    """Fisher scoring from the Hedges start; a step that would go below zero is halved."""
    tau2 = _he(y, v, x)[0]
    for _ in range(ITERATIONS):
        change = step(Weighted(y, v, x, tau2))
        while tau2 + change < 0 and abs(change) > 1e-16:
            change /= 2
        new = max(0.0, tau2 + change)
        if abs(new - tau2) <= THRESHOLD:
            return new
        tau2 = new
    root = optimize.root_scalar(lambda t: step(Weighted(y, v, x, t)), bracket=(0, LARGEST_TAU2), xtol=1e-12)
    return float(root.root)


def _ml(y, v, x) -> tuple[float, float]:
    def step(fit):
        py = fit.projection @ y
        return float(py @ py - np.sum(fit.w)) / float(np.sum(fit.w**2))

    tau2 = _scoring(y, v, x, step)
    return tau2, np.sqrt(2 / np.sum((1 / (v + tau2)) ** 2))


def _reml(y, v, x) -> tuple[float, float]:
    def step(fit):
        py = fit.projection @ y
        return float(py @ py - np.trace(fit.projection)) / float(np.sum(fit.projection**2))

    tau2 = _scoring(y, v, x, step)
    return tau2, np.sqrt(2 / np.sum(Weighted(y, v, x, tau2).projection ** 2))


def _eb(y, v, x) -> tuple[float, float]:
    k, p = x.shape

    def step(fit):
        return (fit.rss * k / (k - p) - k) / float(np.sum(fit.w))

    tau2 = _scoring(y, v, x, step)
    return tau2, np.sqrt(2 * k**2 / (k - p)) / np.sum(1 / (v + tau2))


def _pm(y, v, x) -> tuple[float, float]:
    k, p = x.shape

    def excess(tau2):
        return Weighted(y, v, x, tau2).rss - (k - p)

    tau2 = 0.0 if excess(0.0) <= 0 else optimize.brentq(excess, 0, LARGEST_TAU2, xtol=1e-13)
    return tau2, np.sqrt(2 * k**2 / (k - p)) / np.sum(1 / (v + tau2))


ESTIMATORS = {"REML": _reml, "ML": _ml, "DL": _dl, "PM": _pm, "EB": _eb, "HE": _he, "HS": _hs, "SJ": _sj, "EE": _ee}
TESTS = ("z", "knha", "adhoc")


def fit(yi, vi, mods=None, *, method: str = "REML", test: str = "z", level: float = 0.95) -> dict:
    """Fit a meta-analysis, or a meta-regression when `mods` is given.

    Parameters
    ----------
    yi, vi : estimates and their variances, one a study.
    mods : array of k rows, one column a moderator; the intercept is added.
    method : a key of `ESTIMATORS` (estimator of tau²).
    test : "z", "knha" (Knapp–Hartung) or "adhoc" (Knapp–Hartung whose factor is never below one).
    level : of all intervals.

    Returns
    -------
    k, beta, se, stat, pval, ci_low, ci_high (arrays, intercept first), tau2, se_tau2, tau2_ci, i2 and i2_ci (per
    cent), h2, q, q_df, q_p, qm, qm_p, df (None with z), ll, r2 (per cent), pi_low, pi_high (intercept only), weights
    (per cent).
    """
    y, v = np.asarray(yi, dtype=float), np.asarray(vi, dtype=float)
    k = len(y)
    x = np.ones((k, 1)) if mods is None else np.column_stack([np.ones(k), np.asarray(mods, dtype=float)])
    p = x.shape[1]
    if k <= p:
        tau2, se_tau2 = 0.0, np.nan
    else:
        tau2, se_tau2 = ESTIMATORS[method](y, v, x)
    common, final = Weighted(y, v, x, 0.0), Weighted(y, v, x, tau2)
    factor = 1.0
    if test != "z" and k > p:
        factor = final.rss / (k - p)
        if test == "adhoc":
            factor = max(1.0, factor)
    cov = final.cov * factor
    se = np.sqrt(np.diag(cov))
    df = None if test == "z" else k - p
    dist = stats.norm if df is None else stats.t(df)
    crit = dist.ppf(0.5 + level / 2)
    stat = final.beta / se
    chosen = slice(None) if p == 1 else slice(1, None)
    tested = final.beta[chosen]
    qm = float(tested @ np.linalg.solve(cov[chosen, chosen], tested))
    if df is None:
        qm_p = stats.chi2.sf(qm, len(tested))
    else:
        qm /= len(tested)
        qm_p = stats.f.sf(qm, len(tested), df)
    typical = (k - p) / np.trace(common.projection) if k > p else np.nan
    if method == "EE":
        i2 = max(0.0, 100 * (common.rss - (k - p)) / common.rss) if k > p else np.nan
        h2 = common.rss / (k - p) if k > p else np.nan
    else:
        i2, h2 = 100 * tau2 / (typical + tau2), tau2 / typical + 1
    result = {
        "k": k,
        "beta": final.beta,
        "se": se,
        "stat": stat,
        "pval": 2 * dist.sf(np.abs(stat)),
        "ci_low": final.beta - crit * se,
        "ci_high": final.beta + crit * se,
        "tau2": tau2,
        "se_tau2": se_tau2,
        "i2": i2,
        "h2": h2,
        "q": common.rss,
        "q_df": k - p,
        "q_p": stats.chi2.sf(common.rss, k - p) if k > p else np.nan,
        "qm": qm,
        "qm_p": float(qm_p),
        "df": df,
        "ll": _likelihood(y, v, x, tau2, restricted=method == "REML"),
        "weights": 100 * final.w / final.w.sum(),
        "r2": np.nan,
    }
    if p > 1 and method != "EE":
        alone = ESTIMATORS[method](y, v, np.ones((k, 1)))[0]
        result["r2"] = max(0.0, 100 * (alone - tau2) / alone) if alone > 0 else np.nan
    if method != "EE" and k > p:
        low, high = q_profile(y, v, x, level)
        result["tau2_ci"] = (low, high)
        result["i2_ci"] = tuple(100 * t / (typical + t) for t in (low, high))
    if p == 1 and method != "EE":
        half = crit * np.sqrt(se[0] ** 2 + tau2)
        result["pi_low"], result["pi_high"] = final.beta[0] - half, final.beta[0] + half
    return result


def _likelihood(y, v, x, tau2: float, *, restricted: bool) -> float:
    """Log likelihood; the restricted one carries metafor's constant."""
    k, p = x.shape
    fitted = Weighted(y, v, x, tau2)
    value = -0.5 * k * np.log(2 * np.pi) - 0.5 * np.sum(np.log(v + tau2)) - 0.5 * fitted.rss
    if restricted:
        value += 0.5 * p * np.log(2 * np.pi) + 0.5 * np.linalg.slogdet(x.T @ x)[1]
        value -= 0.5 * np.linalg.slogdet(fitted.information)[1]
    return float(value)


def q_profile(y, v, x, level: float = 0.95) -> tuple[float, float]:
    """Interval of tau² from the distribution of the generalised Q (Viechtbauer, Stat Med 2007;26:37)."""
    k, p = x.shape

    def bound(quantile: float) -> float:
        target = stats.chi2.ppf(quantile, k - p)
        if Weighted(y, v, x, 0.0).rss < target:
            return 0.0
        return optimize.brentq(lambda t: Weighted(y, v, x, t).rss - target, 0, LARGEST_TAU2, xtol=1e-12)

    return bound(0.5 + level / 2), bound(0.5 - level / 2)
