"""What findings and tables say of regions together and of strata, and what the figures show of them."""

import numpy as np
import pandas as pd
import pytest
from genequity.findings import finding
from genequity.notebook import Absent
from genequity.service import figures_models, figures_providers, findings_models, findings_stages, text_models
from genequity.service.heterogeneity import ALL_GROUPS, LEAST

NAN = float("nan")
SECTION = {
    "pathway": [{"id": "accepted", "label": "Accepted"}, {"id": "tested", "label": "Tested"}],
    "methods": {"level": 0.95},
}
THEMES = {"accepted": "access", "tested": "travel"}
NAMES = {"accepted": "Accepted", "tested": "Tested"}


def entry(outcome, group, p, sd=NAN, method="Wald", reason="", **more):
    row = {"outcome": outcome, "group": group, "comparator": "White", "regions": 7, "records": 900, "p": p}
    row |= {"statistic": 2.5, "df1": 6, "df2": 15.2, "sd": sd, "sd_low": sd / 2, "sd_high": sd * 2}
    return row | {"odds_ratio": 0.8, "method": method, "reason": reason} | more


def said(*rows):
    found = findings_models.between_regions(pd.DataFrame(rows), SECTION, "White", {"Not known"}, THEMES)
    return {row["id"]: finding(strand="service", voice="data", certainty="not graded", **row) for row in found}


def test_a_group_is_named_only_where_its_own_test_stands_after_correction():
    found = said(
        entry("accepted", ALL_GROUPS, 0.004, method=LEAST), entry("accepted", "Asian", 0.002, 0.2),
        entry("accepted", "Black", 0.03, 0.1), entry("accepted", "Not known", 0.0001, 0.3),
    )["service.heterogeneity.accepted"]  # fmt: skip
    assert found["direction"] == "described"
    assert found["statement"] == (
        "Accepted: differences from White depend on the region (p = 0.004, corrected for the number of groups; "
        "7 regions; 900 records). They do for Asian (standard deviation of the log odds ratio 0.20; 0.10 to 0.40)."
    )


def test_no_clear_sign_and_no_test_are_told_apart():
    found = said(
        entry("accepted", ALL_GROUPS, 0.4), entry("accepted", "Asian", 0.4, 0.1),
        entry("tested", ALL_GROUPS, NAN, reason="fewer than two regions have enough records"),
    )  # fmt: skip
    unclear, none = found["service.heterogeneity.accepted"], found["service.heterogeneity.tested"]
    assert unclear["statement"].startswith(
        "Accepted: no clear difference between regions in how far groups differ from White"
    )
    assert (unclear["direction"], none["direction"]) == ("no_clear_difference", "not_measurable")
    assert "cannot be tested: fewer than two regions" in none["statement"]


def test_one_region_and_all_regions_at_once_stand_in_one_finding_with_their_corrections():
    row = {"outcome": "tested", "region": "North", "group": "Asian", "p": 0.2, "p_holm": 0.4, "ratio": 0.9}
    contrasts = pd.DataFrame([row | {"ratio_low": 0.7, "ratio_high": 1.2}])
    section = SECTION | {"methods": {"level": 0.95, "power": 0.8}}
    for p, method, sentence in (
        (0.013, LEAST, "at once finds that differences vary (p = 0.013, corrected for the number of groups). "),
        (0.4, "Wald", "at once finds no clear sign that differences vary (p = 0.400, a single test, not corrected). "),
    ):
        tests = pd.DataFrame([entry("tested", ALL_GROUPS, p, method=method)])
        (found,) = findings_stages.regional(contrasts, section, "White", set(), THEMES, tests)
        assert "(1 comparisons, corrected for all of them by Holm)" in found["statement"]
        assert f"The test of all regions {sentence}" in found["statement"]
    (found,) = findings_stages.regional(contrasts, section, "White", set(), THEMES, tests.head(0))
    assert "all regions at once" not in found["statement"]


def test_a_stage_says_the_records_of_each_group_and_what_would_be_found_where_none_is_clear():
    row = {"outcome": "tested", "model": "full", "region": "All", "label": "Tested", "records": 9000, "reason": ""}
    clear = {"risk_difference": -0.05, "risk_difference_low": -0.06, "risk_difference_high": -0.04, "detectable": 0.014}
    none = {"risk_difference": 0.0, "risk_difference_low": -0.01, "risk_difference_high": 0.01, "detectable": 0.013}
    ratios = {"odds_ratio": 1.0, "odds_ratio_low": 0.9, "odds_ratio_high": 1.1, "risk": 0.8}
    table = pd.DataFrame(
        [
            row | ratios | clear | {"group": "Asian", "group_records": 1200},
            row | ratios | none | {"group": "Mixed", "group_records": 800},
            row | ratios | none | {"group": "White", "group_records": 7000},
        ]
    )
    section = SECTION | {"adjust": {"full": ["age"]}, "outcomes": ["tested"], "methods": {"level": 0.95, "power": 0.8}}
    found = findings_stages.adjusted(table, section, "White", "All", set(), THEMES)
    assert found[0]["statement"] == (
        "Tested, compared with White after adjustment for age: lower for Asian (−5.0 percentage points; −6.0 to −4.0; "
        "1,200 records); no clear difference for Mixed (1.3 points; 800 records); 9,000 records in all. "
        "In brackets: what would be found with 80% power."
    )


def spread(**more):
    row = {"outcome": "accepted", "dimensions": "group, sex", "covariates": "age", "strata": 10, "records": 5000}
    row |= {
        "vpc_null": 0.02,
        "pcv": 0.9,
        "sd_null": 0.26,
        "sd": 0.08,
        "sd_high": 0.2,
        "mor": 1.08,
        "p": 0.01,
        "reason": "",
    }
    return pd.DataFrame([row | more])


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "2.0% of the variance lay between strata; the main effects took up 90% of it, and a median odds ratio of 1.08"),
        ({"sd": 0.0, "mor": 1.0, "pcv": 1.0}, "what remained was no more than chance; median odds ratio at most 1.21; 5,000"),
        ({"sd_null": 0.0, "sd": 0.0, "vpc_null": 0.0, "pcv": NAN}, "no more variation was found than chance gives"),
        ({"pcv": -0.2}, "the main effects took up nothing of it"),
        ({"vpc_null": NAN, "pcv": NAN, "reason": "one stratum alone"}, "cannot be estimated: one stratum alone"),
    ],
)  # fmt: skip
def test_strata_are_said_as_they_are(more, words):
    row = findings_models.strata(spread(**more), SECTION, "All", THEMES)[0]
    assert words in row["statement"]
    assert row["direction"] == ("not_measurable" if "estimated" in words else "described")


def test_tables_give_each_test_its_degrees_and_each_blank_its_reason():
    rows = pd.DataFrame(
        [
            entry("tested", "Asian", 0.25, 0.1),
            entry("accepted", ALL_GROUPS, 0.0001, method=LEAST),
            entry("accepted", "Black", NAN, reason="no eligible record"),
            entry("accepted", "Asian", 0.5, df2=NAN),
        ]
    )
    found = text_models.heterogeneity(rows, NAMES)
    assert found[["label", "group"]].to_numpy().tolist() == [
        ["Accepted", ALL_GROUPS], ["Accepted", "Asian"], ["Accepted", "Black"], ["Tested", "Asian"],
    ]  # fmt: skip
    assert found["p_text"].tolist() == ["< 0.001", "0.500", "no eligible record", "0.250"]
    assert found["f_text"].tolist() == ["least, corrected", "2.5 (6)", "–", "2.5 (6, 15)"]
    assert found["spread"].tolist()[-1] == "0.10 (0.05 to 0.20)"
    assert text_models.shown(found.assign(group=[ALL_GROUPS, "Asian", "Not known", "Asian"])) == [ALL_GROUPS, "Asian"]
    assert "absent" in text_models.heterogeneity(rows.head(0), NAMES).attrs
    strata = text_models.strata(spread(sd_null=0.0, vpc_null=0.0, sd=0.0), NAMES).iloc[0]
    assert (strata["between"], strata["beyond"]) == (
        "none found",
        "no more than chance; median odds ratio at most 1.21",
    )
    assert text_models.dimensions(spread()) == "group and sex, adjusted for age"
    assert "absent" in text_models.strata(spread().head(0), NAMES).attrs


def providers(*odds):
    rows = [("accepted", f"p{i}", 100, 50, v, v * 0.9, v * 1.1) for i, v in enumerate(odds)]
    rows.append(("accepted", "All providers", 300, 150, NAN, NAN, NAN))
    columns = ["outcome", "provider", "records", "events", "odds_ratio", "odds_ratio_low", "odds_ratio_high"]
    return pd.DataFrame(rows, columns=columns)


def test_providers_stand_in_order_of_size_and_unnamed():
    figure = figures_providers.caterpillar(providers(1.3, 0.7, 1.0, NAN), NAMES)
    (ax,) = [ax for ax in figure.axes if ax.get_visible()]
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert [float(line.get_ydata()[0]) for line in dots] == [0.7, 1.0, 1.3]
    # Those whose interval leaves out one are marked: .7 to .77 at most and 1.3 from 1.17.
    assert [line.get_color() for line in dots] == [figures_providers.figures.SIGNAL, figures_providers.figures.ACCENT,
                                                   figures_providers.figures.SIGNAL]  # fmt: skip
    assert ax.get_xlabel() == "3 providers"
    assert not any("p0" in text.get_text() for text in ax.texts)
    assert isinstance(figures_providers.caterpillar(providers(NAN), NAMES), Absent)


def test_a_funnel_marks_what_lies_outside():
    rows = pd.DataFrame(
        {
            "kind": "provider", "provider": ["a", "b", "All providers"], "label": "Accepted", "place": 1,
            "eligible": [100, 400, 500], "share": [0.5, 0.9, 0.6], "target": 0.6,
            "position": ["within the limits", "above the 99.8% limits", ""],
            **{f"{wide}{side}998": [0.4, 0.5, NAN] for wide in ("", "wide_") for side in ("low", "high")},
        }
    )  # fmt: skip
    figure = figures_providers.funnel(rows)
    dots = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert [(list(line.get_xdata()), list(line.get_ydata())) for line in dots] == [([100.0], [50.0]), ([400.0], [90.0])]
    assert dots[1].get_color() == figures_providers.figures.SIGNAL
    assert isinstance(figures_providers.funnel(rows.assign(kind="region")), Absent)


def test_pooled_and_own_values_stand_side_by_side():
    key = {"outcome": "accepted", "group": "Asian", "comparator": "White"}
    regional = pd.DataFrame([key | {"region": r, "pooled": v, "pooled_low": v / 2, "pooled_high": v * 2}
                             for r, v in (("A", 0.8), ("B", 0.9))])  # fmt: skip
    adjusted = pd.DataFrame([key | {"model": "full", "region": "A", "odds_ratio": 0.5, "odds_ratio_low": 0.3,
                                    "odds_ratio_high": 0.9}])  # fmt: skip
    figure = figures_models.pooled(adjusted, regional, "accepted", "full")
    dots = {float(line.get_xdata()[0]) for line in figure.axes[0].lines if line.get_marker() == "o"}
    assert dots == {0.5, 0.8, 0.9}
    assert isinstance(figures_models.pooled(adjusted, regional.assign(pooled=np.nan), "accepted", "full"), Absent)


def test_strata_have_a_mark_and_the_line_of_their_dimensions():
    rows = pd.DataFrame(
        [
            ("accepted", "Asian", "1", sex, 0.5 + shift, 0.4, 0.6, 0.5)
            for sex, shift in (("Female", 0.05), ("Male", -0.05))
        ],
        columns=["outcome", "group", "deprivation", "sex", "predicted", "predicted_low", "predicted_high", "additive"],
    )
    figure = figures_models.strata(rows, "accepted")
    (ax,) = figure.axes
    assert [float(line.get_ydata()[0]) for line in ax.lines if line.get_marker() in ("o", "s")] == pytest.approx(
        [55, 45]
    )
    assert [text.get_text() for text in ax.texts] == ["Female", "Male"]
    assert isinstance(figures_models.strata(rows.assign(predicted=NAN), "accepted"), Absent)
