"""Commitments: what each names and lacks, its words found again in the document."""

import pandas as pd
import pytest
from genequity.errors import InputError
from genequity.policy import pledges

TEXT = "We will\npublish ‘waiting times’ – by group. Staff will be trained."
DOCUMENTS = pd.DataFrame({"document": ["D1", "D2"], "source": ["d1", "d2"], "status": ["included", "excluded"]})
HEADER = ",".join(pledges.COLUMNS)
SEGMENTS = pd.DataFrame({"segment": ["a", "b"], "source": ["d1", "d1"], "start": [0, 43], "end": [42, 65]})
CODED = pd.DataFrame({"document": ["D1", "D1"], "segment": ["a", "b"], "measured": [True, False]})


def write(tmp_path, *rows):
    path = tmp_path / "commitments.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return str(path)


def test_words_are_found_whatever_their_line_breaks_and_marks(tmp_path):
    file = write(
        tmp_path,
        "D1,we will publish 'waiting times' - by group,,publish,minority groups,waiting times,2027-03,,duty,no",
    )
    table = pledges.read(file, DOCUMENTS, {"d1": TEXT})
    assert TEXT[table.loc[0, "start"] : table.loc[0, "end"]] == "We will\npublish ‘waiting times’ – by group"


def test_what_a_commitment_lacks(tmp_path):
    file = write(
        tmp_path,
        "D1,We will publish,Body A,publish,,waiting times,2027-03,,duty,no",
        "D1,Staff will be trained,,train,,,,,,",
    )
    extracted = pledges.read(file, DOCUMENTS, {"d1": TEXT})
    table = pledges.joined(CODED, extracted, SEGMENTS).set_index("segment")
    assert table.loc["a", "lacks"] == "for whom; with what money"
    assert table.loc["b", "lacks"] == "who does it; for whom; how it is measured; by when; with what money"
    assert pledges.uncoded(CODED, extracted, SEGMENTS, file) == []
    gaps = pledges.gaps(table.reset_index()).set_index("element")
    assert gaps.loc["metric", ["named", "missing", "of"]].tolist() == [1, 1, 2]
    assert gaps.loc["money", "named"] == 0
    assert gaps["share"].tolist() == [0.5, 0.0, 1.0, 0.5, 0.5, 1.0]  # owner, action, group, metric, due, money


def test_a_coded_commitment_that_nobody_looked_through_has_no_gaps(tmp_path):
    extracted = pledges.read(write(tmp_path, "D1,We will publish,Body A,publish,,,,,,"), DOCUMENTS, {"d1": TEXT})
    table = pledges.joined(CODED, extracted, SEGMENTS).set_index("segment")
    assert table["extracted"].tolist() == [True, False]
    assert pd.isna(table.loc["b", "lacks"])
    assert pledges.gaps(table)["of"].unique().tolist() == [1]
    assert pledges.gaps(pledges.joined(CODED, pledges.empty(), SEGMENTS)).empty


def test_all_problems_of_the_table_at_once(tmp_path):
    file = write(
        tmp_path,
        "D9,We will publish,,publish,,,,,,",
        "D2,We will publish,,publish,,,,,,",
        "D1,We shall publish,,publish,,,next year,,,maybe",
    )
    with pytest.raises(InputError) as caught:
        pledges.read(file, DOCUMENTS, {"d1": TEXT})
    assert [problem.where for problem in caught.value.problems] == [
        "row 2, column document",
        "row 3, column document",
        "row 4, column words",
        "row 4, column due",
        "row 4, column delivered",
    ]
    assert "We shall publish" not in str(caught.value)


def test_words_that_no_coder_marked(tmp_path):
    file = write(tmp_path, "D1,Staff will be trained,,train,,,,,,")
    extracted = pledges.read(file, DOCUMENTS, {"d1": TEXT})
    (problem,) = pledges.uncoded(CODED.head(1), extracted, SEGMENTS, file)
    assert "no coder marked these words as a commitment" in problem.message
