import pytest
from genequity.coding import formats, maxqda
from genequity.errors import InputError

TWO_PAGES = """Coded Segments
Document name    Code                 Segment
P1               Theme > Leaf         first words
                                      go on here

                                      and here
P2               Theme > Other        second
\fP2   Theme > Leaf    third
                     goes on
P3   A code that fills its column fourth
                                 no
"""


def test_columns_may_move_from_page_to_page(tmp_path):
    page = TWO_PAGES.replace("P3   A code that fills its column fourth\n                                 no\n", "")
    (tmp_path / "s.txt").write_text(page)
    found = maxqda.read_text(tmp_path / "s.txt")
    rows = found.segments[["source", "code", "text"]].values.tolist()
    assert rows == [
        ["P1", "Theme > Leaf", "first words\ngo on here\nand here"],
        ["P2", "Theme > Other", "second"],
        ["P2", "Theme > Leaf", "third\ngoes on"],
    ]
    assert found.segments["start"].isna().all()
    assert found.codings == 3


def test_a_segment_without_words_is_listed(tmp_path):
    (tmp_path / "s.txt").write_text(
        "Coded Segments\nDocument name    Code           Segment\nP1               Leaf           first\n"
        "                                more\nP2               Other\nP3               Leaf           third\n"
        "                                more\n"
    )
    found = formats.read({"path": str(tmp_path / "s.txt"), "format": "auto"})
    assert found.segments["source"].tolist() == ["P1", "P3"]
    assert found.unreadable[["source", "code", "reason"]].values.tolist() == [
        ["P2", "Other", "its cell of words is blank"]
    ]
    assert found.codings == 3


def test_a_line_between_columns_is_named(tmp_path):
    (tmp_path / "s.txt").write_text(TWO_PAGES + "          stray\n")
    with pytest.raises(InputError, match=r"line 12\): the line begins between two columns"):
        maxqda.read_text(tmp_path / "s.txt")


def test_missing_heading_is_said(tmp_path):
    (tmp_path / "s.txt").write_text("P1   Code   text\n")
    with pytest.raises(InputError, match="heading line 'Document name  Code  Segment' is missing"):
        maxqda.read_text(tmp_path / "s.txt")


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_tables_by_their_headings_in_any_order(tmp_path, ending):
    rows = [["Segment", "Comment", "Code", "Document name"], ["some words", "", "Theme\\Leaf", "P1"]]
    path = tmp_path / f"s.{ending}"
    if ending == "csv":
        path.write_text("\n".join(";".join(row) for row in rows))
    else:
        from openpyxl import Workbook

        book = Workbook()
        for row in rows:
            book.active.append(row)
        book.save(path)
    found = formats.read({"path": str(path), "format": "maxqda-table", "coder": "Ann"})
    assert found.segments[["source", "coder", "code", "text"]].values.tolist() == [
        ["P1", "Ann", "Theme > Leaf", "some words"]
    ]


def test_a_missing_column_is_named(tmp_path):
    (tmp_path / "s.csv").write_text("Document name,Segment\nP1,words\n")
    with pytest.raises(InputError, match="no column holds the code"):
        formats.read({"path": str(tmp_path / "s.csv"), "format": "maxqda-table"})


def test_real_segments_and_why_the_authors_say_293(real_folder):
    folder = real_folder / "interviews" / "maxqda"
    segments = maxqda.read_text(folder / "coded-segments.txt").segments
    stated = maxqda.read_code_system(folder / "code-system.txt").set_index("code")["codings"]
    read = segments["code"].value_counts()
    assert len(segments) == 261
    assert stated.sum() == 293
    assert read.index.isin(stated.index).all()
    apart = stated - read.reindex(stated.index, fill_value=0)
    # The 32 codings of "Anonymize" (passages the authors made anonymous) are in the code system and not in the export.
    assert apart[apart != 0].to_dict() == {"Anonymize": 32}


def test_canonical_csv_and_its_problems(tmp_path):
    good = tmp_path / "good.csv"
    good.write_text("source,coder,code,start,end,text\nS1,Ann,Leaf,0,5,First\nS1,,Leaf,,,loose\n")
    found = formats.read({"path": str(good), "format": "segments-csv"})
    assert found.segments["repaired"].tolist() == ["none", maxqda.LOCATED]
    bad = tmp_path / "bad.csv"
    bad.write_text("source,coder,code,start,end,text\nS1,Ann,,x,5,First\n")
    with pytest.raises(InputError) as caught:
        formats.read({"path": str(bad), "format": "segments-csv"})
    assert len(caught.value.problems) == 2
    assert "First" not in str(caught.value)
    with pytest.raises(InputError, match="Did you mean 'refi-qda'"):
        formats.read({"path": "x", "format": "refi-qa"})
