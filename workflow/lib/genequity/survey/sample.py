"""The respondents with their weights, and the sample design that every later step reads from that one frame.

Margins used in raking are kept beside the weights as columns ``margin__<variable>`` (category numbers), since
the variance of every estimate depends on them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from genequity.errors import InputError, Problem
from genequity.survey import weighting
from genequity.survey.codebook import Codebook
from genequity.survey.design import Calibration, Design, design

if TYPE_CHECKING:
    import pandas as pd

MARGIN = "margin__"
METHODS = ("rake", "supplied", "none")


def declared(codebook: Codebook, groups: list[str]) -> dict[str, list[str]]:
    """Return the variables that may be margins, with their categories."""
    return {"ethnicity": groups} | {
        variable.variable: list(variable.codes.values()) for variable in codebook.background if variable.codes
    }


def weigh(
    people: pd.DataFrame,
    margins: list[weighting.Margin],
    *,
    method: str,
    margins_file: str,
    tolerance: float,
    iterations: int,
    bounds: tuple[float, float] | None,
) -> tuple[pd.DataFrame, weighting.Raked | None]:
    """Return the respondents with ``base_weight``, ``weight`` and the margins raked to, and how raking went.

    Parameters
    ----------
    people : pandas.DataFrame
        From :func:`genequity.survey.respondents.tidy`.
    margins : list of Margin
        Population margins; used by ``rake`` only.
    method : {"rake", "supplied", "none"}
        Rake the base weights (1 where none were supplied); use the supplied weight; or weigh everybody the same.
    margins_file : str
        For messages.
    tolerance, iterations, bounds
        See :func:`genequity.survey.weighting.rake`.

    Raises
    ------
    InputError
        If raking does not reach the margins, or a supplied weight was asked for and the codebook names none.
    """
    people = with_base(people)
    if method != "rake":
        return people.assign(weight=people["base_weight"] if method == "supplied" else 1.0), None
    raked = weighting.rake(
        people["base_weight"].to_numpy(), margins, tolerance=tolerance, iterations=iterations, bounds=bounds
    )
    if not raked.converged:
        raise InputError(
            Problem(
                margins_file,
                f"after {raked.iterations} sweeps a weighted margin is still {raked.discrepancy:.2%} from its total",
                expected="weights that agree with every margin",
                do="widen survey.methods.trim, allow more sweeps, or merge small categories of the margins",
            )
        )
    people = people.assign(weight=raked.weights)
    return people.assign(**{MARGIN + margin.variable: margin.codes for margin in margins}), raked


def with_base(people: pd.DataFrame) -> pd.DataFrame:
    """Return the respondents with a base weight, which is 1 where the file has none."""
    return people if "base_weight" in people.columns else people.assign(base_weight=1.0)


def design_of(people: pd.DataFrame, *, lonely: str = "fail") -> Design:
    """Return the sample design of weighted respondents.

    Parameters
    ----------
    people : pandas.DataFrame
        From :func:`weigh`.
    lonely : str
        What to do with a stratum of one cluster (see :func:`genequity.survey.design.design`).
    """
    margins = [people[name].to_numpy(dtype=int) for name in people.columns if name.startswith(MARGIN)]
    calibration = Calibration(margins, people["base_weight"].to_numpy(dtype=float)) if margins else None

    def part(name: str) -> np.ndarray | None:
        return people[name].to_numpy() if name in people.columns else None

    return design(
        people["weight"].to_numpy(dtype=float),
        strata=part("stratum"),
        clusters=part("cluster"),
        fpc=part("fpc"),
        calibration=calibration,
        lonely=lonely,
    )
