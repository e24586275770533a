"""Merging by words: positions carried over, texts that differ, a coder twice; and how texts are cut into units."""

import numpy as np
import pandas as pd
import pytest
from genequity.coding import merge, project, units
from genequity.coding.project import Project
from genequity.coding.synthetic import Passage, as_project
from genequity.errors import InputError


def marked(name, text, coder, spans, book=()):
    rows = [
        {"source": name, "coder": coder, "code": code, "start": low, "end": high, "text": text[low:high]}
        | {"repaired": "none", "memo": "", "created": ""}
        for code, low, high in spans
    ]
    return Project(
        name=coder,
        codes=pd.DataFrame(list(book), columns=project.CODE_COLUMNS),
        sources=pd.DataFrame([[name, text, "none", ""]], columns=project.SOURCE_COLUMNS),
        segments=project.segment_frame(rows),
        codings=len(rows),
    )


def test_positions_are_carried_over_blanks_at_line_ends():
    one = "First line.\nSecond line with a word.\nEnd."
    other = "  First line.   \nSecond line with a word.  \nEnd.\n\n"
    low = other.index("word")
    projects = [
        marked("INT1", one, "Ann", [("A", 0, 11)]),
        marked("transcript one.docx", other, "Ben", [("A", low, low + 4), ("A", 2, 15), ("A", 2, len(other))]),
    ]
    found = merge.merge(projects, ["a", "b"])
    assert found.sources["source"].tolist() == ["INT1"]
    mine = found.segments[found.segments["coder"] == "Ben"]
    assert sorted(mine["text"]) == ["First line.", one, "word"]
    for row in mine.to_dict("records"):
        assert one[row["start"] : row["end"]] == row["text"]


def test_two_sources_of_one_project_with_the_same_words_stay_two():
    same = as_project({"S1": [Passage("Blank form.", "A")], "S2": [Passage("Blank form.", "A")]}, "Ann", ["A"], "a")
    other = as_project({"S1": [Passage("Blank form.", "A")], "S2": [Passage("Blank form.")]}, "Ben", ["A"], "b")
    found = merge.merge([same, other], ["a", "b"])
    assert found.sources[["source", "projects"]].values.tolist() == [["S1", "1,2"], ["S2", "1,2"]]


def test_a_source_without_text_is_known_by_its_name_and_gets_the_text_of_another_project():
    bare = marked("Interview_01.docx", "", "Ann", [])
    whole = marked("interview 01", "Words of it.", "Ben", [("A", 0, 5)])
    found = merge.merge([bare, whole], ["a", "b"])
    assert found.sources[["text", "projects"]].values.tolist() == [["Words of it.", "1,2"]]


def test_differing_texts_stop_with_a_diff_in_the_restricted_folder_and_no_words_in_the_message(tmp_path):
    projects = [
        marked("S1", "One.\nA secret of Ann.\nThree.", "Ann", []),
        marked("S1", "One.\nAnother secret.\nThree.\nFour.", "Ben", []),
    ]
    with merge.differences_in(tmp_path), pytest.raises(InputError) as caught:
        merge.merge(projects, ["a.qdpx", "b.qdpx"])
    assert "line 2: 16 characters in one, 15 in the other; 2 lines differ, of 3 and 4" in str(caught.value)
    assert "secret" not in str(caught.value)
    kept = (tmp_path / merge.DIFFERENCES).read_text()
    assert "-A secret of Ann.\n+Another secret." in kept
    assert "--- a.qdpx: S1" in kept
    with pytest.raises(InputError) as caught:
        merge.merge(projects, ["a.qdpx", "b.qdpx"])
    assert "shows what differs" not in str(caught.value)  # no folder outlives its step


def test_the_same_coder_twice_is_refused_unless_the_codes_are_others():
    text = "Some words of a text."
    first = marked("S1", text, "Ann", [("A", 0, 4)])
    with pytest.raises(InputError, match="stands here again"):
        merge.merge([first, marked("S1", text, "Ann", [("A", 5, 10)])], ["a", "b"])
    assert len(merge.merge([first, marked("S1", text, "Ann", [("B", 5, 10)])], ["a", "b"]).segments) == 2


def test_definitions_that_differ_are_listed():
    projects = [
        marked("S1", "x y", "Ann", [], [["A", "One thing.", ""], ["B", "Same.", ""]]),
        marked("S1", "x y", "Ben", [], [["A", "Another thing.", ""], ["B", "Same. ", ""]]),
    ]
    found = merge.definitions(projects)
    assert found.values.tolist() == [["A", "2", "Another thing."], ["A", "1", "One thing."]]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Dr. Smith came at 3.5 p.m. on Monday. He left.", ["Dr. Smith came at 3.5 p.m. on Monday.", "He left."]),
        ("“Is it?” she asked. “Yes!”", ["“Is it?” she asked.", "“Yes!”"]),
        ("See e.g. Annex A. Then stop…  Then go", ["See e.g. Annex A. Then stop…", "Then go"]),
        ("No stop\nin two lines", ["No stop", "in two lines"]),
        ("... \n --", []),
    ],
)
def test_sentences(text, sentences):
    assert [text[a:b] for a, b in units.spans_of_sentences(text)] == sentences


@pytest.mark.parametrize(
    ("text", "turns"),
    [
        ("Interviewer: One?\nMore.\nP1: Two.", ["Interviewer: One?\nMore.\n", "P1: Two."]),
        (
            "[00:01:02] Speaker 2: One.\n00:10 Speaker A: Two.",
            ["[00:01:02] Speaker 2: One.\n", "00:10 Speaker A: Two."],
        ),
        ("Speaker 1 (00:12): One.\nSpeaker 2 (00:14): Two.", ["Speaker 1 (00:12): One.\n", "Speaker 2 (00:14): Two."]),
        ("Heading\nAnn: One.\nthere are two reasons: this\nBen: Two.", None),
        ("No labels here.\nNone at all.", []),
    ],
)
def test_turns(text, turns):
    if turns is None:  # a sentence with a colon does not open a turn
        turns = ["Heading\n", "Ann: One.\nthere are two reasons: this\n", "Ben: Two."]
    assert [text[a:b] for a, b in units.spans_of_turns(text)] == turns


def test_characters_are_counted_by_stretches_and_give_the_same_numbers():
    text = "abcdefghij"
    found = units.Marks(*(np.array(column) for column in ([0, 0], [0, 1], [0, 0], [2, 4], [6, 9])))
    cut = units.cut([text], "character", found)
    rows = units.patterns(cut, found, 1)
    # First 2-6, second 4-9: 2 by the first only, 2 by both, 3 by the second only, 3 by neither.
    assert dict(zip(rows["mask"], rows["weight"], strict=True)) == {1: 2, 3: 2, 2: 3}
    assert cut.per_source(1).tolist() == [10]
