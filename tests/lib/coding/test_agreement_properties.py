"""What must hold of agreement whatever the data: identities, invariance, missing ratings, extremes, a second oracle."""

import warnings

import numpy as np
import pandas as pd
import pytest
from genequity.coding import agreement, binary, compare, estimates, merge, scales, sets
from genequity.coding.synthetic import Passage, as_project, large
from hypothesis import given, settings
from hypothesis import strategies as st

NAN = np.nan
CODES = ["A", "B", "C"]
quick = settings(max_examples=60, deadline=None)


@st.composite
def rated(draw, coders=(2, 4), values=5):
    """Ratings of some coders on some units, with gaps."""
    shape = (draw(st.integers(*coders)), draw(st.integers(2, 9)))
    cells = st.one_of(st.just(NAN), st.integers(1, values).map(float))
    return np.array([[draw(cells) for _ in range(shape[1])] for _ in range(shape[0])])


@given(rated(), st.sampled_from(agreement.LEVELS))
@quick
def test_alpha_does_not_depend_on_the_order_of_coders_or_units(ratings, level):
    one = agreement.krippendorff(ratings, level)
    again = agreement.krippendorff(ratings[::-1, ::-1], level)
    assert (one.value is None) == (again.value is None)
    assert one.value is None or one.value == pytest.approx(again.value)


@given(rated())
@quick
def test_nominal_alpha_does_not_depend_on_the_names_of_values(ratings):
    renamed = np.where(np.isnan(ratings), NAN, 11 - 2 * ratings)
    one, again = agreement.krippendorff(ratings), agreement.krippendorff(renamed)
    assert one.reason == again.reason
    assert one.value is None or one.value == pytest.approx(again.value)


@given(rated(), st.floats(0.5, 4), st.floats(-3, 3))
@quick
def test_interval_alpha_ignores_unit_and_zero_ratio_alpha_the_unit_ordinal_alpha_only_keeps_the_order(
    ratings, by, plus
):
    for level, changed in (
        ("interval", ratings * by + plus),
        ("ratio", ratings * by),
        ("ordinal", np.exp(ratings)),
    ):
        one, again = agreement.krippendorff(ratings, level), agreement.krippendorff(changed, level)
        assert one.value is None or one.value == pytest.approx(again.value, rel=1e-6, abs=1e-9)


@given(rated(), st.sampled_from(agreement.LEVELS))
@quick
def test_alpha_is_one_less_observed_over_expected_disagreement_by_hand(ratings, level):
    units = [unit[~np.isnan(unit)] for unit in ratings.T]
    units = [unit for unit in units if len(unit) >= 2]
    found = agreement.krippendorff(ratings, level)
    if not units or len({float(v) for unit in units for v in unit}) < 2:
        assert found.value is None
        return
    every = np.concatenate(units)

    def distance(a, b):
        if level == "nominal":
            return float(a != b)
        if level == "interval":
            return (a - b) ** 2
        if level == "ratio":
            return ((a - b) / (a + b)) ** 2
        low, high = min(a, b), max(a, b)
        between = ((every >= low) & (every <= high)).sum()
        return (between - ((every == low).sum() + (every == high).sum()) / 2) ** 2 if a != b else 0.0

    n = len(every)
    seen = sum(sum(distance(a, b) for a in unit for b in unit) / (len(unit) - 1) for unit in units) / n
    chance = sum(distance(a, b) for a in every for b in every) / (n * (n - 1))
    assert found.value == pytest.approx(1 - seen / chance)


@given(st.lists(st.integers(0, 40), min_size=4, max_size=4))
@quick
def test_coefficients_of_a_table_against_statsmodels_and_against_each_other(cells):
    from statsmodels.stats import inter_rater

    both, first, second, neither = cells
    table, total = np.array(cells), sum(cells)
    square = table.reshape(2, 2)
    kappa = binary.kappas(table)
    if total == 0:
        assert np.isnan(kappa)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        oracle = inter_rater.cohens_kappa(square)
        units = np.repeat([[2, 0], [1, 1], [0, 2]], [both, first + second, neither], axis=0)
        pi = inter_rater.fleiss_kappa(units)
    if np.isfinite(kappa):
        assert kappa == pytest.approx(oracle.kappa)
        wanted = oracle.std_kappa if np.isfinite(oracle.std_kappa) else 0  # a root of -1e-17 there
        assert binary.kappa_errors(table) == pytest.approx(wanted, abs=1e-7)
        assert kappa <= binary.kappa_maxima(table) + 1e-12
    sums = binary.as_sums(table)
    if np.isfinite(binary.fleiss(sums)):
        assert binary.fleiss(sums) == pytest.approx(pi)
        # alpha corrects Scott's pi for 2 n ratings: 1 - alpha = (1 - pi) (2 n - 1) / 2 n
        assert 1 - binary.alphas(table) == pytest.approx((1 - pi) * (2 * total - 1) / (2 * total))
        assert binary.alphas_of(sums) == pytest.approx(binary.alphas(table))
    assert binary.adjusted(table) == pytest.approx(2 * binary.percents(table) - 1)
    assert binary.ac1s(sums) == pytest.approx(agreement.ac1(square).value)
    # The second coder first: first only and second only change places, and nothing else.
    turned = np.array([both, second, first, neither])
    for function in (binary.kappas, binary.alphas, binary.positives, binary.negatives, binary.kappa_maxima):
        assert function(turned) == pytest.approx(function(table), nan_ok=True)
    assert binary.bias(turned) == pytest.approx(-binary.bias(table))


def test_gwets_variance_is_that_of_his_formula_of_2008():
    # Gwet 2008, formula 21, two coders and two categories, table 80 7 / 8 5: n = 100.
    p = np.array([[0.80, 0.07], [0.08, 0.05]])
    pa, share = 0.85, (p.sum(axis=0) + p.sum(axis=1)) / 2
    pe = 2 * share[0] * share[1]
    gamma = (pa - pe) / (1 - pe)
    diagonal = sum(p[k, k] * (1 - share[k]) for k in (0, 1)) - pa * pe
    every = sum(p[k, m] * (1 - (share[k] + share[m]) / 2) ** 2 for k in (0, 1) for m in (0, 1)) - pe**2
    variance = (pa * (1 - pa) - 4 * (1 - gamma) * diagonal + 4 * (1 - gamma) ** 2 * every) / (100 * (1 - pe) ** 2)
    value, error = binary.gwet_errors(np.full(3, 2), np.array([2, 1, 0]), np.array([80, 15, 5]), "ac1")
    assert value == pytest.approx(gamma)
    assert error**2 == pytest.approx(variance * 100 / 99)  # linearised: n - 1 instead of n


def test_wilson_limits_of_a_textbook_share():
    # Newcombe 1998 (Stat Med 17:857), method 3: 81 of 263, .2553 to .3662.
    low, high = binary.wilson(np.array([81 / 263]), np.array([263]), 0.95)
    assert (round(float(low[0]), 4), round(float(high[0]), 4)) == (0.2553, 0.3662)


@st.composite
def coded(draw, coders=(2, 4), sources=3):
    """Projects of some coders who each coded some sources: paragraphs with one code or none."""
    number = draw(st.integers(*coders))
    codes = st.sampled_from(["", *CODES])
    projects = []
    for coder in range(number):
        mine = draw(st.sets(st.integers(0, sources - 1), min_size=1, max_size=sources))
        held = {
            f"S{s}": [Passage(f"Paragraph {s}.{n} has words.", draw(codes)) for n in range(draw(st.just(4)))]
            for s in sorted(mine)
        }
        projects.append(as_project(held, f"C{coder}", CODES, f"p{coder}"))
    return merge.merge(projects, [str(n) for n in range(number)])


@given(coded())
@settings(max_examples=12, deadline=None)
def test_several_coders_equal_the_plain_coefficients_on_every_unit(merged):
    rng = np.random.default_rng(1)
    wide, long = compare.study(merged, CODES, "paragraph", 0.95, rng, ["character", "sentence", "document"])
    names = compare.coders(merged)
    for _, row in wide.iterrows():
        assert row["not_computed"] is not None or pd.notna(row["alpha"])
    # Units by hand: a paragraph is marked when a segment lies on it.
    seen = compare_by_hand(merged, names)
    for code in CODES:
        ratings = np.array([[seen[name].get(unit, {}).get(code, NAN) for unit in every(seen)] for name in names])
        label = f"Coders 1 to {len(names)}" if len(names) > 2 else "Coder 1 and coder 2"
        found = wide[(wide["pair"] == label) & (wide["code"] == code)]
        if found.empty or found["alpha"].isna().all():
            continue
        assert found["alpha"].iloc[0] == pytest.approx(agreement.krippendorff(ratings).value)
    one = long[(long["coefficient"] == compare.LABELS["kappa"]) & long["value"].notna()]
    by_unit = one.pivot_table(index=["pair", "code"], columns="unit", values="value")
    if {"paragraph", "sentence"} <= set(by_unit):  # a paragraph is one sentence here
        assert by_unit["paragraph"].to_numpy() == pytest.approx(by_unit["sentence"].to_numpy(), nan_ok=True)


def compare_by_hand(merged, names):
    """Coder -> unit -> code -> 1 or 0, for the sources the coder worked on."""
    found = {name: {} for name in names}
    for row in merged.sources.to_dict("records"):
        places = {int(place) for place in row["projects"].split(",")}
        lines, at = [], 0
        for line in row["text"].split("\n"):
            lines.append((at, at + len(line)))
            at += len(line) + 1
        for place, name in enumerate(names_by_project(merged, names), 1):
            if place not in places or name is None:
                continue
            mine = merged.segments[(merged.segments["source"] == row["source"]) & (merged.segments["coder"] == name)]
            for low, high in lines:
                here = mine[(mine["start"] < high) & (mine["end"] > low)]["code"]
                found[name][(row["source"], low)] = {code: float(code in set(here)) for code in CODES}
    return found


def names_by_project(merged, names):
    """The coder of each project; None where the project holds no segment."""
    by = merged.segments.drop_duplicates("project").set_index("project")["coder"]
    last = max((int(p) for places in merged.sources["projects"] for p in places.split(",")), default=0)
    return [by.get(place) for place in range(1, last + 1)]


def every(seen):
    return sorted({unit for units in seen.values() for unit in units})


@given(
    st.lists(
        st.tuples(*[st.one_of(st.none(), st.frozensets(st.sampled_from("abcd"), max_size=3)) for _ in range(3)]),
        min_size=1,
        max_size=8,
    )
)
@quick
def test_sets_by_source_equal_the_plain_alpha_of_sets(rows):
    """Each unit is a source of one paragraph, so that a coder may miss it."""
    from genequity.coding import units

    coders = list(zip(*rows, strict=True))
    marks = [
        (place, coder, "abcd".index(code), 0, 5)
        for place, row in enumerate(rows)
        for coder, rating in enumerate(row)
        for code in sorted(rating or ())
    ]
    found = units.Marks(*(np.array(column, dtype=np.int64) for column in (zip(*marks) if marks else [()] * 5)))
    cut = units.cut(["words"] * len(rows), "paragraph", found)
    worked = np.array([[rating is not None for rating in row] for row in rows])
    sums = sets.sums(cut, units.marked(cut, found, 4), worked, 4)
    for form, distance in zip(sets.FORMS, (agreement.masi_distance, agreement.jaccard_distance), strict=True):
        plain = agreement.set_alpha(coders, distance)
        mine = sums[form].alpha((worked.sum(axis=1) >= 2).astype(float)[None, :])[0]
        assert np.isnan(mine) if plain.value is None else mine == pytest.approx(plain.value)


def study(*held, codes=CODES, units=(), unit="paragraph"):
    projects = [as_project(passages, f"C{n}", codes, f"p{n}") for n, passages in enumerate(held)]
    merged = merge.merge(projects, [str(n) for n in range(len(held))])
    return compare.study(merged, list(codes), unit, 0.95, np.random.default_rng(1), units)


def passages(codes, sources=6):
    return {f"S{s}": [Passage(f"Paragraph {s}.{n}.", code) for n, code in enumerate(codes)] for s in range(sources)}


def test_complete_agreement_is_one_by_every_coefficient_and_unit():
    same = passages(["A", "", "B", "", "C", ""])
    _, long = study(same, same, same, units=["character", "sentence", "document"])
    split = long[long["value"].notna()]
    assert set(split["value"].round(12)) == {1.0}
    assert set(long.loc[long["value"].isna(), "reason"]) <= {agreement.NO_VARIATION}
    assert {"Cohen's kappa", "Fleiss' kappa", compare.LABELS["unitised"], compare.LABELS["masi"]} <= set(
        split["coefficient"]
    )


def test_every_blank_says_why_and_nothing_is_silently_not_a_number():
    empty, rare = passages([""] * 6), passages(["A"] + [""] * 5)
    for held in ((rare, rare), (empty, rare), (empty, empty), (rare,), (rare, empty, rare), (passages(["A"] * 6),) * 2):
        wide, long = study(*held, units=["character", "turn", "document"])
        blank = long[long["value"].isna()]
        assert (blank["reason"].str.len() > 3).all()
        assert (wide.loc[wide["alpha"].isna(), "not_computed"].str.len() > 3).all()
        no_interval = long[long["value"].notna() & long["low"].isna()]
        assert no_interval["reason"].str.startswith("interval: ").all()


def test_a_unit_that_the_texts_do_not_have_says_so():
    _, long = study(passages(["A", ""]), passages(["A", "B"]), units=["turn"])
    assert long.loc[long["unit"] == "turn", "reason"].tolist() == ["the texts hold no turn"]


def test_one_unit_one_code_and_one_source_only():
    wide, _ = study({"S1": [Passage("One.", "A")]}, {"S1": [Passage("One.", "B")]})
    row = wide[wide["code"] == "A"].iloc[0]
    # Po = 0; Pe = 1 x 0 + 0 x 1 = 0: kappa 0. Two ratings, one of each value: alpha = 1 - 1 / 1 = 0.
    assert (row["percent"], row["kappa"], row["alpha"]) == (0, 0, 0)
    assert "interval: fewer than 5 sources" in row["not_computed"]


def test_few_sources_take_published_limits_and_characters_none():
    codes = ["A", "", "B", "", "", "A", "", "", "", "B", "", ""]
    other = ["A", "", "B", "", "A", "", "", "", "", "B", "", ""]
    _, long = study(passages(codes, 2), passages(other, 2), units=["character"])
    whole = long[long["code"] == "A"].set_index(["unit", "coefficient"])
    kappa = whole.loc[("paragraph", "Cohen's kappa")]
    # 24 paragraphs, 2 both, 2 one only either way: SE by Fleiss, Cohen and Everitt.
    error = float(binary.kappa_errors(np.array([2, 2, 2, 18])))
    assert kappa["high"] - kappa["value"] == pytest.approx(1.959964 * error, rel=1e-5)
    assert kappa["interval"] == estimates.PUBLISHED["kappa"]
    assert "neighbouring characters" in whole.loc[("character", "Cohen's kappa"), "reason"]


def test_extreme_prevalence_leaves_ac1_high_and_kappa_low():
    lead = {f"S{s}": [Passage(f"P {s}.{n}.", "A" if (s, n) == (0, 0) else "") for n in range(50)] for s in range(8)}
    other = {f"S{s}": [Passage(f"P {s}.{n}.", "A" if (s, n) == (1, 0) else "") for n in range(50)] for s in range(8)}
    wide, _ = study(lead, other)
    row = wide[wide["code"] == "A"].iloc[0]
    # 400 units, 398 neither: percent .995, Pe = (1 + 399 x 399) / 400^2, kappa = -.0025.
    assert row["percent"] == 0.995
    assert row["kappa"] == pytest.approx(-1 / 399)
    assert row["ac1"] > 0.99


def test_intervals_are_the_same_each_time_and_hold_the_estimate():
    merged = merge.merge(large(12, 8, 900, 2, np.random.default_rng(3)), ["a", "b"])
    codes = sorted(set(merged.segments["code"]))
    one, long = compare.study(merged, codes, "paragraph", 0.95, np.random.default_rng(5), ["character"])
    two, _ = compare.study(merged, codes, "paragraph", 0.95, np.random.default_rng(5), ["character"])
    pd.testing.assert_frame_equal(one, two)
    whole = long[(long["code"] == compare.ALL_CODES) & long["low"].notna()]
    assert len(whole) >= 10
    assert ((whole["low"] <= whole["value"]) & (whole["value"] <= whole["high"])).all()


def test_grades_of_documents_take_ordinal_coefficients():
    # Grades 0 to 2 of five documents: (2, 2) (1, 1) (0, 1) (2, 1) (0, 0).
    first = dict(zip("ABCDE", ["High", "Low", "", "High", ""], strict=True))
    second = dict(zip("ABCDE", ["High", "Low", "Low", "Low", ""], strict=True))
    held = [
        as_project(
            {s: [Passage(f"Text of {s}.", code), Passage("End.")] for s, code in side.items()}, name, ["Low"], name
        )
        for name, side in (("Ann", first), ("Ben", second))
    ]
    merged = merge.merge(held, ["a", "b"])
    found = scales.table(merged, {"Low": 1, "High": 2}, "Grade", 0.95, np.random.default_rng(1))
    values = found.set_index("coefficient")["value"]
    ratings = [[2, 1, 0, 2, 0], [2, 1, 1, 1, 0]]
    for level in agreement.LEVELS:
        assert values[f"Krippendorff's alpha, {level}"] == pytest.approx(agreement.krippendorff(ratings, level).value)
    assert values["Percent agreement"] == 0.6
    # Quadratic weights: agreement lost 1/4 twice: Po = 1 - .5 / 5 = .9; rows 2 1 2, columns 1 3 1 of 5:
    # expected lost = (2x3 + 1x1 + 1x1 + 2x3) / 25 / 4 + (2x1 + 2x1) / 25 = .14 + .16 = .30; kappa = 1 - .1 / .3.
    assert values["Cohen's kappa, quadratic weights"] == pytest.approx(1 - 0.1 / 0.3)
    # AC2, quadratic: shares .3 .4 .3; sum of weights 3 + 4 x .75 = 6; Pe = 6 x (.21 + .24 + .21) / 6 = .66.
    assert values["Gwet's AC2, quadratic weights"] == pytest.approx((0.9 - 0.66) / (1 - 0.66))
    assert (found["low"] <= found["value"]).all()


def test_ac2_with_equal_weights_for_two_categories_is_ac1():
    assert agreement.ac2([[80, 7], [8, 5]]).value == pytest.approx(agreement.ac1([[80, 7], [8, 5]]).value)
    assert agreement.cohen_weighted([[80, 7], [8, 5]]).value == pytest.approx(agreement.cohen([[80, 7], [8, 5]]).value)


def test_weighted_kappa_against_statsmodels():
    from statsmodels.stats import inter_rater

    square = np.array([[30, 4, 2], [3, 20, 5], [1, 6, 29]])
    for form in ("linear", "quadratic"):
        oracle = inter_rater.cohens_kappa(square, wt=form).kappa
        assert agreement.cohen_weighted(square, form).value == pytest.approx(oracle)
