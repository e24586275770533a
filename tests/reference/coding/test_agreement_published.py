"""Agreement coefficients against published examples (sources beside each; the list is shared/reference/agreement.md)."""

import numpy as np
import pytest
from genequity.coding import agreement

NAN = np.nan
# Krippendorff 2011, Computing Krippendorff's alpha-reliability: 4 observers, 12 units, missing data.
FOUR_OBSERVERS = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, NAN, NAN, NAN],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NAN, 3],
    [NAN, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NAN],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NAN],
]
# Fleiss 1971, table 1: 30 patients, 6 psychiatrists, 5 categories.
FLEISS = """0 0 0 6 0|0 3 0 0 3|0 1 4 0 1|0 0 0 0 6|0 3 0 3 0|2 0 4 0 0|0 0 4 0 2|2 0 3 1 0|2 0 0 4 0|0 0 0 0 6
1 0 0 5 0|1 1 0 4 0|0 3 3 0 0|1 0 0 5 0|0 2 0 3 1|0 0 5 0 1|3 0 0 1 2|5 1 0 0 0|0 2 0 4 0|1 0 2 0 3
0 0 0 0 6|0 1 0 5 0|0 2 0 1 3|2 0 0 4 0|1 0 0 4 1|0 5 0 1 0|4 0 0 0 2|0 2 0 4 0|1 0 5 0 0|0 0 0 0 6"""


@pytest.mark.parametrize(
    ("level", "alpha"), [("nominal", 0.7434), ("ordinal", 0.8154), ("interval", 0.8491), ("ratio", 0.7974)]
)
def test_krippendorff_four_observers(level, alpha):
    assert agreement.krippendorff(FOUR_OBSERVERS, level).value == pytest.approx(alpha, abs=5e-5)


def test_krippendorff_2004_ten_pairs():
    pairs = [(1, 0), (1, 1), (0, 1), (0, 0), (0, 0), (0, 1), (0, 0), (0, 1), (0, 0), (0, 0)]
    first, second = np.array(pairs).T
    square = np.array([[np.sum((first == i) & (second == j)) for j in (0, 1)] for i in (0, 1)])
    assert agreement.percent(square).value == pytest.approx(0.600)
    assert agreement.alpha(square).value == pytest.approx(0.095, abs=5e-4)
    assert agreement.krippendorff([first, second]).value == pytest.approx(agreement.alpha(square).value)


def test_gwet_paradox():
    square = [[80, 7], [8, 5]]  # pa .85, pe .21875
    assert agreement.percent(square).value == pytest.approx(0.85)
    assert agreement.ac1(square).value == pytest.approx((0.85 - 0.21875) / (1 - 0.21875), abs=1e-4)
    assert agreement.ac1(square).value == pytest.approx(0.808, abs=5e-4)
    assert agreement.cohen(square).value == pytest.approx(0.3144, abs=5e-5)


def test_cohen_1960_example_2():
    square = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]
    assert agreement.percent(square).value == pytest.approx(0.70)
    assert agreement.cohen(square).value == pytest.approx(0.492, abs=5e-4)
    assert agreement.cohen_maximum(square).value == pytest.approx(0.831, abs=5e-4)


def test_fleiss_1971():
    counts = np.array([[int(x) for x in row.split()] for row in FLEISS.replace("\n", "|").split("|")])
    assert counts.shape == (30, 5)
    overall, each = agreement.fleiss(counts)
    assert overall.value == pytest.approx(0.430, abs=5e-4)
    # Unrounded; the same as R irr::kappam.fleiss(diagnoses, detail = TRUE).
    assert [c.value for c in each] == pytest.approx([0.245, 0.245, 0.520, 0.471, 0.566], abs=5e-4)
    # The paper prints .248 .248 .517 .470 .565: its category shares and agreements are rounded to three decimals first.
    share = np.round(counts.sum(axis=0) / 180, 3)
    seen = np.round(((counts**2).sum(axis=0) - 180 * share) / (180 * 5 * share), 3)
    assert (seen - share) / (1 - share) == pytest.approx([0.248, 0.248, 0.517, 0.470, 0.565], abs=5e-4)


def test_unitised_alpha_krippendorff_2004_page_254():
    coders = [
        {"c": [(225, 70), (370, 30)], "k": [(180, 60), (300, 50)]},
        {"c": [(220, 80), (355, 20), (400, 20)], "k": [(180, 60), (300, 50)]},
    ]
    overall, each = agreement.unitised_alpha(coders, 150, 300)
    assert each["c"].value == pytest.approx(0.7286, abs=5e-5)
    assert each["k"].value == pytest.approx(1.0)
    # The book prints .8591, made of rounded parts: 1 - .0144 / (.0532 + .0490). Unrounded parts give .8587.
    assert pytest.approx(0.8591, abs=5e-5) == 1 - 0.0144 / (0.0532 + 0.0490)
    assert overall.value == pytest.approx(0.8587, abs=5e-5)


def test_nvivo_help_example():
    square = [[50, 100], [50, 800]]  # 1000 characters: 50 both, A 150, B 100
    assert agreement.percent(square).value == pytest.approx(0.85)
    assert agreement.cohen(square).value == pytest.approx(70 / 220)


def test_masi_names_its_form():
    assert agreement.masi_distance({1}, {1, 2}) == pytest.approx(1 - 1 / 2 * 2 / 3)  # .6667
    assert agreement.masi_distance(set(), set()) == 0
    assert agreement.masi_distance({1}, {2}) == 1
    assert agreement.masi_distance({1, 2}, {2, 3}) == pytest.approx(1 - 1 / 3 * 1 / 3)


def test_what_cannot_be_computed_says_why():
    everywhere = [[100, 0], [0, 0]]
    assert agreement.percent(everywhere).value == 1
    assert str(agreement.cohen(everywhere)) == f"cannot be computed: {agreement.NO_VARIATION}"
    assert agreement.alpha(everywhere).reason == agreement.NO_VARIATION
    assert agreement.krippendorff([[1, 1], [1, 1]]).reason == agreement.NO_VARIATION
    assert agreement.krippendorff([[1, NAN], [NAN, 1]]).reason == agreement.NO_UNITS
    assert agreement.cohen([[0, 0], [0, 0]]).reason == agreement.NO_UNITS


def test_cohen_and_fleiss_agree_with_statsmodels():
    from statsmodels.stats import inter_rater

    square = np.array([[30, 4, 2], [3, 20, 5], [1, 6, 29]])
    assert agreement.cohen(square).value == pytest.approx(inter_rater.cohens_kappa(square).kappa)
    counts = np.array([[4, 1, 0], [2, 2, 1], [0, 5, 0], [1, 1, 3]])
    assert agreement.fleiss(counts)[0].value == pytest.approx(inter_rater.fleiss_kappa(counts))
