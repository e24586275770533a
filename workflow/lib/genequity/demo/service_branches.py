"""The demonstration's side branches: failed tests, research offered and accepted, and relatives tested afterwards."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

FOUND, FAILED = 1, 3  # outcomes
RESEARCH_IN = 2  # the category whose form asks about research: whole genome
RELATIVE_ACCEPTED, RELATIVE_TESTED = 0.97, 0.9  # shares of relatives after the first of a family
NOT_ASKED, NOT_OFFERED, DECLINED, AGREED = -1, 0, 1, 2


def stages(truth: dict[str, Any], rows: dict[str, np.ndarray], rng: np.random.Generator) -> None:
    """Draw the branches of every referral, in place."""
    from genequity.demo.service import NO_DAY, chance

    size = len(rows["person"])

    def happens(stage: str) -> np.ndarray:
        likely = chance(truth, rows, rng, stage)
        return rng.random(size) < likely

    failed = happens("failed") & (rows["report_day"] > NO_DAY)
    rows["outcome"] = np.where(failed, FAILED, rows["outcome"])
    offered, accepted = happens("research_offered"), happens("research_accepted")
    choice = np.where(offered, np.where(accepted, AGREED, DECLINED), NOT_OFFERED)
    asked = (rows["test_day"] > NO_DAY) & (rows["category"] == RESEARCH_IN)
    rows["research"] = np.where(asked, choice, NOT_ASKED)
    # A family decides once, however often the proband was referred.
    draw = rng.random(rows["person"].max() + 1)[rows["person"]]
    rows["cascades"] = draw < chance(truth, rows, rng, "cascade")
    rows["family"] = rows["person"]


def relatives(shares: list[float], probands: pd.DataFrame, rng: np.random.Generator, until: int) -> pd.DataFrame:
    """Return the relatives' own referrals, after the first report with a cause found in the family.

    Parameters
    ----------
    shares : list of float
        Share of these families with one, two and more relatives.
    probands : pandas.DataFrame
        Referrals as numbers.
    rng : numpy.random.Generator
        Of these branches.
    until : int
        Day on which the extract is taken.
    """
    from genequity.demo.service import NO_DAY

    first = probands[(probands["outcome"] == FOUND) & probands["cascades"]].sort_values(["report_day", "referral"])
    first = first.drop_duplicates("family").sort_values("referral")
    number = 1 + np.searchsorted(np.cumsum(shares)[:-1], rng.random(len(first)))
    kin = first.loc[first.index.repeat(number)].reset_index(drop=True)
    size = len(kin)
    day = kin["report_day"] + rng.integers(5, 46, size)
    test_day = day + rng.integers(10, 101, size)
    report_day = test_day + rng.integers(10, 50, size)
    # The first relative of a family always comes: whether any does is what is planted.
    comes = ~kin.duplicated("family").to_numpy()
    accepted = comes | (rng.random(size) < RELATIVE_ACCEPTED)
    tested = accepted & (comes | (rng.random(size) < RELATIVE_TESTED)) & (test_day <= until)
    reported = tested & (report_day <= until)
    kin = kin.assign(
        person=probands["person"].max() + 1 + np.arange(size),
        referral=probands["referral"].max() + 1 + np.arange(size),
        relative=True,
        day=day,
        age=rng.integers(18, 80, size),
        sex=rng.integers(0, 2, size),
        accepted=accepted.astype(int),
        category=1,
        test_day=np.where(tested, test_day, NO_DAY),
        report_day=np.where(reported, report_day, NO_DAY),
        outcome=np.where(reported, np.where(rng.random(size) < 0.5, FOUND, 0), -1),
        research=NOT_ASKED,
        code_form=kin["code_nhs"],
        code_hospital="",
    )
    return kin[kin["day"] <= until].reset_index(drop=True)
