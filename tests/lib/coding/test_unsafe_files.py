"""Files that would do harm are refused with a message, in every format."""

import sqlite3
import zipfile

import pytest
from genequity.coding import archive, formats
from genequity.coding.readers import grid, sqlite, transcripts
from genequity.errors import InputError

LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
NAMES = ("../out.txt", "a/../../out.txt", "/out.txt", "C:/out.txt", "..\\out.txt", "\\\\host\\out.txt")


def packed(path, members, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as held:
        for name, raw in members.items():
            held.writestr(name, raw)
    return path


@pytest.mark.parametrize("name", NAMES)
def test_names_that_leave_the_archive(tmp_path, name):
    path = packed(tmp_path / "p.qdpx", {"project.qde": "<x/>", name: "x"})
    with pytest.raises(InputError, match="points outside the archive"):
        formats.read({"path": str(path), "format": "auto"})


@pytest.mark.parametrize(("ending", "member"), [("qdpx", "sources/a.txt"), ("xlsx", "xl/worksheets/sheet1.xml")])
def test_bombs(tmp_path, ending, member):
    path = packed(
        tmp_path / f"p.{ending}", {"xl/workbook.xml": "<x/>", "project.qde": "<x/>", member: b"0" * (8 * 2**20)}
    )
    with pytest.raises(InputError, match="times its packed size"):
        formats.read({"path": str(path), "format": "auto"})
    with pytest.raises(InputError, match="times its packed size"):
        grid.read(path)


def test_an_archive_in_an_archive_is_not_opened(tmp_path):
    inner = packed(tmp_path / "inner.qdpx", {"project.qde": "<x/>"})
    path = packed(tmp_path / "outer.zip", {"inner.qdpx": inner.read_bytes()})
    with pytest.raises(InputError, match="holds another archive, which is not opened"):
        formats.read({"path": str(path), "format": "auto"})


def test_too_many_files_and_too_many_bytes(tmp_path, monkeypatch):
    path = packed(tmp_path / "p.qdpx", {f"{n}.txt": "x" for n in range(9)})
    monkeypatch.setattr(archive, "MEMBERS", 5)
    with pytest.raises(InputError, match="holds 9 files, more than 5"):
        formats.read({"path": str(path), "format": "refi-qda"})
    monkeypatch.setattr(archive, "MEMBERS", 50)
    monkeypatch.setattr(archive, "TOTAL_BYTES", 5)
    with pytest.raises(InputError, match="its files unpack to more than"):
        formats.read({"path": str(path), "format": "refi-qda"})


@pytest.mark.parametrize("attack", [LAUGHS, OUTSIDE])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_document_types_are_refused_before_parsing(tmp_path, attack, encoding):
    xml = f'{attack}<Project xmlns="urn:QDA-XML:project:1.0">&c;&e;</Project>'.replace(
        '<?xml version="1.0"?>', f'<?xml version="1.0" encoding="{encoding}"?>'
    )
    for path in (
        packed(tmp_path / "p.qdpx", {"project.qde": xml.encode(encoding)}),
        written(tmp_path / "p.qde", xml.encode(encoding)),
        written(tmp_path / "p.qdc", xml.replace("Project", "CodeBook").encode(encoding)),
    ):
        with pytest.raises(InputError, match="declares a document type"):
            formats.read({"path": str(path), "format": "auto"})


def written(path, raw):
    path.write_bytes(raw)
    return path


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml"])
def test_entities_in_a_workbook(tmp_path, vendors, part):
    good = vendors.workbook(tmp_path / "good.xlsx", vendors.rows_of("maxqda-table"))
    bad = tmp_path / "bad.xlsx"
    with zipfile.ZipFile(good) as old, zipfile.ZipFile(bad, "w") as new:
        for name in old.namelist():
            raw = old.read(name)
            new.writestr(name, LAUGHS.encode() + raw.split(b"?>", 1)[-1] if name == part else raw)
    with pytest.raises(InputError, match="declares a document type"):
        formats.read({"path": str(bad), "format": "auto"})


@pytest.mark.parametrize(
    ("kind", "target", "refused"),
    [
        ("image", "https://example.org/pixel.png", True),
        ("attachedTemplate", "\\\\host\\share\\t.dotm", True),
        ("oleObject", "file:////host/share/x.bin", True),
        ("hyperlink", "https://example.org/", False),
        ("attachedTemplate", "file:///C:/Users/x/Normal.dotm", False),
    ],
)
def test_word_files_that_fetch_from_elsewhere(tmp_path, kind, target, refused):
    from docx import Document

    good = tmp_path / "good.docx"
    document = Document()
    document.add_paragraph("Dan: words")
    document.save(good)
    bad = tmp_path / "bad.docx"
    base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    relation = (
        f'<Relationship Id="rId99" Type="{base}/{kind}" Target="{target}" TargetMode="External"/></Relationships>'
    )
    with zipfile.ZipFile(good) as old, zipfile.ZipFile(bad, "w") as new:
        for name in old.namelist():
            raw = old.read(name)
            if name == "word/_rels/document.xml.rels":
                raw = raw.replace(b"</Relationships>", relation.encode())
            new.writestr(name, raw)
    if refused:
        with pytest.raises(InputError, match="fetches a part of itself"):
            transcripts.read(bad)
    else:
        assert transcripts.read(bad).text == "Dan: words"


def test_a_huge_value_in_a_database(tmp_path, vendors, monkeypatch):
    folder = vendors.qualcoder(tmp_path / "x.qda")
    held = sqlite3.connect(folder / "data.qda")
    held.execute("UPDATE source SET fulltext = ? WHERE id = 1", ["x" * (2 * 2**20)])
    held.commit()
    held.close()
    monkeypatch.setattr(sqlite, "VALUE_BYTES", 2**20)
    with pytest.raises(InputError, match="a value in the database is larger than 1 MiB"):
        formats.read({"path": str(folder), "format": "auto"})


def test_a_view_that_calls_itself_a_table_is_not_read(tmp_path):
    path = tmp_path / "data.qda"
    held = sqlite3.connect(path)
    for table in ("code_text", "code_name"):
        held.execute(f"CREATE TABLE {table} (cid integer)")
    held.execute(
        "CREATE VIEW source AS WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x FROM r) SELECT x AS id FROM r"
    )
    held.commit()
    held.close()
    with pytest.raises(InputError, match="has no table source"):
        formats.read({"path": str(path), "format": "qualcoder"})


def test_a_broken_database_is_an_input_error(tmp_path, vendors):
    folder = vendors.qualcoder(tmp_path / "x.qda")
    raw = bytearray((folder / "data.qda").read_bytes())
    raw[100:4096] = b"\xff" * (4096 - 100)
    (folder / "data.qda").write_bytes(raw)
    with pytest.raises(InputError, match="database"):
        formats.read({"path": str(folder), "format": "auto"})


def test_characters_that_xml_forbids_are_read_as_blanks_and_said(tmp_path, vendors):
    whole = vendors.qdpx(tmp_path / "p.qdpx", inline=True)
    with zipfile.ZipFile(whole) as old:
        raw = old.read("project.qde").replace(b"Interviewer: Who", b"Interviewer:\x0bWho", 1)
    found = formats.read({"path": str(packed(tmp_path / "q.qdpx", {"project.qde": raw})), "format": "auto"})
    assert sorted(zip(found.segments["source"], found.segments["code"], found.segments["text"])) == vendors.QUOTES
    assert "1 characters that XML does not allow were read as blanks" in found.notes
