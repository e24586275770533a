"""Additive interaction of group with deprivation and sex: measures, reasons, protection and words."""

import numpy as np
import pandas as pd
import pytest
from genequity import release, tables
from genequity.findings import finding
from genequity.gate import checks
from genequity.notebook import Absent
from genequity.service import figures_interaction, findings_models, interaction, text_interaction

SECTION = {
    "pathway": [{"id": "x", "label": "Accepted"}, {"id": "y", "label": "Tested"}],
    "outcomes": ["x"],
    "adjust": {"crude": [], "full": ["age", "sex", "deprivation"]},
    "strata": {"by": ["group", "deprivation", "sex"]},
    "fields": {
        "sex": {"values": {"F": "Female", "M": "Male"}},
        "deprivation": {"values": {"1": "1 (most)", "2": "2", "10": "10 (least)"}},
    },
    "cluster": None,
    "methods": {
        "level": 0.95, "min_events": 10, "min_clusters": 10, "variance": "auto", "separated": "leave_out", "power": 0.8,
        "model_ages": [0, 40],
    },
}  # fmt: skip
CROSSED_ONCE = SECTION | {"strata": {"by": ["group", "sex"]}, "adjust": {"full": ["sex"]}}
NAMES = {"x": "Accepted", "y": "Tested"}


def cells(risk, n=1000, providers=("P",), **others):
    """One row a group, sex, third of deprivation and provider, with exactly the expected events."""
    rows = [
        (group, sex, third, provider, 20, n, round(n * risk(group, sex, third)))
        for group in ("Asian", "White")
        for sex in ("Female", "Male")
        for third in ("1 (most)", "2", "10 (least)")
        for provider in providers
    ]
    columns = ["group", "sex", "deprivation", "provider", "age_from", "eligible_x", "reached_x"]
    return pd.DataFrame(rows, columns=columns).assign(region="North", **others)


def additive(group, sex, third):
    return 0.30 + 0.10 * (group == "Asian") + 0.15 * (sex == "Male")


def built(frame, section=CROSSED_ONCE):
    return interaction.table(frame, section, comparator="White")


def test_where_shares_add_up_nothing_is_left_over_though_odds_do_not_add_up():
    row = built(cells(additive)).iloc[0]
    # Both .55, Asian alone .40, male alone .45, neither .30.
    assert [row[f"risk_{cell}"] for cell in interaction.CELLS] == pytest.approx([0.55, 0.40, 0.45, 0.30])
    assert (row["difference"], row["reri"], row["ap"]) == pytest.approx((0, 0, 0), abs=1e-9)
    assert row["synergy"] == pytest.approx(1)
    # Odds 1.2222, .6667, .8182, .4286: ratios 2.8519, 1.5556, 1.9091, so that RERI is .3872.
    assert row["reri_odds"] == pytest.approx(0.3872, abs=1e-4)
    assert row["difference_low"] < 0 < row["difference_high"]
    assert (row["reading"], row["reason"], row["both_records"], row["both_events"]) == (
        interaction.NO_FACTOR, "", 3000, 1650,
    )  # fmt: skip


def test_a_planted_excess_is_found_with_its_measures():
    def risk(group, sex, third):
        return additive(group, sex, third) + 0.12 * (group == "Asian" and sex == "Male")

    row = built(cells(risk)).iloc[0]
    assert row["difference"] == pytest.approx(0.12)
    assert row["reri"] == pytest.approx(0.12 / 0.30)
    assert row["ap"] == pytest.approx(0.12 / 0.67)
    assert row["synergy"] == pytest.approx(0.37 / 0.25)
    # Four independent shares of 3,000 records: variance of the difference is the sum of theirs.
    shares = np.array([0.67, 0.40, 0.45, 0.30])
    error = np.sqrt((shares * (1 - shares) / 3000).sum())
    assert row["difference_high"] - row["difference"] == pytest.approx(1.959964 * error, rel=1e-5)
    assert row["p"] < 1e-6


def test_where_a_factor_lowers_the_share_the_row_says_so_and_has_no_synergy_index():
    row = built(cells(lambda group, sex, third: 0.5 - 0.1 * (group == "Asian") - 0.1 * (sex == "Male"))).iloc[0]
    assert row["reading"] == interaction.LOWERS
    assert row["difference"] == pytest.approx(0, abs=1e-9)
    assert np.isnan(row["synergy"])
    assert np.isnan(row["synergy_odds"])
    # Recoded: the lowest share, .3 of both, stands for neither, so that .5 stands for both: excess .6667, twice .3333.
    assert row["lowest"] == "Asian, Male"
    assert (row["reri_recoded"], row["synergy_recoded"]) == pytest.approx((0, 1), abs=1e-9)


@pytest.mark.parametrize(
    ("risks", "lowest", "reri", "synergy"),
    [
        ([0.6, 0.3, 0.4, 0.2], 3, 0.1 / 0.2, 0.4 / 0.3),  # as it is: .6 - .3 - .4 + .2
        ([0.3, 0.2, 0.6, 0.4], 1, 0.1 / 0.2, 0.4 / 0.3),  # the group lowers: .6 for both, singly .4 and .3, of .2
        ([0.3, 0.45, 0.2, 0.4], 2, -0.05 / 0.2, 0.25 / 0.3),
        ([0.2, 0.4, 0.3, 0.6], 0, 0.1 / 0.2, 0.4 / 0.3),
    ],
)
def test_recoding_turns_both_factors_so_that_no_ratio_is_below_one(risks, lowest, reri, synergy):
    found, measures = interaction.recoded(np.array(risks), np.eye(4))
    assert found == lowest
    assert measures["reri_recoded"].value == pytest.approx(reri)
    assert np.exp(measures["synergy_recoded"].value) == pytest.approx(synergy)


def test_the_most_deprived_stand_against_the_least_as_the_config_orders_them():
    assert interaction.levels(SECTION) == {"deprivation": ("10 (least)", ["1 (most)"]), "sex": ("Female", ["Male"])}
    third = SECTION["fields"] | {"sex": {"values": {"F": "Female", "M": "Male", "I": "Other sex"}}}
    assert interaction.levels(SECTION | {"fields": third})["sex"] == ("Female", ["Male", "Other sex"])
    assert interaction.levels(SECTION | {"strata": None}) == {}
    assert interaction.levels(SECTION | {"strata": {"by": ["deprivation", "sex"]}}) == {}
    found = built(cells(additive), SECTION)
    assert found[["dimension", "level", "reference", "covariates"]].to_numpy().tolist() == [
        ["deprivation", "1 (most)", "10 (least)", "age, sex"],
        ["sex", "Male", "Female", "age, deprivation"],
    ]
    assert built(cells(additive), SECTION | {"strata": None}).empty


def test_cells_with_few_or_no_events_are_named_and_the_others_stand():
    few = cells(additive)
    own = (few["group"] == "Asian") & (few["sex"] == "Male")
    few.loc[own, "reached_x"] = [3, 2, 1]
    other = few[few["group"] == "Asian"].assign(group="Black", reached_x=400)
    found = built(pd.concat([few, other])).set_index("group")
    assert found.loc["Asian", "reason"] == (
        "Asian, Male: fewer than 10 records that reached the stage, or that did not"
    )
    assert np.isnan(found.loc["Asian", "difference"])
    assert found.loc["Black", "reason"] == ""
    few.loc[own, "reached_x"] = 0
    assert built(few).iloc[0]["reason"] == "Asian, Male: no record that reached the stage"
    none = cells(additive)
    none.loc[(none["group"] == "White") & (none["sex"] == "Female"), "reached_x"] = 0
    assert built(none).iloc[0]["reason"] == "White, Female: no record that reached the stage"
    gone = built(few[few["group"] == "Asian"])
    assert gone.iloc[0]["reason"].startswith("the comparator has no eligible record")


def test_unknown_groups_and_dimensions_have_no_row():
    frame = cells(additive)
    more = frame.iloc[:2].assign(group="Not known"), frame.iloc[:3].assign(sex="Unknown")
    found = built(pd.concat([frame, *more]))
    assert found["group"].tolist() == ["Asian"]
    assert found.iloc[0]["both_records"] == 3000


def test_clusters_give_the_variance_and_a_cell_of_one_cluster_falls_back():
    section = CROSSED_ONCE | {"cluster": "provider"}
    frame = cells(additive, 60, providers=tuple(f"P{i:02d}" for i in range(12)))
    frame["reached_x"] += np.random.default_rng(3).integers(-6, 7, len(frame))
    row = built(frame, section).iloc[0]
    assert (row["variance"], row["clusters"], row["df"]) == ("cluster-robust by provider (CR1)", 12, 11)
    few = built(frame[frame["provider"] < "P06"], section).iloc[0]
    assert few["variance"] == "cluster-robust by provider (CR2, Satterthwaite)"
    assert few["df"] == pytest.approx(5)  # six alike clusters
    alone = (frame["group"] != "Asian") | (frame["sex"] != "Male") | (frame["provider"] == "P00")
    assert built(frame[alone], section).iloc[0]["variance"] == (
        "model-based: records of one of the four are of one provider"
    )


def test_limits_of_the_synergy_index_that_say_nothing_are_blank():
    """Single excesses of next to nothing: the index divides by them."""
    row = built(cells(lambda g, s, t: 0.30 + 0.02 * (g == "Asian" and s == "Male") + 0.002 * (s == "Male"))).iloc[0]
    assert row["synergy"] > 2
    assert np.isnan(row["synergy_low"])
    assert np.isnan(row["synergy_high"])


def test_holm_corrects_for_the_number_of_comparisons():
    # Ordered .01, .02, .04: times 3, 2, 1, never falling.
    assert interaction.holm(np.array([0.04, 0.01, np.nan, 0.02]))[[0, 1, 3]] == pytest.approx([0.04, 0.03, 0.04])


@pytest.fixture
def frame(tmp_path):
    found = built(cells(additive), SECTION)
    tables.write(found, tmp_path / "interaction.csv", "service/interaction")
    return tables.read(tmp_path / "interaction.csv", "service/interaction")


def stratum(group, sex, deprivation, suppressed=None):
    keys = {"outcome": "x", "group": group, "sex": sex, "deprivation": deprivation}
    return keys | {"suppressed": suppressed}


def test_a_row_goes_with_any_small_count_and_where_one_stratum_would_be_given_away(frame):
    rule, table = release.profile("nhse"), tables.schema("service/interaction")
    strata = pd.DataFrame([stratum("Asian", s, d) for s in ("Female", "Male") for d in ("1 (most)", "2", "10 (least)")])
    assert interaction.withheld(frame, strata, rule).tolist() == [False, False]
    small = frame.assign(group_events=[6, 1200])
    also = interaction.withheld(small, strata, rule)
    assert also.tolist() == [True, False]
    shown = release.protect(small, table, rule, also)
    assert shown.loc[0, [*interaction.COUNTS, "difference", "reri"]].isna().all()
    assert shown.loc[1, "difference"] == frame.loc[1, "difference"]
    assert not checks.table_problems(shown, table, rule, "interaction.csv")
    # One of the two strata of most deprived Asian records is withheld: the other, taken from the cell, would give it.
    one = strata.assign(suppressed=["small number", *[None] * 5])
    assert interaction.withheld(frame, one, rule).tolist() == [True, True]
    several = strata.assign(suppressed=["small number", "small number", None, "small number", None, None])
    # Both strata of the most deprived, two of the women: nothing can be told apart; but of the men, one alone.
    assert interaction.withheld(frame, several, rule).tolist() == [False, True]
    assert not interaction.withheld(small, one, release.profile("none")).any()


def entry(outcome, group, **more):
    row = {"outcome": outcome, "dimension": "sex", "level": "Male", "reference": "Female", "group": group}
    row |= {"records": 900, "confidence": 0.95, "p": 0.4, "p_holm": 1.0, "difference": 0.02, "difference_low": -0.01}
    row |= {"difference_high": 0.05, "reri": 0.1, "reri_low": -0.1, "reri_high": 0.3, "ap": 0.1, "ap_low": -0.1}
    row |= {"ap_high": 0.3, "synergy": 2.0, "synergy_low": np.nan, "synergy_high": np.nan}
    return row | {"reading": interaction.NO_FACTOR, "reason": ""} | more


CLEAR = {"p": 0.0001, "p_holm": 0.0003, "difference": -0.093, "difference_low": -0.154, "difference_high": -0.032}


def test_a_finding_stands_only_where_a_comparison_stands_after_correction():
    table = pd.DataFrame([entry("x", "Asian"), entry("x", "Black", p=0.02, p_holm=0.06), entry("y", "Asian", **CLEAR)])
    section = {"pathway": SECTION["pathway"], "methods": {"level": 0.95}}
    rows = findings_models.interactions(table, section, "White", "All regions", {"x": "access", "y": "travel"})
    assert [row["id"] for row in rows] == ["service.interaction.y"]
    row = finding(strand="service", voice="data", certainty="not graded", **rows[0])
    assert row["statement"] == (
        "Tested: the difference from White moves, of Asian by −9.3 percentage points; −15.4 to −3.2 from Female to Male "
        "(corrected for the number of comparisons; 900 records)."
    )
    assert row["source_row"] == "outcome=y;dimension=sex;level=Male;group=Asian"
    assert findings_models.interactions(table.head(0), section, "White", "All regions", {}) == []


def test_tables_lead_with_the_difference_and_keep_ratios_where_no_factor_lowers():
    table = pd.DataFrame(
        [
            entry("y", "Asian", **CLEAR, reading=interaction.LOWERS),
            entry("x", "Asian"),
            entry("x", "Black", difference=np.nan),
        ]
    )
    wide = text_interaction.differences(table, NAMES)
    assert wide[["label", "group", "Sex"]].to_numpy().tolist() == [
        ["Accepted", "Asian", "2.0 (−1.0 to 5.0)"],
        ["Accepted", "Black", "not given"],
        ["Tested", "Asian", "−9.3 (−15.4 to −3.2)"],
    ]
    rows = text_interaction.relative(table, NAMES)
    assert rows[["label", "who"]].to_numpy().tolist() == [["Accepted", "Asian, sex"], ["Accepted", "Black, sex"]]
    assert rows.iloc[0][["reri_text", "synergy_text"]].tolist() == [
        "0.10 (−0.10 to 0.30)",
        "2.00 (no limits)",
    ]
    only = text_interaction.relative(table.head(1), NAMES)
    assert only.attrs["absent"] == text_interaction.ALL_LOWER
    assert text_interaction.differences(table.head(0), NAMES).attrs["absent"] == text_interaction.NO_STRATA


def test_sentences_count_what_chance_alone_would_give():
    table = pd.DataFrame([entry("x", f"G{i:02d}") for i in range(39)] + [entry("y", "Asian", **CLEAR)])
    assert text_interaction.overall(table) == (
        "Of 40 such comparisons, the interval of 1 leaves out no difference; about 2 would by chance alone. "
        "After correction for their number, 1 is left."
    )
    assert text_interaction.held_against(table) == "sex, Male against Female"
    assert text_interaction.overall(table.head(0)) == "No such comparison can be given."


def test_the_figure_has_one_panel_a_stage_with_an_estimate():
    table = pd.DataFrame([entry("x", "Asian"), entry("y", "Asian", **CLEAR), entry("y", "Black", difference=np.nan)])
    fig = figures_interaction.differences(table, NAMES)
    assert [ax.get_title(loc="left") or ax.get_title() for ax in fig.axes] == ["Accepted", "Tested"]
    assert len(fig.axes[1].lines) == 3  # the interval, its dot and the line of no difference
    assert isinstance(figures_interaction.differences(table.head(0), NAMES), Absent)
