"""What the appendix says, also where the small-number rule withholds, and before there is a panel."""

import pandas as pd
import pytest
from genequity import tables
from genequity.config import ROOT
from genequity.notebook import Absent
from genequity.recommendations import accord, depth, figures, text


class Shown:
    """A release that holds the given tables, and the others without rows."""

    def __init__(self, **given):
        self.given, self.study = given, {}

    def table(self, name):
        schema = tables.schema(name)
        rows = self.given.get(name.partition("/")[2], [])
        return pd.DataFrame(rows).reindex(columns=[*schema.columns, "suppressed"])


WHOLE = {"dimension": "Whole panel", "panel_group": "All panellists", "n_first": 48, "n_stayed": 39}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            {"n_left": 9, "rating_stayed": 7.0, "rating_left": 3.0, "p_value": 0.01},
            "Those who left had rated otherwise",
        ),
        ({"n_left": 9, "rating_stayed": 7.0, "rating_left": 6.8, "p_value": 0.4}, "There was no clear difference"),
        ({"n_left": 0, "rating_stayed": 7.0}, "Nobody left between the first and the last round."),
        ({"n_left": None, "rating_stayed": 7.0}, "Too few left to compare ratings."),
    ],
)
def test_who_left_and_whether_they_had_rated_otherwise(row, said):
    assert said in depth.left(Shown(attrition=[WHOLE | row]))[1]


def test_a_study_without_a_panel_says_so_everywhere():
    none = Shown()
    assert depth.left(none)[1] == depth.settled(none)[1] == depth.ONE_ROUND
    assert depth.unmet(none) == ""
    assert isinstance(depth.accord_table(none), Absent)
    assert isinstance(figures.sensitivity_or_absent(none), Absent)
    for frame in (depth.broad(none), depth.changes(none), depth.evidence_to_decision(none)):
        assert frame.attrs["absent"]


def test_sides_that_part_are_named_with_their_split():
    final = {"item": "I1", "round": 2, "recommendation": "R1", "final": True}
    sides = [
        {"dimension": "Ethnic group", "panel_group": group, "item": "I1", "round": 2, "median": median}
        for group, median in (("All panellists", 5.0), ("Asian", 8.0), ("White", 2.0), ("Black", None))
    ]
    assert "on: R1 (by ethnic group)." in depth.parted(Shown(panel=[final], panel_groups=sides))
    close = [side | {"median": 7.0} for side in sides]
    assert depth.parted(Shown(panel=[final], panel_groups=close)).startswith("On no recommendation")


def test_breadth_says_what_was_asked_and_withholds_small_counts():
    rows = [
        {"criterion": "sector", "label": "Largest", "n": 16, "of": 48, "share": 1 / 3, "limit": 0.4, "verdict": "met"},
        {"criterion": "lay", "label": "Lay", "n": None, "of": 48, "share": None, "limit": 0.2, "verdict": "not met"},
        {"criterion": "regions", "label": "Regions", "covered": 6, "to_cover": 7, "verdict": "not met"},
    ]
    found = depth.broad(Shown(breadth=rows)).set_index("label")
    assert found["found"].to_dict() == {"Largest": "33% (16 of 48)", "Lay": "withheld", "Regions": "6 of 7"}
    assert found["asked"].to_dict() == {"Largest": "at most 40%", "Lay": "at least 20%", "Regions": "all"}
    assert depth.unmet(Shown(breadth=rows)) == "Not met: lay; regions."


RULE = {
    "consensus_rule": "heap",
    "high_share": 0.65,
    "low_share": 0.15,
    "agreement_share": 0.75,
    "iqr_limit": 2,
    "sentence": "Agreed when at least 65% of the panel rate 7 to 9 and fewer than 15% rate 1 to 3.",
    "declared": "2026-06-25",
    "first_vote": "2026-07-06",
    "fingerprint": "0123456789abcdef",
}
LATER = {
    "change": 1,
    "date": "2026-07-20",
    "setting": "high_share",
    "before": "0.7",
    "after": "0.65",
    "timing": "after the first vote",
}


def test_the_declared_rule_comes_first_and_each_change_has_its_day():
    said = depth.rule(Shown(rule=[RULE], rule_changes=[LATER]))
    assert said == (
        "On 25 June 2026 this rule was written down: Agreed when at least 70% of the panel rate 7 to 9 and fewer than 15% "
        "rate 1 to 3. Its fingerprint is 0123456789abcdef. The first vote was cast on 6 July 2026. On 20 July 2026, after "
        "the first vote, the least share rating 7 to 9 was changed from 0.7 to 0.65. The rule that decides now: Agreed "
        "when at least 65% of the panel rate 7 to 9 and fewer than 15% rate 1 to 3."
    )
    assert depth.rule(Shown(rule=[RULE])).endswith("6 July 2026. It has not changed since.")


def test_whether_the_rule_was_chosen_before_the_votes_is_computed():
    early = LATER | {"date": "2026-07-01", "timing": "before the votes"}
    other = LATER | {"setting": "least_lay"}
    for changes in ([], [early], [other]):
        assert text.chosen(Shown(rule=[RULE], rule_changes=changes)).startswith("It was chosen before the votes.")
    late = text.chosen(Shown(rule=[RULE], rule_changes=[early, LATER]))
    assert late.startswith("It was changed after the first vote, on 20 July 2026.")
    of_another = text.chosen(Shown(rule=[RULE], rule_changes=[LATER | {"setting": "agreement_share"}]))
    assert of_another == (
        "It was chosen before the votes. The others decide nothing. A limit of another definition was changed after the "
        "first vote, on 20 July 2026."
    )
    assert "no panel has rated" in text.chosen(Shown(rule=[RULE | {"declared": None, "first_vote": None}]))


def test_accord_reports_the_declared_rule_the_changes_and_the_rewordings():
    panel = pd.DataFrame(
        [("A", 1, False, False), ("A", 2, True, False), ("A", 3, True, True), ("B", 2, True, True)],
        columns=["item", "round", "reworded", "final"],
    ).assign(decision="no consensus")
    found = {
        "panel": panel,
        "rounds": pd.DataFrame({"unable": [0, 0, 0]}),
        "breadth": pd.DataFrame({"criterion": ["lay"], "n": [4]}),
        "rule_changes": pd.DataFrame([LATER]),
    }
    told = {"rule": "As declared.", "declared": "2026-06-25", "first_vote": "2026-07-06", "evidence": 0, "commented": 0}
    facts = accord.facts(found, pd.DataFrame({"organisation": ["X"], "n_co_design": [0]}), told)
    assert facts["sources"] == "Each recommendation cites findings of this study."
    for entries, words in (([1, 2], "Each also names"), ([0, 2], "1 of 2 also names")):
        several = pd.DataFrame({"organisation": ["X", "Y"], "n_co_design": entries})
        assert f"{words} the co-design entries behind it." in accord.facts(found, several, told)["sources"]
    assert facts["rule"] == (
        "As declared. It was declared on 25 June 2026, before the first vote. On 20 July 2026, after the first vote, the "
        "least share rating 7 to 9 was changed from 0.7 to 0.65."
    )
    assert facts["when"].startswith("The first votes were cast on 6 July 2026.")
    assert facts["reworded"].startswith("2 items were reworded between rounds, 3 times in all.")
    table = accord.filled(None, facts).set_index("item")["section"]
    depths = {name: table[name].removeprefix("sec-recommendations-depth") for name in ("M3", "O2", "R3", "M5", "M13")}
    assert depths == {"M3": "-panel", "O2": "-panel", "R3": "-panel", "M5": "-sides", "M13": "-settled"}


def test_every_section_of_accord_is_a_section_of_the_notebooks():
    books = "".join(
        (ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8")
        for name in ("recommendations", "appendix-recommendations")
    )
    for item in accord.ITEMS:
        assert not item.section or f"{{#{item.section}}}" in books, item.number


def test_a_tiny_p_value_is_not_printed_as_nothing():
    row = {"item": "I1", "round_from": 1, "round_to": 2, "n": 40, "p_value": 0.0001, "verdict": "stable"}
    table, said = depth.settled(Shown(stability=[row], rule=[{"stable_change": 0.15}]))
    assert table["p"].tolist() == ["< 0.001"]
    assert "items that were stable: 1; not stable: 0" in said
