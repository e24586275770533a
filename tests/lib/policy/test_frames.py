"""Frames: raised, silent and without code; stages of READ; codes and categories that are not known."""

import pandas as pd
import pytest
from genequity.errors import InputError
from genequity.policy import frames

CODES = ["Access", "Travel", "Duty"]
DOCUMENTS = pd.DataFrame(
    {
        "document": ["D1", "D2", "D3"],
        "source": ["d1", "d2", "d3"],
        "status": ["included"] * 3,
        "coded": [True, True, False],
    }
)
SEGMENTS = pd.DataFrame(
    {
        "segment": ["a", "b", "c", "d"],
        "source": ["d1", "d1", "d2", "d3"],  # d3 was not coded by the standing coder: it does not count
        "code": ["Access", "Duty", "Duty", "Access"],
    }
)


def write(tmp_path, *rows):
    path = tmp_path / "frames.csv"
    path.write_text("\n".join(["code,frame,category", *rows]) + "\n")
    return path


def test_a_category_is_raised_silent_or_without_code(tmp_path):
    file = write(
        tmp_path,
        "Access,Policy triangle,Content",
        "Duty,Policy triangle,Content",
        "Duty,Policy triangle,Actors",
        "Travel,PROGRESS-Plus,Place of residence",
    )
    found = frames.read(file, CODES, "codebook.csv")
    counts = frames.by_document(DOCUMENTS, SEGMENTS, found)
    table = frames.matrix(counts, found, 2).set_index(["frame", "category"])
    assert table.loc[("Policy triangle", "Content")].tolist() == [2, "raised", 2, 2, 2, 3]  # D1: a, b; D2: c
    assert table.loc[("Policy triangle", "Actors"), ["documents", "segments"]].tolist() == [2, 2]
    assert table.loc[("Policy triangle", "Context"), "state"] == "without code"
    assert table.loc[("PROGRESS-Plus", "Place of residence"), "state"] == "silent"
    assert len(table) == 4 + 11
    assert counts.to_dict("records")[0] == {
        "document": "D1",
        "frame": "Policy triangle",
        "category": "Actors",
        "segments": 1,
    }


def test_a_segment_with_two_codes_of_a_category_counts_once(tmp_path):
    file = write(tmp_path, "Access,Policy triangle,Content", "Duty,Policy triangle,Content")
    twice = pd.DataFrame({"segment": ["a", "a"], "source": ["d1", "d1"], "code": ["Access", "Duty"]})
    assert frames.by_document(DOCUMENTS, twice, frames.read(file, CODES, ""))["segments"].tolist() == [1]


def test_a_study_without_frames_has_empty_tables():
    counts = frames.by_document(DOCUMENTS, SEGMENTS, frames.empty())
    assert counts.empty
    assert frames.matrix(counts, frames.empty(), 2).empty


def test_what_is_not_known_is_named_with_the_nearest(tmp_path):
    file = write(
        tmp_path, "Acess,Policy triangle,Content", "Duty,Policy triangel,Content", "Duty,PROGRESS-Plus,Religon"
    )
    with pytest.raises(InputError) as caught:
        frames.read(file, CODES, "codebook.csv")
    said = str(caught.value)
    assert "Did you mean 'Access'?" in said
    assert "Did you mean 'Policy triangle'?" in said
    assert "Did you mean 'Religion'?" in said


def test_the_stages_of_read_say_what_was_not_done():
    numbers = dict.fromkeys(
        [
            "identified",
            "included",
            "texts",
            "doubtful",
            "coded",
            "coders",
            "segments",
            "extracted",
            "themes",
            "frames",
            "priorities",
        ],
        0,
    )
    table = frames.stages(numbers | {"identified": 31})
    assert table["stage"].drop_duplicates().tolist() == [
        "Ready the materials",
        "Extract data",
        "Analyse data",
        "Distil findings",
    ]
    assert table.loc[0, "number"] == 31
    assert (table["number"] == 0).sum() == 10
