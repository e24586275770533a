"""Every reader beside REFI-QDA: the same quotes from each program's own files, and every planted loss listed."""

import hashlib
import html
import shutil
import sqlite3
import zipfile

import pytest
from genequity.coding import formats, losses, sniff
from genequity.errors import InputError


def quotes(found):
    return sorted(zip(found.segments["source"], found.segments["code"], found.segments["text"]))


def same(found, vendors):
    """The quotes of the project, whatever stands at line ends."""
    return sorted((s, c, " ".join(t.split())) for s, c, t in quotes(found)) == sorted(
        (s, c, " ".join(t.split())) for s, c, t in vendors.QUOTES
    )


def read(path, name="auto", texts=None):
    found = formats.read({"path": str(path), "format": name}, texts)
    assert found.codings == len(found.segments) + len(found.unreadable)
    losses.table([found])
    return found


def digest(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize("version", ["v4", "v17"])
@pytest.mark.parametrize("packed", ["folder", "database", "archive"])
def test_qualcoder_in_every_version_and_form(tmp_path, vendors, version, packed):
    folder = vendors.qualcoder(tmp_path / "x.qda", version)
    path = folder
    if packed == "database":
        path = folder / "data.qda"
    elif packed == "archive":
        path = tmp_path / "x.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.write(folder / "data.qda", "x.qda/data.qda")
    before = digest(folder)
    found = read(path)
    assert found.format == "qualcoder"
    assert quotes(found) == vendors.QUOTES
    assert set(found.segments["coder"]) == {"Ann", "Ben"}
    assert len(found.comments) == 1
    assert found.cases.values.tolist() == [["Person 1", "Interview 1"]]
    assert found.variables.values.tolist() == [["Person 1", "age", "Float", "40"]]
    assert digest(folder) == before  # nothing was written, nothing beside it


def test_qualcoder_changes_that_wait_in_the_log_are_read(tmp_path, vendors):
    folder, held = vendors.qualcoder(tmp_path / "x.qda", wal=True)
    assert (folder / "data.qda-wal").stat().st_size > 0
    before = digest(folder)
    found = read(folder)
    assert quotes(found) == vendors.QUOTES
    assert digest(folder) == before
    held.close()


@pytest.mark.parametrize("logged", [True, False])
def test_a_zipped_project_with_and_without_its_log(tmp_path, vendors, logged):
    folder, held = vendors.qualcoder(tmp_path / "x.qda", wal=True)
    if not logged:
        held.close()  # closing takes the log in; the database still says that it has one
        assert (folder / "data.qda").read_bytes()[18:20] == b"\2\2"
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for path in folder.iterdir():
            if not path.name.endswith("-shm"):
                archive.write(path, f"x.qda/{path.name}")
    assert quotes(read(tmp_path / "x.zip")) == vendors.QUOTES
    assert quotes(read(folder)) == vendors.QUOTES
    held.close()


def test_qualcoder_lists_what_is_no_text_and_what_is_broken(tmp_path, vendors):
    folder = vendors.qualcoder(tmp_path / "x.qda")
    held = sqlite3.connect(folder / "data.qda")
    held.execute("INSERT INTO source (id, name, mediapath) VALUES (9, 'photo.jpg', '/images/photo.jpg')")
    held.execute("INSERT INTO code_image (id, cid, owner) VALUES (9, 1, 'Ann')")
    held.execute("INSERT INTO code_av (id, cid, owner) VALUES (9, 1, 'Ann')")
    held.execute("UPDATE code_text SET cid = 77 WHERE ctid = 1")
    held.execute("UPDATE code_text SET fid = 77 WHERE ctid = 2")
    held.execute("UPDATE code_text SET pos1 = 99999 WHERE ctid = 3")
    held.execute("UPDATE code_text SET pos0 = pos0 + 3, pos1 = pos1 + 3 WHERE ctid = 4")  # the text was edited
    held.commit()
    held.close()
    found = read(folder)
    assert sorted(found.unreadable["reason"]) == [
        "a stretch of a recording",
        "an area of a picture or of a PDF page",
        "its code is not in the project's codebook",
        "its positions lie outside the text",
        "its source is not in the project",
    ]
    moved = found.segments[found.segments["repaired"] == "relocated"]
    assert moved[["text", "match"]].values.tolist() == [["Another naïve placeholder", "exact"]]


@pytest.mark.parametrize("tree", [True, False])
def test_taguette_positions_are_bytes_of_words(tmp_path, vendors, tree):
    path = vendors.taguette(tmp_path / "p.sqlite3", tree)
    before = digest(tmp_path)
    found = read(path)
    assert same(found, vendors)
    assert set(found.segments["match"]) == {"given"}
    assert set(found.segments["repaired"]) == {"utf8 bytes"}
    assert set(found.segments["coder"]) == {"Ann", "Ben"}
    assert found.comments["text"].tolist() == ["Interviewer"]
    texts = dict(zip(found.sources["source"], found.sources["text"]))
    for row in found.segments.itertuples():
        assert texts[row.source][row.start : row.end] == row.text
    assert found.sources["proof"].tolist()[1] == "4 of 4 recorded wordings stand at their place"
    assert digest(tmp_path) == before


def test_taguette_lists_what_is_broken_and_finds_shifted_words_again(tmp_path, vendors):
    path = vendors.taguette(tmp_path / "p.sqlite3")
    held = sqlite3.connect(path)
    held.execute("UPDATE highlights SET document_id = 77 WHERE id = 1")
    held.execute("UPDATE highlights SET start_offset = 900000, end_offset = 900009 WHERE id = 2")
    held.execute("UPDATE highlights SET end_offset = start_offset WHERE id = 3")
    held.execute("DELETE FROM tags WHERE path = 'Feelings'")
    held.execute("UPDATE highlights SET start_offset = start_offset + 4, end_offset = end_offset + 4 WHERE id = 6")
    held.execute("INSERT INTO highlight_tags VALUES (555, 1)")
    held.commit()
    held.close()
    found = read(path)
    assert sorted(found.unreadable["reason"]) == [
        "it marks no character",
        "its code is not in the project's codebook",
        "its code is not in the project's codebook",
        "its highlight is not in the project",
        "its positions lie outside the text",
        "its source is not in the project",
    ]
    assert found.segments.loc[found.segments["match"] == "exact", "text"].tolist() == [
        "about an interpreter, who was not booked"
    ]


TABLES = (
    *("maxqda-table", "german", "atlasti-table", "dedoose", "taguette-table", "openqda", "qualcoder-table"),
    *("zotqda", "segments-table", "segments-csv"),
)
KINDS = ("csv", "semicolons in UTF-16", "workbook", "web page")


@pytest.mark.parametrize(
    ("dialect", "kind"), [(d, k) for d in TABLES for k in KINDS if d != "segments-csv" or k == "csv"]
)
def test_tables_of_segments_by_their_content(tmp_path, vendors, transcripts, dialect, kind):
    rows = vendors.rows_of(dialect)
    path = tmp_path / "no ending"
    if kind == "workbook":
        vendors.workbook(tmp_path / "s.xlsx", rows, above=2).rename(path)
    elif kind == "web page":
        cells = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
        path.write_text(f"<html><body><p>Title</p><table>{cells}</table></body></html>", encoding="utf-8")
    elif kind == "csv":
        path.write_bytes(vendors.separated(rows))
    else:
        path.write_bytes(vendors.separated(rows, ";", "utf-16"))
    known = "maxqda-table" if dialect == "german" else dialect
    assert sniff.format_of(path) == known
    alone = read(path)
    assert quotes(alone) == vendors.QUOTES
    placed = read(path, known, transcripts)
    assert quotes(placed) == vendors.QUOTES
    assert set(placed.segments["status"]) == {"placed"}
    expected = {"given"} if known in ("openqda", "segments-csv") else {"exact"}
    assert set(placed.segments["match"]) == expected
    starts = sorted((s, vendors.TEXTS[s].index(w)) for s, _, w in vendors.QUOTES)
    assert sorted(zip(placed.segments["source"], placed.segments["start"])) == starts
    if known not in ("taguette-table",):
        assert set(alone.segments["coder"]) == {"Ann", "Ben"}


@pytest.mark.parametrize("dialect", [name for name in TABLES if name not in ("german", "segments-csv")])
def test_a_row_that_cannot_be_read_is_listed(tmp_path, vendors, dialect):
    rows = vendors.rows_of(dialect)
    words = vendors.CODINGS[0][3]
    rows[1] = ["" if cell == words else cell for cell in rows[1]]
    rows[2] = ["" if cell == "Interview 1" else cell for cell in rows[2]]
    rows.append([])
    (tmp_path / "s.csv").write_bytes(vendors.separated(rows))
    found = read(tmp_path / "s.csv", dialect)
    assert found.unreadable[["reason", "end"]].values.tolist() == [
        ["its cell of words is blank", "row 2"],
        ["its cell of the document is blank", "row 3"],
    ]
    assert found.codings == len(vendors.CODINGS)


def test_a_segment_without_a_code_is_a_comment(tmp_path, vendors):
    rows = vendors.rows_of("taguette-table")
    rows[1][2:5] = ["", "", ""]
    (tmp_path / "s.csv").write_bytes(vendors.separated(rows))
    found = read(tmp_path / "s.csv")
    assert (found.codings, len(found.comments)) == (len(vendors.CODINGS) - 1, 1)


def test_several_codes_of_one_quotation_are_several_codings(tmp_path, vendors):
    head = vendors.rows_of("atlasti-table")[0]
    body = [
        ["1:1", "D", "", "first words", "Trust\nWaiting", "1", "Ann", ""],
        ["1:2", "D", "", "second words", "Trust, Waiting", "1", "Ann", ""],
        ["1:3", "D", "", "third words", "Trust", "1", "Ann", ""],
        ["1:4", "D", "", "fourth words", "Care, and more", "1", "Ann", ""],
        ["1:5", "D", "", "fifth words", "", "1", "Ann", ""],
    ]
    (tmp_path / "s.csv").write_bytes(vendors.separated([head, *body]))
    found = read(tmp_path / "s.csv")
    assert quotes(found) == [
        ("D", "Care, and more", "fourth words"),
        ("D", "Trust", "first words"),
        ("D", "Trust", "second words"),
        ("D", "Trust", "third words"),
        ("D", "Waiting", "first words"),
        ("D", "Waiting", "second words"),
    ]
    assert len(found.comments) == 1
    assert "1 cells of codes hold a comma and were read as one code each" in found.notes


def test_positions_counted_otherwise_are_repaired_by_the_transcript(tmp_path, vendors, transcripts):
    rows = vendors.rows_of("openqda")
    for row, (source, _, _, words) in zip(rows[1:], vendors.CODINGS):
        row[5:7] = [str(vendors.counted(vendors.TEXTS[source], at, utf16=True)) for at in vendors.span(source, words)]
    rows[1][5:7] = ["1", "4"]  # a position that is simply wrong
    (tmp_path / "s.csv").write_bytes(vendors.separated(rows))
    found = read(tmp_path / "s.csv", texts=transcripts)
    assert quotes(found) == vendors.QUOTES
    assert found.segments["repaired"].value_counts().to_dict() == {"utf16": 8, "relocated": 1}


def test_our_own_csv_lists_positions_that_are_none(tmp_path):
    path = tmp_path / "s.csv"
    path.write_text("source,coder,code,start,end,text\nS,Ann,Leaf,9,5,words\nS,Ann,Leaf,1,,words\nS,Ann,Leaf,,,words\n")
    found = read(path)
    assert found.unreadable["reason"].tolist() == [
        "its end is not behind its start",
        "it has a start or an end, but not both",
    ]
    assert len(found.segments) == 1


@pytest.mark.parametrize("brackets", [True, False])
@pytest.mark.parametrize("kind", ["txt", "docx"])
def test_nvivo_report_of_references(tmp_path, vendors, transcripts, brackets, kind):
    path = tmp_path / f"report.{kind}"
    text = vendors.nvivo_report(brackets)
    if kind == "docx":
        from docx import Document

        document = Document()
        for line in text.split("\n"):
            document.add_paragraph(line)
        document.save(path)
    else:
        path.write_text(text, encoding="utf-8-sig")
    assert sniff.format_of(path) == "nvivo-report"
    assert same(read(path), vendors)
    found = read(path, texts=transcripts)
    assert set(found.segments["match"]) == {"exact"}
    assert same(found, vendors)


def test_nvivo_references_that_are_announced_and_not_shown_are_listed(tmp_path):
    path = tmp_path / "Trust.txt"
    path.write_text(
        "<Internals\\\\P1> - § 3 references coded  [4.09% Coverage]\n\nReference 1 - 1.02% Coverage\n\nfirst words\n\n"
        "Reference 2 - 1.02% Coverage\n\n"
    )
    found = read(path)
    assert quotes(found) == [("P1", "Trust", "first words")]
    assert found.codings == 3
    assert found.unreadable["reason"].tolist() == [
        "the report shows no words for this reference",
        "the report announces this reference and does not show it",
    ]


@pytest.mark.parametrize(
    ("heading", "reference"),
    [
        ("<Dateien\\\\P1> - § 1 Referenz kodiert [3,42% Abdeckung]", "Referenz 1 - 1,71% Abdeckung"),
        ("<Fichiers\\\\P1> - § 1 référence encodée [Couverture 3,42 %]", "Référence 1 - Couverture 1,71 %"),
        ("Files\\Sub\\P1 - § 1 reference coded [ 6.78% Coverage]", "Reference 1 - 0.98% Coverage"),
    ],
)
def test_nvivo_report_by_its_signs_in_any_language(tmp_path, heading, reference):
    path = tmp_path / "Trust.txt"
    path.write_text(f"{heading}\n\n{reference}\n\nDan: 3 words - 40%\nPerson: yes\n", encoding="utf-8")
    found = read(path)
    assert quotes(found) == [("P1", "Trust", "Dan: 3 words - 40%\nPerson: yes")]


@pytest.mark.parametrize(
    "headings",
    [
        ["Document", "Quotation text", "Codes"],
        ["Transcript", "Node", "Reference"],
        ["File name", "Codename", "Coded text", "Note"],
    ],
)
def test_a_table_of_an_unknown_program_is_read_by_what_its_columns_hold(tmp_path, vendors, headings):
    values = {
        "Document": "P1",
        "Transcript": "P1",
        "File name": "P1",
        "Node": "Trust",
        "Codes": "Trust",
        "Codename": "Trust",
    }
    (tmp_path / "s.csv").write_bytes(
        b"sep=;\r\n" + vendors.separated([headings, [values.get(h, "words") for h in headings]], ";", "utf-8")
    )
    assert quotes(read(tmp_path / "s.csv")) == [("P1", "Trust", "words")]


def test_nvivo_framework_matrix_holds_summaries_not_codings(tmp_path, vendors):
    rows = [
        ["", "A : Trust", "B : Barriers\\Letters"],
        ["1 : Anna", "Trusts the clinic.", ""],
        ["2 : Ben", "", "Late."],
    ]
    path = vendors.workbook(tmp_path / "m.xlsx", rows)
    found = read(path)
    assert (found.format, found.codings, len(found.segments)) == ("nvivo-matrix", 0, 0)
    assert found.summaries.values.tolist() == [
        ["Anna", "Trust", "Trusts the clinic."],
        ["Ben", "Barriers > Letters", "Late."],
    ]
    assert losses.problems([found], ["m.xlsx"]) == []
    assert "a researcher's words and not codings: 2." in losses.text([found])
    counts = vendors.workbook(tmp_path / "n.xlsx", [["", "A : Trust", "B : Letters"], ["1 : Anna", "3", "1"]])
    with pytest.raises(InputError, match="this is a matrix of counts, which holds no words"):
        read(counts)


def test_codebooks_of_every_vendor_hold_codes_and_no_codings(tmp_path):
    path = tmp_path / "c.qdc"
    path.write_text(
        '\ufeff<?xml version="1.0" encoding="utf-8"?><CodeBook xmlns="urn:QDA-XML:codebook:1.0" origin="Taguette">'
        '<Codes><Code guid="1" name="Top" isCodable="true"><Description>what</Description>'
        '<Code guid="2" name="Leaf" isCodable="true"/></Code></Codes><Sets/></CodeBook>'
    )
    found = read(path)
    assert found.codes[["code", "description"]].values.tolist() == [["Top", "what"], ["Top > Leaf", ""]]
    assert (found.format, found.codings) == ("refi-codebook", 0)


def test_a_wrong_format_is_answered_with_what_the_file_seems_to_be(tmp_path, vendors):
    path = tmp_path / "s.csv"
    path.write_bytes(vendors.separated(vendors.rows_of("taguette-table")))
    with pytest.raises(InputError) as caught:
        read(path, "maxqda-table")
    first = caught.value.problems[0]
    assert first.message == (
        "the file is not of the format 'maxqda-table'; it seems to be 'taguette-table': Taguette: coded segments as a table"
    )
    assert first.do == "set 'format: taguette-table' (or 'auto') beside this path in the config"
    qdpx = vendors.qdpx(tmp_path / "p.qdpx")
    with pytest.raises(InputError, match="it seems to be 'refi-qda'"):
        read(qdpx, "qualcoder")
    with pytest.raises(InputError, match="it seems to be 'taguette'"):
        read(vendors.taguette(tmp_path / "t.db"), "qualcoder")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.csv", b"", "the file is empty"),
        ("x.pdf", b"%PDF-1.7 ...", "this is a PDF"),
        ("x.nvp", b"\x01\x02\x03 binary", "this is a project file of NVivo, which only NVivo reads"),
        ("x.mx24", b"anything,at,all\n1,2,3\n", "this is a project file of MAXQDA"),
        ("x.csv", b"a,b\n1,2\n", "no columns for document, code and segment"),
        ("x.xml", b"<other/>", "XML whose root is 'other'"),
        ("x.xlsx", b"\xd0\xcf\x11\xe0 old", "an old Office file"),
    ],
)
def test_what_is_no_coded_file_is_said(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=said):
        read(tmp_path / name)


def test_copying_the_database_elsewhere_changes_nothing(tmp_path, vendors):
    folder = vendors.qualcoder(tmp_path / "x.qda")
    shutil.copy(folder / "data.qda", tmp_path / "renamed to?anything#1.db")
    assert quotes(read(tmp_path / "renamed to?anything#1.db")) == vendors.QUOTES
