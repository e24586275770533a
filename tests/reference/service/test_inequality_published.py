"""Measures of inequality and funnel limits against the values of PHEindicatormethods, healthequal and FunnelPlotR."""

import csv
import io
import json

import numpy as np
import pytest
from genequity.service import funnel, inequality


@pytest.fixture(scope="module")
def fixtures(reference_folder):
    cases = json.loads((reference_folder / "quantitative.json").read_text(encoding="utf-8"))["fixtures"]
    return {case["id"]: case for case in cases}


@pytest.fixture(scope="module")
def sheet(reference_folder):
    import openpyxl

    book = openpyxl.load_workbook(
        reference_folder / "data" / "phe" / "testdata_SII.xlsx", data_only=True, read_only=True
    )
    head, *rows = book.worksheets[0].iter_rows(values_only=True)
    return [dict(zip(head, row)) for row in rows]


def test_ohid_slope_equals_every_area_of_the_answer_sheet(sheet):
    """Untransformed values, rates and proportions; intervals there come from 100,000 draws, hence 2%."""
    starts = [i for i, row in enumerate(sheet) if row["sii"] is not None]
    checked = 0
    for first, last in zip(starts, [*starts[1:], len(sheet)]):
        rows, answer = sheet[first:last], sheet[first]
        words = answer["TestDescription"]
        if "transform" in words or "multiplier" in words or "negative" in words:
            continue
        value, people = (np.array([row[name] for row in rows], float) for name in ("Value", "Population"))
        slope, ratio = inequality.slope_ohid(value, people)
        assert slope == pytest.approx(answer["sii"], rel=1e-6), words
        assert ratio == pytest.approx(answer["rii"], rel=1e-6), words
        if answer["sii_lowercl_1"] is not None and answer["ValueType"] == 0 and answer["Confidence"] == 95:
            errors = np.array([row["StandardError"] for row in rows], float)
            found = inequality.measured(
                value, people, np.diag(errors**2), reference=len(rows) - 1, ordered=True, proportion=False, level=0.95,
                rng=np.random.default_rng(1),
            )  # fmt: skip
            by = {row["measure"]: row for row in found}
            width = answer["sii_uppercl_1"] - answer["sii_lowercl_1"]
            assert by["sii_ohid"]["low"] == pytest.approx(answer["sii_lowercl_1"], abs=0.02 * width)
            assert by["sii_ohid"]["high"] == pytest.approx(answer["sii_uppercl_1"], abs=0.02 * width)
        checked += 1
    assert checked >= 12


def test_who_measures_equal_healthequal(fixtures):
    data = fixtures["he-sii"]["data"]
    value, people = np.array(data["est"]) / 100, np.array(data["pop"], float)
    # healthequal rounds its people to whole ones: 15.6 of 78 are 16.
    slope, ratio = inequality.slope_who(np.round(value * people) / people, people)
    # The published 44.445 weights people twice; the definition gives 44.905.
    assert 100 * slope == pytest.approx(fixtures["he-sii"]["expected"]["correct"], rel=1e-9)
    assert ratio == pytest.approx(fixtures["he-rii"]["expected"]["correct"], rel=1e-9)
    straight = inequality.slope_ohid(value, people)
    assert (100 * straight[0], straight[1]) == pytest.approx(
        (fixtures["he-rii"]["expected"]["ohid_sii"], fixtures["he-rii"]["expected"]["ohid_rii"]), rel=1e-8
    )
    found = inequality.measured(
        value, people, np.diag(value * (1 - value) / people), reference=4, ordered=True, proportion=True, level=0.95,
        rng=np.random.default_rng(1),
    )  # fmt: skip
    by = {row["measure"]: row["estimate"] for row in found}
    assert 100 * by["aci"] == pytest.approx(fixtures["he-aci"]["expected"]["aci"], rel=1e-6)
    assert by["rci"] == pytest.approx(fixtures["he-rci"]["expected"]["rci"], rel=1e-6)
    assert 100 * by["par"] == pytest.approx(fixtures["he-par"]["expected"]["par"], rel=1e-6)
    assert 100 * by["paf"] == pytest.approx(fixtures["he-par"]["expected"]["paf"], rel=1e-6)


def test_funnel_of_shares_equals_ukhsa(reference_folder):
    text = (reference_folder / "data" / "phe" / "testdata_funnel_prop_outputs.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 100
    for row in rows:
        target = float(row["Baseline"]) / 100
        for level, low, high in (
            (0.95, "Lower2s0025limit", "Upper2s0025limit"),
            (0.998, "Lower3s0001limit", "Upper3s0001limit"),
        ):
            found = [100 * float(v) for v in funnel.proportion_limits(float(row["Population"]), target, level)]
            assert found == pytest.approx([float(row[low]), float(row[high])], abs=2e-5)


def test_funnel_of_ratios_equals_funnelplotr(fixtures):
    case = fixtures["fpr-poisson"]
    for level, low, high in ((0.95, "ll95", "ul95"), (0.998, "ll998", "ul998")):
        found = funnel.ratio_limits(case["data"]["expected"], level)
        assert found[0] == pytest.approx(case["expected"][low], rel=1e-6)
        assert found[1] == pytest.approx(case["expected"][high], rel=1e-6)


def test_over_dispersion_equals_funnelplotr(fixtures):
    """SHMI: logarithm of the ratio, standard error 1/sqrt(expected), the 10% at either end left out (of six units: none)."""
    data = fixtures["fpr-phi"]["data"]
    events, expected = (np.array(data[name], float) for name in ("num", "den"))
    z = np.log(events / expected) * np.sqrt(expected)
    assert funnel.dispersion(funnel.truncated(z)) == pytest.approx(fixtures["fpr-phi"]["expected"]["phi"], rel=1e-6)
