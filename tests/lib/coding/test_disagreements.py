"""Where coders differ: passages by hand, why agreement is low, outcomes that come back, and the projects written."""

import importlib.util
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from genequity import tables
from genequity.coding import codebook as codebooks
from genequity.coding import compare, consensus, disagreements, load, merge, refi, sidebyside, why
from genequity.coding.project import SEGMENT_COLUMNS, Project
from genequity.coding.synthetic import Passage, as_project, large
from genequity.config import ROOT
from genequity.errors import InputError

CODES = ["A", "B", "C"]
TEXT = "First passage here.\nSecond passage here.\nThird passage here.\nFourth passage here."


def marked(coder, *spans):
    """A project of one source in which the coder marked (code, start, end)."""
    rows = [
        {"source": "S1", "coder": coder, "code": code, "start": start, "end": end, "text": TEXT[start:end]}
        | {"repaired": "none", "memo": "", "created": ""}
        for code, start, end in spans
    ]
    frame = pd.DataFrame(rows, columns=SEGMENT_COLUMNS).astype({"start": "Int64", "end": "Int64"})
    held = as_project({"S1": []}, coder, CODES, coder)
    sources = held.sources.assign(text=TEXT)
    return Project(coder, "t", held.users, held.codes, sources, frame, codings=len(frame))


def together(*projects):
    return merge.merge(projects, [f"{n}.qdpx" for n in range(len(projects))])


# A: both on the first line, other ends; B against C on the second line; A of the first coder alone on the fourth.
LEAD = marked("Ann", ("A", 0, 19), ("B", 20, 40), ("A", 61, 81))
OTHER = marked("Ben", ("A", 0, 12), ("C", 20, 40))


def test_the_three_kinds_by_hand():
    found = disagreements.listed(together(LEAD, OTHER), CODES, "character")
    assert found[["type", "code", "other_code", "marked_by", "start", "end"]].values.tolist() == [
        ["other ends", "A", "", "both", 0, 19],
        ["other code", "B", "C", "both", 20, 40],
        ["one coder only", "A", "", "first", 61, 81],
    ]
    assert found["first_spans"].tolist() == ["0-19", "20-40", "61-81"]
    assert found["second_spans"].tolist() == ["0-12", "20-40", ""]
    assert found["text"].tolist() == [TEXT[0:19], TEXT[20:40], TEXT[61:81]]


def test_what_lies_within_one_unit_is_no_disagreement():
    found = disagreements.listed(together(LEAD, OTHER), CODES, "paragraph")
    assert found["type"].tolist() == ["other code", "one coder only"]
    # Two halves of one paragraph: both coders marked it.
    halves = together(marked("Ann", ("A", 0, 5)), marked("Ben", ("A", 6, 13)))
    assert disagreements.listed(halves, CODES, "paragraph").empty
    assert disagreements.listed(halves, CODES, "character")["type"].tolist() == ["one coder only"] * 2


def test_overlapping_segments_of_one_coder_are_one_passage():
    twice = marked("Ann", ("A", 0, 12), ("A", 6, 19))
    found = disagreements.listed(together(twice, marked("Ben", ("B", 61, 81))), CODES, "character")
    assert found.loc[found["code"] == "A", ["start", "end", "first_spans"]].values.tolist() == [[0, 19, "0-19"]]


def test_identifiers_stay_when_the_study_grows():
    one = disagreements.listed(together(LEAD, OTHER), CODES, "character")
    more = as_project({"S9": [Passage("Other words.", "B")]}, "Ann", CODES, "more")
    grown = disagreements.listed(together(LEAD, OTHER, more), CODES, "character")
    assert set(one["disagreement"]) <= set(grown["disagreement"])


def reasons(merged, codes=CODES, unit="paragraph", low=0.8):
    wide, _ = compare.study(merged, codes, unit, 0.95, np.random.default_rng(1))
    listed = disagreements.listed(merged, codes, unit).assign(outcome="")
    return why.explained(wide, listed, low).set_index("code")


def test_why_counts_and_indices_by_hand():
    found = reasons(together(LEAD, OTHER), unit="character")
    assert found.loc["A", ["one_coder_only", "other_code", "other_ends"]].tolist() == [1, 0, 1]
    assert found.loc["B", ["one_coder_only", "other_code", "other_ends"]].tolist() == [0, 1, 0]
    assert found.loc["C", "other_code"] == 1
    # One between two codes counts for both, and once in all.
    assert found.loc["All codes", ["disagreements", "resolved", "open"]].tolist() == [3, 0, 3]
    # A: 81 characters, both 12, first only 7 + 20, neither 42.
    assert found.loc["A", "prevalence_index"] == pytest.approx((12 - 42) / 81)
    assert found.loc["A", "bias_index"] == pytest.approx(27 / 81)
    assert found.loc["A", "pabak"] == pytest.approx(2 * 54 / 81 - 1)
    # Totals 39 and 12 of 81: at most 12 both and 42 neither; chance (39 x 12 + 42 x 69) / 81^2.
    chance = (39 * 12 + 42 * 69) / 81**2
    assert found.loc["A", "kappa_ceiling"] == pytest.approx((54 / 81 - chance) / (1 - chance))
    assert found.loc["A", "why"] == "The first coder uses the code more often: discuss what it includes."
    assert found["why"].str.contains(r"\d").fillna(False).sum() == 0  # no counts in words


def lines(coder, codes):
    return as_project({"S1": [Passage(f"Passage {n}.", code) for n, code in enumerate(codes)]}, coder, CODES, coder)


def test_why_names_the_main_kind():
    same_place = together(lines("Ann", "AABAAB"), lines("Ben", "ABBACB"))
    found = reasons(same_place)
    assert "another code on the same passage, most often “B”" in found.loc["A", "why"]
    alone = together(lines("Ann", ["A", "", "A", ""]), lines("Ben", ["", "A", "A", ""]))
    assert "one coder marks and the other leaves out" in reasons(alone).loc["A", "why"]
    ends = together(marked("Ann", ("A", 0, 30)), marked("Ben", ("A", 10, 40)))
    assert "with other ends" in reasons(ends, unit="character").loc["A", "why"]


def test_why_knows_the_paradox_of_a_rare_code():
    rare = ["A" if n == 0 else "" for n in range(60)]
    other = ["A" if n < 2 else "" for n in range(60)]
    found = reasons(together(lines("Ann", rare), lines("Ben", other)))
    assert found.loc["A", "why"].startswith("The code stands in few places, so agreement by chance is high")
    everywhere = together(lines("Ann", ["A"] * 59 + [""]), lines("Ben", [""] + ["A"] * 59))
    assert reasons(everywhere).loc["A", "why"].startswith("The code stands nearly everywhere")


def filled(path, listed, outcomes):
    rows = [
        {"disagreement": listed["disagreement"][n], "outcome": outcome, "recode_to": target}
        | {"decided_by": "Team", "date": "2024-05-01", "note": ""}
        for n, (outcome, target) in enumerate(outcomes)
    ]
    pd.DataFrame(rows).to_csv(path, index=False)
    return str(path)


def stands(merged, path):
    coded = load.Coded([], merged, codebooks.from_projects([LEAD]), False)
    kept = load.stored(merged, coded, "consensus", path, "character")
    kept = kept[kept["stands"]]
    return sorted(zip(kept["coder"], kept["code"], kept["start"], kept["end"], strict=True))


@pytest.mark.parametrize(
    ("outcome", "target", "first_line"),
    [
        ("keep first", "", [("Ann", "A", 0, 19)]),
        ("keep second", "", [("Ben", "A", 0, 12)]),
        ("keep both", "", [("Ann", "A", 0, 19), ("Ben", "A", 0, 12)]),
        ("Both", "", [("Ann", "A", 0, 19), ("Ben", "A", 0, 12)]),
        ("keep neither", "", []),
        ("recode to", "B", [("Consensus", "B", 0, 19)]),
        ("Recode to B", "", [("Consensus", "B", 0, 19)]),
        ("", "", [("Ann", "A", 0, 19)]),  # open: the lead coder's stands
    ],
)
def test_each_outcome_is_applied(tmp_path, outcome, target, first_line):
    merged = together(LEAD, OTHER)
    listed = disagreements.listed(merged, CODES, "character")
    path = filled(tmp_path / "c.csv", listed, [(outcome, target), ("keep second", ""), ("keep second", "")])
    assert stands(merged, path) == sorted([*first_line, ("Ben", "C", 20, 40)])


def test_outcomes_are_counted_and_old_ones_listed(tmp_path):
    merged = together(LEAD, OTHER)
    listed = disagreements.listed(merged, CODES, "character")
    path = filled(tmp_path / "c.csv", listed, [("keep first", ""), ("", ""), ("keep first", "")])
    changed = disagreements.listed(together(LEAD, marked("Ben", ("A", 0, 12), ("B", 20, 40))), CODES, "character")
    found = consensus.tracked(changed, consensus.read(path, CODES))
    assert found.listed["outcome"].tolist() == ["keep first", "keep first"]
    assert found.stale.empty
    agreed = disagreements.listed(together(LEAD, marked("Ben", ("A", 0, 19), ("C", 20, 40))), CODES, "character")
    found = consensus.tracked(agreed, consensus.read(path, CODES))
    assert found.stale[["row", "disagreement"]].values.tolist() == [[2, listed["disagreement"][0]]]
    assert found.listed["outcome"].tolist() == ["", "keep first"]


def test_every_problem_of_a_filled_list_at_once(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text(
        "disagreement,outcome,recode_to,decided_by,date\n"
        "aaaaaaaaaa,kep first,,Team,2024-05-01\n"
        "bbbbbbbbbb,recode to,Bb,Team,2024-05-01\n"
        "cccccccccc,keep first,,,May\n"
        "cccccccccc,keep first,,Team,2024-05-01\n"
        "dddddddddd,,,,\n"
    )
    with pytest.raises(InputError) as caught:
        consensus.read(str(path), ["A", "B"])
    text = str(caught.value)
    assert "(row 2, column outcome): the outcome is none of the known ones. Did you mean 'keep first'?" in text
    assert "(row 3, column recode_to): the code to recode to is not in the codebook." in text
    assert "(row 4, column decided_by): it is not said who decided" in text
    assert "(row 4, column date): the date of the decision is missing" in text
    assert "(row 5): this disagreement has an outcome in an earlier row" in text
    assert len(caught.value.problems) == 5


def test_opposite_outcomes_on_one_segment_are_refused(tmp_path):
    third = marked("Cai", ("C", 61, 81))
    merged = together(LEAD, OTHER, third)
    listed = disagreements.listed(merged, CODES, "character")
    alone = listed[(listed["start"] == 61) & (listed["first_spans"] == "61-81")].reset_index(drop=True)
    assert len(alone) >= 2
    path = filled(tmp_path / "c.csv", alone, [("keep first", ""), ("keep second", "")])
    with pytest.raises(InputError, match="say opposite things of one segment"):
        stands(merged, path)


def step(strand):
    spec = importlib.util.spec_from_file_location("agreement", ROOT / f"workflow/scripts/{strand}/agreement.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main


FILES = {
    **{name: f"{name}.csv" for name in ("agreement", "agreement_coefficients", "agreement_why", "disagreements")},
    **{"stale_outcomes": "stale_outcomes.csv", "disagreements_page": "disagreements.html"},
    **{"disagreements_workbook": "disagreements.xlsx", "merged_project": "merged.qdpx"},
    **{"standing_project": "standing.qdpx", "codebook_qdc": "codebook.qdc"},
}


def compare_study(folder, projects, outcomes=(), **options):
    """Run the step on the projects, as the interviews' first step leaves them."""
    merged = together(*projects)
    coded = load.Coded(list(projects), merged, codebooks.from_projects(projects), False)
    stored = load.stored(merged, coded, "consensus", *outcomes, unit="paragraph")
    book = load.codebook_table(coded, stored).drop(columns="sources")
    tables.write(book, folder / "codebook.csv", "interviews/codebook")
    tables.write(merged.sources, folder / "sources.parquet")
    tables.write(stored, folder / "segments.parquet")
    tables.write(pd.DataFrame({"case": merged.sources["source"], "role": "patient"}), folder / "cases.parquet")
    choices = {
        "unit": "paragraph",
        "units": ["sentence", "document"],
        "level": 0.95,
        "low": 0.9,
        "method": "",
        "seed": 1,
    }
    step("interviews")(
        sources=str(folder / "sources.parquet"),
        segments=str(folder / "segments.parquet"),
        codebook=str(folder / "codebook.csv"),
        cases=str(folder / "cases.parquet"),
        consensus_file=list(outcomes),
        **{name: str(folder / file) for name, file in FILES.items()},
        **(choices | options),
    )


@pytest.fixture
def many(tmp_path):
    projects = large(6, 4, 240, 2, np.random.default_rng(2))
    compare_study(tmp_path, projects)
    return tmp_path, projects


def test_the_step_keeps_back_what_would_count_people(many):
    folder, _ = many
    wide = tables.read(folder / "agreement.csv", "interviews/agreement").set_index("code")
    assert wide.loc["All codes", "percent"] > 0
    single = wide.drop(index="All codes")
    assert single[["both", "percent", "positive", "unplaced"]].isna().all(axis=None)
    assert single["kappa"].notna().all()
    long = tables.read(folder / "agreement_coefficients.csv", "interviews/agreement_coefficients")
    on_people = long[(long["unit"] == "document") & (long["code"] != "All codes")]
    assert on_people["value"].isna().all()
    assert set(on_people["reason"]) == {compare.WITHHELD}
    reasons_ = tables.read(folder / "agreement_why.csv", "interviews/agreement_why").set_index("code")
    assert reasons_.drop(index="All codes")["kappa_ceiling"].isna().all()


def test_the_workbook_goes_out_is_filled_in_and_comes_back(many):
    folder, projects = many
    book = openpyxl.load_workbook(folder / "disagreements.xlsx")
    sheet = book[sidebyside.SHEET]
    heads = [cell.value for cell in sheet[1]]
    column = {name: heads.index(name) + 1 for name in consensus.FILLED_COLUMNS}
    shown = {cell.value for cell in sheet[heads.index("first coder") + 1]}
    assert shown
    for row in (2, 3):
        for name, value in (("outcome", "keep second"), ("decided_by", "Team"), ("date", "2024-05-01")):
            sheet.cell(row, column[name], value)
    book.save(folder / "filled.xlsx")
    total = sheet.max_row - 1
    compare_study(folder, projects, (str(folder / "filled.xlsx"),))
    whole = tables.read(folder / "agreement_why.csv", "interviews/agreement_why").set_index("code").loc["All codes"]
    assert whole[["disagreements", "resolved", "open"]].tolist() == [total, 2, total - 2]
    listed = pd.read_csv(folder / "disagreements.csv", keep_default_na=False)
    assert (listed["outcome"] == "keep second").sum() == 2
    page = (folder / "disagreements.html").read_text()
    assert page.count("keep second (Team, 2024-05-01)") == 2
    assert page.count('<article class="item"') == total
    assert "http" not in page


def test_the_page_marks_each_coders_words_and_escapes_them():
    nasty = marked("Ann", ("A", 0, 5))
    nasty.sources.loc[0, "text"] = "<b>&x</b> and more words to read."
    other = marked("Ben", ("B", 14, 18))
    other.sources.loc[0, "text"] = nasty.sources.loc[0, "text"]
    listed = disagreements.listed(together(nasty, other), CODES, "character").assign(
        outcome="", recode_to="", decided_by="", date="", note=""
    )
    counts = pd.DataFrame([["Coder 1 and coder 2", 2, 0, 2]], columns=["pair", "disagreements", "resolved", "open"])
    page = sidebyside.page(listed, {"S1": nasty.sources.loc[0, "text"]}, counts, 0, "T")
    assert "<mark>&lt;b&gt;&amp;x</mark>&lt;/b&gt;" in page
    assert "marked nothing here" in page
    assert 'lang="en-GB"' in page


def test_the_projects_that_other_tools_open_hold_every_coder_and_what_stands(many):
    folder, projects = many
    whole = refi.read(folder / "merged.qdpx")
    assert len(whole.segments) == sum(len(project.segments) for project in projects)
    assert whole.users["user"].tolist() == ["Coder 1", "Coder 2"]
    assert whole.variables["variable"].unique().tolist() == ["role"]
    standing = refi.read(folder / "standing.qdpx")
    assert set(standing.segments["coder"]) == {"Coder 1"}
    defined = codebooks.read(folder / "codebook.qdc").set_index("path")["definition"]
    assert defined.index.tolist() == whole.codes["code"].tolist()
    assert defined["Theme 00 > Code 000"] == "Passages of the kind Theme 00 > Code 000."


def test_reflexive_analysis_compares_no_coders(tmp_path):
    compare_study(tmp_path, large(6, 4, 240, 2, np.random.default_rng(2)), method="reflexive")
    wide = tables.read(tmp_path / "agreement.csv", "interviews/agreement")
    assert wide["not_computed"].tolist() == ["reflexive analysis compares no coders"]
    assert tables.read(tmp_path / "disagreements.csv").empty
    assert "There is no disagreement to show" in Path(tmp_path / "disagreements.html").read_text()


def test_the_step_writes_the_same_bytes_twice(many, tmp_path_factory):
    folder, projects = many
    again = tmp_path_factory.mktemp("again")
    compare_study(again, projects)
    for name in FILES.values():
        assert (folder / name).read_bytes() == (again / name).read_bytes(), name
