import numpy as np
import pandas as pd
import pytest
from genequity.coding import codebook, compare, disagreements, load, merge, units
from genequity.coding.synthetic import Passage, as_project, second_coder
from genequity.errors import InputError

HEADER = "code,parent,theme,definition,include,exclude,example,origin\n"


def project(passages, coder="Ann", codes=("Leaf", "Other")):
    return as_project(passages, coder, codes, coder)


ONE = {"S1": [Passage("First paragraph.", "Leaf"), Passage("Second paragraph."), Passage("Third paragraph.", "Other")]}


def test_merge_is_by_words_not_by_names():
    same_words = {
        "copy of S1": [
            Passage("First paragraph.", "Leaf"),
            Passage("Second paragraph.", "Leaf"),
            Passage("Third paragraph."),
        ]
    }
    merged = merge.merge([project(ONE), project(same_words, "Ben")], ["a.qdpx", "b.qdpx"])
    assert merged.sources["source"].tolist() == ["S1"]
    assert merged.sources["projects"].tolist() == ["1,2"]
    assert merged.segments["source"].unique().tolist() == ["S1"]
    assert merged.segments["segment"].is_unique


def test_same_name_with_other_words_is_an_error_that_shows_the_line_but_not_the_words():
    other = {"S1": [Passage("First paragraph.", "Leaf"), Passage("A secret paragraph."), Passage("Third paragraph.")]}
    with pytest.raises(InputError) as caught:
        merge.merge([project(ONE), project(other, "Ben")], ["a.qdpx", "b.qdpx"])
    assert str(caught.value) == (
        "- b.qdpx (line 2: 17 characters in one, 19 in the other; 1 line differs, of 3 and 3): source number 1 has the name of a source of a.qdpx but another text.\n"
        "    Expected: the same frozen transcript for every coder.\n"
        "    What to do: find out which text was coded, and code that one in both projects."
    )


def test_units():
    text = "One line. Two sentences?\n\n  Next line!\n"
    assert [text[a:b] for a, b in units.spans_of_paragraphs(text)] == ["One line. Two sentences?", "  Next line!"]
    assert [text[a:b] for a, b in units.spans_of_sentences(text)] == ["One line.", "Two sentences?", "Next line!"]
    assert len(units.spans_of_characters(text)) == len(text)
    assert units.whole_text("") == []


def test_agreement_counts_by_hand():
    # Leaf: Ann {1}, Ben {1, 2}; Other: Ann {3}, Ben {}. Paragraphs 3.
    ben = {
        "S1": [Passage("First paragraph.", "Leaf"), Passage("Second paragraph.", "Leaf"), Passage("Third paragraph.")]
    }
    merged = merge.merge([project(ONE), project(ben, "Ben")], ["a", "b"])
    table = compare.table(merged, ["Leaf", "Other", "Never"], "paragraph", 0.95, np.random.default_rng(1)).set_index(
        "code"
    )
    assert table.loc["Leaf", ["both", "first_only", "second_only", "neither"]].tolist() == [1, 0, 1, 1]
    # Po = 2/3, Pe = (1*2 + 2*1) / 9 = 4/9, kappa = (6/9 - 4/9) / (5/9) = .4
    assert table.loc["Leaf", "kappa"] == pytest.approx(0.4)
    assert table.loc["Other", ["both", "first_only", "second_only", "neither"]].tolist() == [0, 1, 0, 2]
    assert table.loc["Other", "kappa"] == pytest.approx(0)
    assert table.loc["Never", "percent"] == 1
    assert pd.isna(table.loc["Never", "kappa"])
    assert "kappa: neither coder used the code" in table.loc["Never", "not_computed"]
    assert table.loc["All codes", ["both", "first_only", "second_only", "neither"]].tolist() == [1, 1, 1, 6]
    # Nine unit-by-code pairs are too few for large-sample limits, and one source cannot be drawn again.
    assert "kappa interval: fewer than 5 sources" in table.loc["All codes", "not_computed"]
    listed = disagreements.listed(merged, ["Leaf", "Other"], "paragraph")
    assert listed[["code", "unit", "marked_by"]].values.tolist() == [["Leaf", 2, "second"], ["Other", 3, "first"]]


def test_vectorised_coefficients_equal_the_plain_ones():
    from genequity.coding import agreement

    tables = np.random.default_rng(3).integers(1, 50, size=(40, 4))
    plain = [[[b, f], [s, n]] for b, f, s, n in tables]
    assert compare.kappas(tables) == pytest.approx([agreement.cohen(t).value for t in plain])
    assert compare.alphas(tables) == pytest.approx([agreement.alpha(t).value for t in plain])
    assert np.isnan(compare.kappas(np.array([[0, 0, 0, 9]]))).all()


def test_one_coder_gives_a_reason_not_a_number():
    merged = merge.merge([project(ONE)], ["a"])
    table = compare.table(merged, ["Leaf"], "paragraph", 0.95, np.random.default_rng(1))
    assert table["not_computed"].tolist() == ["there is one coder only"]
    assert table["percent"].isna().all()


def test_two_projects_without_a_common_source():
    other = {"S2": [Passage("Something else.", "Leaf")]}
    merged = merge.merge([project(ONE), project(other, "Ben")], ["a", "b"])
    assert compare.why_not(merged) == "no source was coded by two coders"
    # Each source has its own lead coder, so nothing is left out.
    assert len(load.decided(merged.segments, merged.sources, "lead")) == 3


def test_a_coder_who_marks_nothing_in_a_source_still_saw_it():
    two = ONE | {"S2": [Passage("Another text.", "Leaf")]}
    ben = ONE | {"S2": [Passage("Another text.")]}
    merged = merge.merge([project(two), project(ben, "Ben")], ["a", "b"])
    table = compare.table(merged, ["Leaf"], "paragraph", 0.95, np.random.default_rng(1)).set_index("code")
    assert table.loc["Leaf", "sources"] == 2
    assert table.loc["Leaf", ["both", "first_only"]].tolist() == [1, 1]


def test_which_segments_stand():
    ben = {
        "S1": [Passage("First paragraph.", "Leaf"), Passage("Second paragraph.", "Leaf"), Passage("Third paragraph.")]
    }
    merged = merge.merge([project(ONE), project(ben, "Ben")], ["a", "b"])
    standing = {rule: load.decided(merged.segments, merged.sources, rule) for rule in load.DECIDE}
    assert len(standing["any"]) == 4
    assert standing["lead"]["coder"].unique().tolist() == ["Ann"]
    assert standing["both"]["text"].tolist() == ["First paragraph."] * 2


def test_second_coder_differs_in_exactly_the_planted_places():
    lead = {f"S{i}": [Passage(f"Paragraph {i}.{j}.", "Leaf" if j % 2 else "") for j in range(10)] for i in range(6)}
    second = second_coder(lead, ["Leaf"], 4, 3, np.random.default_rng(5))
    merged = merge.merge([project(lead), project(second, "Ben")], ["a", "b"])
    row = compare.table(merged, ["Leaf"], "paragraph", 0.95, np.random.default_rng(1)).iloc[0]
    assert row[["both", "first_only", "second_only", "neither"]].tolist() == [26, 4, 3, 27]
    assert row["kappa_low"] < row["kappa"] < row["kappa_high"]


def test_codebook_paths_and_every_problem_at_once(tmp_path):
    good = tmp_path / "good.csv"
    good.write_text(HEADER + "Top,,,A heading.,,,,deductive\nLeaf,Top,trust,A definition.,,,,inductive\n")
    assert codebook.read(good, ["trust"])["path"].tolist() == ["Top", "Top > Leaf"]
    bad = tmp_path / "bad.csv"
    bad.write_text(HEADER + "Leaf,Topp,trst,,,,,inductive\nTop,,,A heading.,,,,guess\nTop,,,Again.,,,,deductive\n")
    with pytest.raises(InputError) as caught:
        codebook.read(bad, ["trust"])
    text = str(caught.value)
    assert f"- {bad} (row 2, column definition): the code 'Leaf' has no definition." in text
    assert "the parent of 'Leaf' is not a code. Did you mean 'Top'?" in text
    assert "the theme 'trst' of 'Leaf' is not in the study's list. Did you mean 'trust'?" in text
    assert "(row 3, column origin): the origin of 'Top' is not known" in text
    assert "(row 4): the code 'Top' stands twice" in text


def test_missing_column_of_a_codebook(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text("code,parent\nLeaf,\n")
    with pytest.raises(InputError) as caught:
        codebook.read(path)
    assert len(caught.value.problems) == 6
    assert "column 'definition' is missing" in str(caught.value)


def test_golden_message_of_an_undefined_code(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text(HEADER + "Leaf,,trust,A definition.,,,,inductive\n")
    found = codebook.check_codes(project(ONE).segments, codebook.read(path, ["trust"]), "a.qdpx")
    assert [str(problem) for problem in found] == [
        "a.qdpx: the code 'Other' is used for 1 segment but is not defined.\n"
        "    Expected: every code used by a coder, under its parents.\n"
        "    What to do: add the code with its definition to the codebook, or correct its name in the coding program."
    ]


def test_theme_of_a_code_is_its_own_or_its_nearest_ancestors(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text(
        HEADER
        + "Top,,trust,A heading.,,,,deductive\nLeaf,Top,,A leaf.,,,,deductive\nOther,Top,access,Another.,,,,deductive\n"
    )
    book = codebook.read(path, ["trust", "access"])
    coded = load.Coded([], merge.merge([], []), book, True)
    segments = pd.DataFrame({"code": ["Top > Leaf", "Top > Other"]})
    assert load.with_themes(segments, coded)["theme"].tolist() == ["trust", "access"]
