"""Sheets for panellists, comments for the coding engine, judgements, ACCORD, and what stands under each definition."""

import re

import numpy as np
import pandas as pd
import pytest
from genequity.coding import refi
from genequity.errors import InputError
from genequity.recommendations import accord, assessments, handed_back, sensitivity

MEMBERS = pd.DataFrame({"panellist": ["P1", "P2", "P3"], "stakeholder_group": ["Public", "Public", "Staff"]})
ITEMS = pd.DataFrame(
    [["I1", 1, "Publish <it>", "R1"], ["I1", 2, "Publish it", "R1"], ["I2", 1, "Fund it", "R2"]],
    columns=["item", "round", "wording", "recommendation"],
)
VOTES = pd.DataFrame(
    [
        [1, "P1", "I1", 7, "Mine & only mine"],
        [1, "P2", "I1", 7, "Another's"],
        [1, "P3", "I1", None, "Unable, since"],
        [2, "P1", "I1", 9, ""],
        [1, "P2", "I2", 2, ""],
    ],
    columns=["round", "panellist", "item", "rating", "comment"],
).astype({"rating": "Int64"})


@pytest.fixture(scope="module")
def sheets(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sheets")
    handed_back.sheets(VOTES, ITEMS, str(folder), "SYNTHETIC DATA", np.random.default_rng(0))
    return {path.stem: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def test_a_sheet_shows_the_own_rating_the_panels_and_the_comments_of_others(sheets):
    assert sorted(sheets) == ["P1", "P2", "P3"]
    first = sheets["P1"]
    assert "SYNTHETIC DATA" in first
    assert "You rated it 7. Median of the panel: 7.0. n = 2." in first
    assert '<td class="own">2 (yours)</td>' in first  # two rated 7, one of them the reader
    assert "Another&#x27;s" in first
    assert "Mine" not in first
    assert "Publish &lt;it&gt;" in first
    assert "I2" not in first  # P1 did not rate it
    assert "You were unable to rate it." in sheets["P3"]


def test_no_sheet_names_another_panellist(sheets):
    for name, page in sheets.items():
        assert set(re.findall(r"\bP[123]\b", page)) == {name}


def test_whatever_panellists_are_called_each_gets_a_file_of_the_folder_itself(tmp_path):
    assert handed_back.file_names(["P01", "P/2", "P 2", "p-2", "../x", ".."]) == [
        "P01",
        "P-2",
        "P-2-2",
        "p-2-3",
        "-x",
        "-",
    ]
    votes = VOTES.assign(panellist=VOTES["panellist"] + "/../a")
    handed_back.sheets(votes, ITEMS, str(tmp_path / "sheets"), "", np.random.default_rng(0))
    assert [path.parent.name for path in tmp_path.rglob("*.html")] == ["sheets"] * votes["panellist"].nunique()


def test_comments_become_a_project_that_the_coding_reader_takes(tmp_path):
    themes = pd.DataFrame({"theme": ["trust", "travel"], "label": ["Trust", "Travel"], "definition": ["a", "b"]})
    path = tmp_path / "comments.qdpx"
    handed_back.for_coding(VOTES, MEMBERS, themes, str(path), "Comments of the panel")
    found = refi.read(path)
    assert found.sources["text"].tolist() == ["Mine & only mine", "Another's", "Unable, since"]
    assert found.codes["code"].tolist() == ["trust", "travel"]
    assert found.cases["case"].tolist() == ["P1", "P2", "P3"]
    assert found.variables["value"].tolist() == ["Public", "Public", "Staff"]
    assert found.segments.empty
    first = path.read_bytes()
    handed_back.for_coding(VOTES, MEMBERS, themes, str(path), "Comments of the panel")
    assert path.read_bytes() == first


def judged(tmp_path, *rows):
    path = tmp_path / "assessments.csv"
    path.write_text("\n".join(["recommendation,framework,criterion,judgement,reason", *rows]) + "\n")
    return assessments.read(str(path), ["R1", "R2"])


def test_what_nobody_judged_is_not_assessed(tmp_path):
    given = judged(tmp_path, "R1,APEASE,equity,favours,People gain")
    table = assessments.whole(given, ["R1", "R2"]).set_index(["recommendation", "framework", "criterion"])
    assert len(table) == 2 * (6 + 12)
    assert table.loc[("R1", "APEASE", "equity"), "judgement"] == "favours"
    assert (table.drop(index=("R1", "APEASE", "equity"))["judgement"] == "not assessed").all()
    assert assessments.read(None, ["R1"]).empty


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("R9,APEASE,equity,favours,x", "no recommendation has this id"),
        ("R1,APES,equity,favours,x", "no such framework"),
        ("R1,APEASE,values,favours,x", "APEASE has no such criterion"),
        ("R1,APEASE,equity,good,x", "no such judgement"),
        ("R1,APEASE,equity,favours,", "this cell is blank"),
    ],
)
def test_a_judgement_that_cannot_be_read_is_refused(tmp_path, row, said):
    with pytest.raises(InputError, match=said):
        judged(tmp_path, row)


def test_accord_has_its_35_items_and_calls_missing_what_nobody_reports():
    numbers = [item.number for item in accord.ITEMS]
    sizes = pd.Series([number[0] for number in numbers]).value_counts().to_dict()
    assert sizes == {"T": 1, "I": 3, "M": 21, "R": 5, "D": 2, "O": 3}  # Gattrell et al. 2024
    assert len(set(numbers)) == 35
    table = accord.filled({"M2": "Two people."}, {"rule": "A rule."}).set_index("item")
    assert table.loc["M2", "state"] == "reported by the authors"
    assert table.loc["M12", ["state", "answer"]].tolist() == ["reported", "A rule."]
    assert table.loc["M7", "state"] == "not reported"
    assert accord.problems({"M22": "x"})[0].message.startswith("ACCORD has no item 'M22'")


def test_each_definition_decides_on_the_last_round_alone():
    rule = {"rule": "heap", "high_share": 0.7, "low_share": 0.15, "agreement_share": 0.75, "iqr_limit": 2}
    first = [(1, f"P{n}", "I1", 2) for n in range(10)]
    second = [(2, f"P{n}", "I1", 8 if n < 7 else 5) for n in range(10)]  # 70 % rate 7 to 9
    votes = pd.DataFrame(first + second, columns=["round", "panellist", "item", "rating"]).astype({"rating": "Int64"})
    table = sensitivity.table(votes, ITEMS, rule).set_index(["recommendation", "definition"])
    assert table.loc["R1", "stands"].to_dict() == {
        "heap": True,
        "percent_agreement": False,  # 70 % is less than 75 %
        "rand_ucla": True,
        "iqr": False,  # quartiles 5.75 and 8, 2.25 points apart
        "median": True,
    }
    assert table.loc["R1", "study_rule"].to_dict()["heap"]
    assert not table.loc["R2", "stands"].any()  # nobody rated its item
