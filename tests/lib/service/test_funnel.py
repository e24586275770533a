"""Funnel limits of few units: every z score counts as it is; of many, a tenth at each end is drawn in."""

import numpy as np
import pandas as pd
import pytest
from genequity.service import funnel


def units(count, apart):
    """Units of 1,000 records that lie at one distance from a half on either side, two of them three times as far."""
    steps = np.where(np.arange(count) % 2, 1.0, -1.0)
    steps[:2] *= 3
    regions = [f"R{i:02}" for i in range(count)]
    frame = pd.DataFrame({"region": regions, "provider": "All providers", "outcome": "x", "kind": "region"})
    return frame.assign(eligible=1000, reached=(500 + apart * steps).astype(int))


def z_of(found):
    return (np.arcsin(np.sqrt(found["share"])) - np.arcsin(np.sqrt(found["target"]))) * 2 * np.sqrt(found["eligible"])


@pytest.mark.parametrize("count", [6, funnel.FEWEST_WINSORISED - 2])
def test_of_few_units_none_is_drawn_in(count):
    found = funnel.limits(units(count, 20))
    assert found["phi"].iloc[0] == pytest.approx((z_of(found) ** 2).mean(), rel=1e-12)


def test_of_many_units_a_tenth_at_each_end_is_drawn_in():
    found = funnel.limits(units(funnel.FEWEST_WINSORISED, 20))
    z = z_of(found)
    assert found["phi"].iloc[0] == pytest.approx((z.clip(*np.quantile(z, [0.1, 0.9])) ** 2).mean(), rel=1e-12)
    assert found["phi"].iloc[0] < (z**2).mean()


def test_seven_regions_that_differ_alike_are_not_flagged_oftener_than_the_level_says():
    """True shares are normal about 0.6 with a spread far beyond chance: at most one in twenty stands out.

    With the outermost drawn in, more than twice as many stand out.
    """
    rng, flagged, drawn = np.random.default_rng(5), [], []
    for _ in range(300):
        share = np.sin(np.clip(rng.normal(0.886, 0.05, 7), 0, np.pi / 2)) ** 2
        frame = units(7, 0).assign(eligible=2000, reached=rng.binomial(2000, share))
        found = funnel.limits(frame)
        flagged.append((found["position"] != "within the limits").mean())
        z, error = z_of(found), np.full(7, 1 / (2 * np.sqrt(2000)))
        tau2 = funnel.between(funnel.dispersion(funnel.winsorised(z)), error, 7)
        drawn.append((np.abs(z * error) > 1.959964 * np.sqrt(error**2 + tau2)).mean())
    assert np.mean(flagged) < 0.05
    assert np.mean(drawn) > 2 * np.mean(flagged)
