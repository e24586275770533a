"""Effect sizes of single studies: from counts, means or reported intervals to an estimate and its variance.

Names are those of R's metafor, so that its users feel at home: `ai, bi` events and non-events in the group,
`ci, di` in the comparator, `n1i, n2i` their totals; `xi, ni` events and total of one sample; `m1i, sd1i` mean and
standard deviation; `yi, vi` estimate and variance on the scale of analysis; `est, lo, hi` a reported estimate.

Source of the formulas: Viechtbauer W, J Stat Softw 2010;36(3) (metafor, `escalc`); tested against metafor 3.8-1.
"""

import numpy as np
from scipy import special, stats

# Added to all cells of a two-by-two table (or to events and non-events of a sample) that holds a zero, as in metafor.
ZERO_CELL = 0.5

# Measure -> (plain name, kind of input, scale on which it is shown)
MEASURES = {
    "RR": ("risk ratio", "table", "exp"),
    "OR": ("odds ratio", "table", "exp"),
    "RD": ("risk difference", "table", "identity"),
    "PETO": ("Peto odds ratio", "table", "exp"),
    "MD": ("mean difference", "means", "identity"),
    "SMD": ("standardised mean difference (Hedges)", "means", "identity"),
    "SMDH": ("standardised mean difference, unequal variances", "means", "identity"),
    "ROM": ("ratio of means", "means", "exp"),
    "PR": ("proportion", "sample", "identity"),
    "PLN": ("proportion (log)", "sample", "exp"),
    "PLO": ("proportion (logit)", "sample", "logit"),
    "PAS": ("proportion (arcsine)", "sample", "arcsine"),
    "PFT": ("proportion (Freeman-Tukey)", "sample", "none"),
    "HR": ("hazard ratio", "reported", "exp"),
    "IRR": ("rate ratio", "reported", "exp"),
}
RATIOS = frozenset(name for name, (_, kind, scale) in MEASURES.items() if scale == "exp" and kind != "sample")
NEEDS = {
    "table": ["ai", "bi", "ci", "di"],
    "means": ["m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i"],
    "sample": ["xi", "ni"],
}


def from_table(measure: str, ai, bi, ci, di) -> tuple[np.ndarray, np.ndarray]:
    """Estimate and variance of RR, OR (log scale), RD or PETO from two-by-two tables (arrays of equal length)."""
    a, b, c, d = (np.asarray(x, dtype=float) for x in (ai, bi, ci, di))
    if measure == "PETO":
        n1, n2, total, events = a + b, c + d, a + b + c + d, a + c
        variance = events * (b + d) * (n1 / total) * (n2 / total) / (total - 1)
        return (a - events * n1 / total) / variance, 1 / variance
    add = np.where((a == 0) | (b == 0) | (c == 0) | (d == 0), ZERO_CELL, 0.0)
    a, b, c, d = a + add, b + add, c + add, d + add
    n1, n2 = a + b, c + d
    if measure == "RR":
        return np.log(a / n1) - np.log(c / n2), 1 / a - 1 / n1 + 1 / c - 1 / n2
    if measure == "OR":
        return np.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d
    p1, p2 = a / n1, c / n2
    return p1 - p2, p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2


def from_means(measure: str, m1i, sd1i, n1i, m2i, sd2i, n2i) -> tuple[np.ndarray, np.ndarray]:
    """Estimate and variance of MD, SMD, SMDH or ROM (log scale) from means, standard deviations and sizes."""
    m1, s1, n1, m2, s2, n2 = (np.asarray(x, dtype=float) for x in (m1i, sd1i, n1i, m2i, sd2i, n2i))
    if measure == "MD":
        return m1 - m2, s1**2 / n1 + s2**2 / n2
    if measure == "ROM":
        return np.log(m1 / m2), s1**2 / (n1 * m1**2) + s2**2 / (n2 * m2**2)
    df = n1 + n2 - 2
    exact = np.exp(special.gammaln(df / 2) - 0.5 * np.log(df / 2) - special.gammaln((df - 1) / 2))
    if measure == "SMD":
        pooled = np.sqrt(((n1 - 1) * s1**2 + (n2 - 1) * s2**2) / df)
        y = exact * (m1 - m2) / pooled
        return y, 1 / n1 + 1 / n2 + y**2 / (2 * (n1 + n2))
    mean_variance = (s1**2 + s2**2) / 2
    y = exact * (m1 - m2) / np.sqrt(mean_variance)
    variance = s1**4 / (n1 - 1) + s2**4 / (n2 - 1)
    v = y**2 * variance / (8 * mean_variance**2) + (s1**2 / (n1 - 1) + s2**2 / (n2 - 1)) / mean_variance
    return y, exact**2 * v


def from_sample(measure: str, xi, ni) -> tuple[np.ndarray, np.ndarray]:
    """Estimate and variance of a proportion on the scale PR, PLN, PLO, PAS or PFT."""
    x, n = np.asarray(xi, dtype=float), np.asarray(ni, dtype=float)
    if measure == "PAS":
        return np.arcsin(np.sqrt(x / n)), 1 / (4 * n)
    if measure == "PFT":
        return (np.arcsin(np.sqrt(x / (n + 1))) + np.arcsin(np.sqrt((x + 1) / (n + 1)))) / 2, 1 / (4 * n + 2)
    add = np.where((x == 0) | (x == n), ZERO_CELL, 0.0)
    x, n = x + add, n + 2 * add
    p = x / n
    if measure == "PR":
        return p, p * (1 - p) / n
    if measure == "PLN":
        return np.log(p), 1 / x - 1 / n
    return np.log(p / (1 - p)), 1 / x + 1 / (n - x)


def from_interval(measure: str, est, lo, hi, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Estimate and variance from a reported estimate and its interval; ratios go to the log scale first."""
    values = [np.asarray(x, dtype=float) for x in (est, lo, hi)]
    if measure in RATIOS:
        values = [np.log(x) for x in values]
    y, low, high = values
    return y, ((high - low) / (2 * stats.norm.ppf(0.5 + level / 2))) ** 2


def shown(measure: str, value, harmonic_n: float | None = None):
    """Bring a value from the scale of analysis to the scale on which it is read (log ratio -> ratio).

    For PFT this is Miller's inversion (Am Stat 1978;32:138), which needs the harmonic mean of the sample sizes.
    """
    value = np.asarray(value, dtype=float)
    scale = MEASURES[measure][2]
    if measure == "PFT":
        return _miller(value, harmonic_n)
    if scale == "exp":
        return np.exp(value)
    if scale == "logit":
        return special.expit(value)
    if scale == "arcsine":
        return np.sin(np.clip(value, 0, np.pi / 2)) ** 2
    return value


def _miller(t, n: float):
    low = (np.arcsin(0) + np.arcsin(np.sqrt(1 / (n + 1)))) / 2
    high = (np.arcsin(np.sqrt(n / (n + 1))) + np.arcsin(1)) / 2
    inside = np.clip(t, low, high)
    sine = np.sin(2 * inside)
    root = np.sqrt(np.clip(1 - (sine + (sine - 1 / sine) / n) ** 2, 0, None))
    p = 0.5 * (1 - np.sign(np.cos(2 * inside)) * root)
    return np.where(t <= low, 0.0, np.where(t >= high, 1.0, p))
