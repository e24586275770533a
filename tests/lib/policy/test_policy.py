import pandas as pd
import pytest
from genequity import tables
from genequity.errors import InputError
from genequity.policy import grades, register, terms, themes

HEADER = ",".join(register.COLUMNS) + "\n"
ROWS = (
    "D1,A plan,Body A,commissioner,2020-05,All,1,,included,,website,\n"
    "D2,A plan (copy),Body A,commissioner,2020,All,1,,excluded,duplicate,website,\n"
    "D3,A standard,Body B,standards body,,All,1,,included,,expert,d3.txt\n"
)


def write(tmp_path, text):
    path = tmp_path / "register.csv"
    path.write_text(HEADER + text)
    return str(path)


def test_flow_adds_up(tmp_path):
    table = register.documents(register.read(write(tmp_path, ROWS)), {"D1": "Two words"}, ["D1"])
    flow = register.flow(table)
    totals = flow.drop_duplicates("stage").set_index("stage")["documents"]
    assert totals.to_dict() == {"identified": 3, "excluded": 1, "included": 2, "text": 1, "coded": 1}
    assert totals["identified"] == totals["excluded"] + totals["included"]
    for stage in ("identified", "excluded"):
        parts = flow[flow["stage"] == stage]["documents"]
        assert parts.iloc[1:].sum() == parts.iloc[0]
    assert table["year"].tolist()[:2] == [2020, 2020]
    assert table["words"].tolist()[0] == 2


def test_all_problems_of_a_register_at_once(tmp_path):
    bad = "D1,A plan,Body A,commissioner,May 2020,All,1,,included,late,website,\nD1,B,Body A,commissioner,2020,All,1,,excluded,,website,\nD3,C,Body B,standards body,,All,1,,maybe,,expert,\n"
    with pytest.raises(InputError) as caught:
        register.read(write(tmp_path, bad))
    (only,) = caught.value.problems
    assert only.where == "row 3, column id"
    with pytest.raises(InputError) as caught:
        register.read(write(tmp_path, bad.replace("D1,B", "D2,B")))
    assert [problem.where for problem in caught.value.problems] == [
        "row 2, column reason",
        "row 2, column date",
        "row 3, column reason",
        "row 4, column status",
    ]
    assert "May 2020" not in str(caught.value)


def test_a_coded_source_that_is_not_registered_or_is_excluded(tmp_path):
    table = register.read(write(tmp_path, ROWS))
    found = register.unregistered(table, ["D1", "D2", "D9", "d3"], "register.csv")
    assert [problem.message for problem in found] == [
        "coded source number 2 is excluded in the register",
        "coded source number 3 has no row in the register",
    ]


def test_terms_whole_words_case_and_hyphens():
    text = (
        "Ethnic minority patients; ethnic-\nminority staff, multi-ethnic. Bioethnics. BAME and bame; under\u2011served."
    )
    assert terms.count(text, {"term": "x", "match": ["ethnic minority"]}) == 2
    assert (
        terms.count(text, {"term": "x", "match": ["ethnic"]}) == 3
    )  # two of them inside the phrase, one after a hyphen
    assert terms.count(text, {"term": "x", "match": ["BAME"], "case": True}) == 1
    assert terms.count(text, {"term": "x", "match": ["BAME"]}) == 2
    assert terms.count(text, {"term": "x", "match": ["under served"]}) == 1
    assert terms.count("races raced race", {"term": "x", "match": ["race", "races"]}) == 2


def test_census_by_year(tmp_path):
    texts = {"D1": "race and ethnicity", "d3": "race race other words"}
    table = register.documents(register.read(write(tmp_path, ROWS)), texts, [])
    census = terms.by_document(table, texts, [{"term": "Race", "match": ["race"]}])
    found = terms.by_year(census).set_index("year")
    assert found.loc["2020", ["hits", "documents_with_term", "documents", "words"]].tolist() == [1, 1, 1, 3]
    assert found.loc["No date", "hits"] == 2
    # 3 of 7 words
    assert found.loc["All years", "per_10000_words"] == pytest.approx(30000 / 7)
    assert terms.hits_of(census, ["Race"]).to_dict() == {"D1": 1, "D3": 2}


CODES = {"mentioned": "E > M", "described": "E > D", "commitment": "E > C", "measured commitment": "E > Q"}


def segments(*rows):
    columns = ["segment", "source", "code", "start", "end", "text", "theme"]
    return pd.DataFrame([[f"s{i}", *row] for i, row in enumerate(rows)], columns=columns).assign(page=2)


def documents():
    rows = [("D1", "A", 2020), ("D2", "B", 2021), ("D3", "B", 2021)]
    table = pd.DataFrame(rows, columns=["document", "publisher", "year"])
    return table.assign(source=table["document"], status="included", coded=True)


def test_grade_is_the_highest_and_points_to_its_passage():
    held = segments(
        ("D1", "E > M", 5, 9, "a b", ""), ("D1", "E > C", 20, 30, "We will  act", ""), ("D2", "E > M", 1, 4, "eth", "")
    )
    table = grades.by_document(documents(), held, CODES, pd.Series({"D3": 4}), 160).set_index("document")
    assert table["grade"].to_dict() == {"D1": "commitment", "D2": "mentioned", "D3": "none"}
    assert table.loc["D1", ["segment", "start", "end", "excerpt"]].tolist() == ["s1", 20, 30, "We will act"]
    assert table.loc["D3", "term_hits"] == 4
    assert table["shown_by"].tolist() == ["passage", "passage", "search log"]
    assert table["page"].fillna(0).tolist() == [2, 2, 0]
    assert grades.unsearched(table.reset_index(), "register.csv") == []
    silent = grades.by_document(documents(), held, CODES, pd.Series(dtype=float), 160)
    (problem,) = grades.unsearched(silent, "register.csv")
    assert problem.where == "document D3"
    counts = grades.by_publisher(table.reset_index())
    whole = counts[counts["publisher"] == grades.ALL_PUBLISHERS].set_index("grade")
    assert whole["documents"].tolist() == [1, 1, 0, 1, 0]
    assert whole["at_least"].tolist() == [3, 2, 1, 1, 0]
    assert grades.commitments(documents(), held, CODES, 160)[["document", "measured"]].values.tolist() == [
        ["D1", False]
    ]


def test_unknown_grade_code_is_named():
    book = pd.DataFrame({"path": ["E > M"]})
    (only,) = grades.code_problems({"mentioned": "E > Mm"}, book, "book.csv")
    assert "the code 'E > Mm' of the grade 'mentioned' is not in the codebook. Did you mean 'E > M'?" in str(only)


def test_matrix_and_review_focus():
    held = segments(
        ("D1", "X", 0, 1, "a", "trust"),
        ("D1", "X", 2, 3, "a", "trust"),
        ("D2", "Y", 0, 1, "a", "access"),
        ("D3", "X", 0, 1, "a", "trust"),
    )
    table = themes.matrix(documents(), held, ["trust", "access", "travel"])
    cell = table.set_index(["theme", "publisher"])
    assert cell.loc[("trust", "A"), ["documents", "of", "segments"]].tolist() == [1, 1, 2]  # two segments, one document
    assert cell.loc[("trust", "B"), "share"] == 0.5
    focus = themes.review_focus(table.assign(label=table["theme"]), {"high": 0.5, "medium": 0.3}).set_index("theme")
    assert focus["priority"].to_dict() == {"trust": "high", "access": "medium", "travel": "not raised"}
    assert tables.problems(focus.reset_index(), "policy/review_focus", "x") == []
