"""The sample design and the one variance formula that every estimate of this strand uses.

Vocabulary: a *stratum* is a part of the population sampled separately; a *cluster* (primary sampling unit, PSU)
is what was drawn at the first stage; *fpc* is the finite population correction, given as the number of units in
the population or as the fraction sampled; an *influence function* is the derivative of an estimate with respect
to a respondent's weight. The variance of any smooth estimate is the design variance of the total of its
(weighted) influence functions. After calibration to known totals only the part of the influence function that
the margins do not explain varies (Deville and Särndal 1992, doi:10.1080/01621459.1992.10475217). Tested against
R survey 4.5 (Lumley).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from genequity.errors import InputError, Problem

LONELY = ("fail", "certainty", "adjust", "average")


@dataclass(frozen=True)
class Calibration:
    """What the weights were calibrated to.

    Parameters
    ----------
    margins : sequence of arrays of int, each (n,)
        The category of each respondent on each margin; one margin is post-stratification, several are raking.
    base_weights : array (n,)
        Weights before calibration.
    projection : {"base", "equal"}
        Weights of the regression that takes the margins out of the influence functions. ``base`` is that of Deville
        and Särndal and of R's ``calibrate`` and ``postStratify``; ``equal`` is that of R's ``rake``. They are the same
        when base weights are equal.
    """

    margins: Sequence[np.ndarray]
    base_weights: np.ndarray
    projection: str = "base"

    def residuals(self, influence: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return weighted influence functions (n, p) less what the margins explain."""
        plain = np.divide(influence, weights[:, None], out=np.zeros_like(influence), where=weights[:, None] > 0)
        plain = plain * self._scale[:, None]
        plain = plain - self._basis @ (self._basis.T @ plain)
        return plain / np.where(self._scale > 0, self._scale, 1)[:, None] * weights[:, None]

    @cached_property
    def _scale(self) -> np.ndarray:
        return np.sqrt(self.base_weights) if self.projection == "base" else np.ones(len(self.base_weights))

    @cached_property
    def _basis(self) -> np.ndarray:
        """An orthonormal basis of the margins' indicators, scaled."""
        indicators = np.column_stack([_indicators(margin) for margin in self.margins]) * self._scale[:, None]
        left, size, _ = np.linalg.svd(indicators, full_matrices=False)
        return left[:, size > size.max() * 1e-10]


@dataclass(frozen=True)
class Design:
    """A sample: weights, strata, clusters and population sizes at each stage. Make one with :func:`design`."""

    weights: np.ndarray
    strata: tuple[np.ndarray, ...]
    clusters: tuple[np.ndarray, ...]
    populations: tuple[np.ndarray, ...] | None = None
    calibration: Calibration | None = None
    lonely: str = "fail"

    @property
    def size(self) -> int:
        """Number of respondents."""
        return len(self.weights)

    def covariance(self, influence: np.ndarray) -> np.ndarray:
        """Return the covariance matrix of estimates from their weighted influence functions.

        Parameters
        ----------
        influence : array (n,) or (n, p)
            Zero for respondents outside the domain: they stay in the design.

        Raises
        ------
        InputError
            If a stratum has a single cluster and ``lonely`` is ``fail``.
        """
        influence = np.asarray(influence, dtype=float).reshape(self.size, -1)
        if self.calibration is not None:
            influence = self.calibration.residuals(influence, self.weights)
        result = np.zeros((influence.shape[1],) * 2)
        factor = np.ones(self.size)
        for stage, (strata, clusters) in enumerate(zip(self.strata, self.clusters, strict=True)):
            population = None if self.populations is None else self.populations[stage]
            part, fraction = self._stage(influence, strata, clusters, population, factor)
            result += part
            if population is None:
                break  # without a correction the first stage carries all variance
            factor = factor * fraction
        return result

    def degrees_of_freedom(self, domain: np.ndarray | None = None) -> int:
        """Clusters less strata, of the domain where one is given."""
        inside = (self.weights > 0) if domain is None else (domain & (self.weights > 0))
        return len(np.unique(self.clusters[0][inside])) - len(np.unique(self.strata[0][inside]))

    def _stage(self, influence, strata, clusters, population, factor):
        cluster_stratum = np.zeros(clusters.max() + 1, dtype=int)
        cluster_stratum[clusters] = strata
        drawn = np.bincount(cluster_stratum, minlength=strata.max() + 1)
        totals = np.zeros((len(cluster_stratum), influence.shape[1]))
        np.add.at(totals, clusters, influence)
        first = np.zeros(len(drawn), dtype=int)
        first[strata[::-1]] = np.arange(len(strata))[::-1]
        remaining = np.ones(len(drawn)) if population is None else 1 - drawn / population[first]
        lonely = (drawn == 1) & (remaining > 1e-7)
        if lonely.any() and self.lonely == "fail":
            raise InputError(
                Problem(
                    "survey design",
                    f"{int(lonely.sum())} strata have a single sampling unit, so their variance cannot be estimated",
                    expected="two or more sampling units in each stratum",
                    do="merge strata in the file, or set survey.methods.lonely_psu to adjust, average or certainty",
                )
            )
        means = np.zeros((len(drawn), influence.shape[1]))
        np.add.at(means, cluster_stratum, totals)
        means /= drawn[:, None]
        if self.lonely == "adjust":
            means[lonely] = totals.mean(axis=0) if len(totals) else 0
        scale = remaining * np.where(drawn > 1, drawn / np.maximum(drawn - 1, 1), 1) * factor[first]
        centred = totals - means[cluster_stratum]
        part = (centred * scale[cluster_stratum, None]).T @ centred
        if self.lonely == "average" and lonely.any():
            part = part * len(drawn) / (len(drawn) - lonely.sum())
        fraction = np.ones(self.size) if population is None else drawn[strata] / population
        return part, fraction


def design(
    weights: np.ndarray,
    *,
    strata: Sequence | None = None,
    clusters: Sequence | None = None,
    fpc: Sequence | None = None,
    calibration: Calibration | None = None,
    lonely: str = "fail",
) -> Design:
    """Describe a sample.

    Parameters
    ----------
    weights : array (n,)
        Analysis weights.
    strata, clusters : array (n,) or list of arrays, one a stage
        Labels. Clusters are taken as nested in strata, and stages in one another. Absent clusters: each respondent is
        one. Absent strata: one stratum.
    fpc : array (n,) or list of arrays, one a stage
        Units in the population of the stratum, or the fraction sampled if all are 1 or less.
    calibration : Calibration, optional
        What the weights were raked or post-stratified to.
    lonely : {"fail", "certainty", "adjust", "average"}
        What to do with a stratum of one cluster: stop; count no variance; centre on the overall mean; take the average
        of the other strata.
    """
    if lonely not in LONELY:
        raise ValueError(f"lonely is none of {', '.join(LONELY)}")
    weights = np.asarray(weights, dtype=float)
    stages = _stages(clusters) or [np.arange(len(weights))]
    layers = _stages(strata) or [np.zeros(len(weights), dtype=int)]
    cluster_codes: list[np.ndarray] = []
    stratum_codes: list[np.ndarray] = []
    for stage, labels in enumerate(stages):
        above = [] if stage == 0 else [cluster_codes[-1]]
        layer = [layers[stage]] if stage < len(layers) else []
        stratum = _codes([*above, *layer]) if above or layer else np.zeros(len(weights), dtype=int)
        stratum_codes.append(stratum)
        cluster_codes.append(_codes([stratum, labels]))
    populations = None
    if sizes := _stages(fpc):
        populations = tuple(
            _population(np.asarray(size, dtype=float), stratum_codes[stage], cluster_codes[stage])
            for stage, size in enumerate(sizes)
        )
        cluster_codes, stratum_codes = cluster_codes[: len(sizes)], stratum_codes[: len(sizes)]
    return Design(weights, tuple(stratum_codes), tuple(cluster_codes), populations, calibration, lonely)


def _population(size: np.ndarray, strata: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    pairs = np.unique(np.column_stack([strata, clusters]), axis=0)
    drawn = np.bincount(pairs[:, 0])[strata]
    population = drawn / size if (size <= 1).all() else size
    if (population < drawn - 1e-9).any():
        raise InputError(
            Problem(
                "survey design",
                f"in {len(np.unique(strata[population < drawn - 1e-9]))} strata more units were sampled than exist",
                where="column with role fpc",
                expected="the number of sampling units in the population of each stratum, or the fraction sampled",
            )
        )
    return population


def _stages(labels) -> list[np.ndarray]:
    if labels is None:
        return []
    if isinstance(labels, list | tuple) and len(labels) and np.ndim(labels[0]) == 1:
        return [np.asarray(label) for label in labels]
    return [np.asarray(labels)]


def _codes(columns: list[np.ndarray]) -> np.ndarray:
    code = np.zeros(len(columns[0]), dtype=int)
    for column in columns:
        _, inverse = np.unique(column, return_inverse=True)
        _, code = np.unique(code * (inverse.max() + 1) + inverse, return_inverse=True)
    return code


def _indicators(codes: np.ndarray) -> np.ndarray:
    return (codes[:, None] == np.unique(codes)[None, :]).astype(float)
