import io
import zipfile

import pandas as pd
import pytest
from genequity.coding import project, refi, writer
from genequity.coding.project import Project
from genequity.errors import InputError

TEXT = "First line of the source.\nSecond line, where a word is marked.\nThird line \U0001f642 after a smiling face."
SPANS = [
    ("word", TEXT.index("word"), 4),
    ("after a", TEXT.index("after a"), 7),
    ("Second line", TEXT.index("Second"), 11),
]


def a_project(text=TEXT):
    segments = [
        {
            "source": "S1",
            "coder": "Ann",
            "code": "Theme > Leaf",
            "start": s,
            "end": s + n,
            "text": w,
            "repaired": "none",
            "memo": "a note",
            "created": "2024-01-02T03:04:05Z",
        }
        for w, s, n in sorted(SPANS, key=lambda span: span[1])
    ]
    return Project(
        name="p",
        origin="test",
        users=pd.DataFrame({"user": ["Ann"]}),
        codes=pd.DataFrame([["Theme", "a heading", ""], ["Theme > Leaf", "", "#ff0000"]], columns=project.CODE_COLUMNS),
        sources=pd.DataFrame([["S1", text, "none", ""]], columns=project.SOURCE_COLUMNS),
        segments=pd.DataFrame(segments, columns=project.SEGMENT_COLUMNS).astype({"start": "Int64", "end": "Int64"}),
        cases=pd.DataFrame([["C1", "S1"]], columns=project.CASE_COLUMNS),
        variables=pd.DataFrame(
            [["C1", "role", "Text", "patient"], ["C1", "age", "Integer", "40"]], columns=project.VARIABLE_COLUMNS
        ),
        codings=len(segments),
    )


def archive(path, xml, texts=None, name="project.qde", folder="sources"):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr(name, xml)
        for key, raw in (texts or {}).items():
            z.writestr(f"{folder}/{key}", raw)
    return path


def minimal(selections, path="internal://a.txt", ns="urn:QDA-XML:project:1.0", extra="", guid="plain"):
    def g(n):
        return ("{%s}" if guid == "braces" else "%s") % f"00000000-0000-0000-0000-{n:012d}"

    marks = "".join(
        f'<PlainTextSelection guid="{g(20 + i)}" startPosition="{s}" endPosition="{e}">'
        f'<Coding guid="{g(40 + i)}" creatingUser="{g(1)}"><CodeRef targetGUID="{g(2)}"/></Coding></PlainTextSelection>'
        for i, (s, e) in enumerate(selections)
    )
    return (
        f'<Project xmlns="{ns}" name="p"><Users><User guid="{g(1)}" name="Ann"/></Users>'
        f'<CodeBook><Codes><Code guid="{g(2)}" name="Leaf" isCodable="true"/></Codes></CodeBook>'
        f'<Sources><TextSource guid="{g(3)}" name="S1" plainTextPath="{path}">{marks}</TextSource>{extra}</Sources></Project>'
    )


def units(text, start, length, width):
    """Positions of a stretch when each character counts as width(character)."""
    before = sum(width(c) for c in text[:start])
    return before, before + sum(width(c) for c in text[start : start + length])


def test_what_is_written_is_read_again(tmp_path):
    writer.write(a_project(), tmp_path / "p.qdpx")
    found = refi.read(tmp_path / "p.qdpx")
    for name in ("users", "codes", "segments", "cases", "variables"):
        pd.testing.assert_frame_equal(getattr(found, name), getattr(a_project(), name), check_dtype=False, obj=name)
    assert found.sources[["source", "text"]].equals(a_project().sources[["source", "text"]])
    assert (found.codings, len(found.unreadable)) == (3, 0)


def test_two_writes_are_the_same_bytes(tmp_path):
    writer.write(a_project(), tmp_path / "a.qdpx")
    writer.write(a_project(), tmp_path / "b.qdpx")
    assert (tmp_path / "a.qdpx").read_bytes() == (tmp_path / "b.qdpx").read_bytes()


def test_written_files_are_valid_against_the_official_schemas(tmp_path, real_folder):
    from lxml import etree

    folder = real_folder / "interviews" / "refi"
    etree.XMLSchema(etree.parse(folder / "Project.xsd")).assertValid(etree.fromstring(writer.project_xml(a_project())))
    etree.XMLSchema(etree.parse(folder / "Codebook.xsd")).assertValid(
        etree.fromstring(writer.codebook_xml(a_project().codes))
    )


MUTATIONS = {
    "none": (lambda t: t.encode(), lambda c: 1, 0),
    "crlf": (lambda t: t.replace("\n", "\r\n").encode(), lambda c: 2 if c == "\n" else 1, 0),
    "crlf counted once": (lambda t: t.replace("\n", "\r\n").encode(), lambda c: 1, 0),
    "lf counted twice": (lambda t: t.encode(), lambda c: 2 if c == "\n" else 1, 0),
    "bom": (lambda t: t.encode("utf-8-sig"), lambda c: 1, 1),
    "utf16": (lambda t: t.encode(), lambda c: 2 if ord(c) > 0xFFFF else 1, 0),
}
LABELS = {"crlf counted once": "none", "lf counted twice": "crlf"}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_positions_are_repaired_and_the_repair_is_named(tmp_path, mutation):
    encode, width, shift = MUTATIONS[mutation]
    marks = [units(TEXT, start, length, width) for _, start, length in SPANS]
    path = archive(tmp_path / "p.qdpx", minimal([(s + shift, e + shift) for s, e in marks]), {"a.txt": encode(TEXT)})
    found = refi.read(path)
    assert list(found.segments["text"]) == [word for word, _, _ in SPANS]
    assert set(found.segments["repaired"]) == {LABELS.get(mutation, mutation)}
    assert "of 3 selections inside the text" in found.sources["proof"].iloc[0]


@pytest.mark.parametrize(
    "options",
    [
        {"name": "other.qde"},
        {"folder": "Sources"},
        {"ns": "urn:QDA-XML:project:0.4"},
        {"path": "a.txt"},
        {"bom": True},
        {"guid": "braces"},
    ],
)
def test_vendors_differ_and_are_read_all_the_same(tmp_path, options):
    xml = minimal(
        [(0, 5)],
        options.get("path", "internal://a.txt"),
        options.get("ns", "urn:QDA-XML:project:1.0"),
        guid=options.get("guid", "plain"),
    )
    raw = b"\xef\xbb\xbf<?xml version='1.0' encoding='UTF-8'?>" + xml.encode() if options.get("bom") else xml
    path = archive(
        tmp_path / "p.qdpx", raw, {"a.txt": TEXT}, options.get("name", "project.qde"), options.get("folder", "sources")
    )
    found = refi.read(path)
    assert list(found.segments["text"]) == ["First"]
    assert found.segments["coder"].tolist() == ["Ann"]


def test_text_inside_the_project_and_text_of_a_pdf(tmp_path):
    pdf = (
        '<PDFSource guid="00000000-0000-0000-0000-000000000060" name="D">'
        '<PDFSelection guid="00000000-0000-0000-0000-000000000061" page="1" firstX="0" firstY="0" secondX="1" secondY="1">'
        '<Coding guid="00000000-0000-0000-0000-000000000062"><CodeRef targetGUID="00000000-0000-0000-0000-000000000002"/></Coding></PDFSelection>'
        '<Representation guid="00000000-0000-0000-0000-000000000063"><PlainTextContent>Words of the page</PlainTextContent>'
        '<PlainTextSelection guid="00000000-0000-0000-0000-000000000064" startPosition="0" endPosition="5">'
        '<Coding guid="00000000-0000-0000-0000-000000000065"><CodeRef targetGUID="00000000-0000-0000-0000-000000000002"/></Coding>'
        "</PlainTextSelection></Representation></PDFSource>"
    )
    found = refi.read(archive(tmp_path / "p.qdpx", minimal([], extra=pdf), {"a.txt": TEXT}))
    assert found.segments[["source", "text"]].values.tolist() == [["D", "Words"]]
    assert found.unreadable[["source", "reason"]].values.tolist() == [["D", "an area of a PDF page, without its text"]]
    assert found.codings == 2


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        (minimal([(0, 9999)]), "its positions lie outside the text"),
        (minimal([(4, 4)]), "it marks no character"),
        (minimal([(0, 5)], "internal://gone.txt"), "the text is missing from the project file"),
        (minimal([(0, 5)], "relative:///far/b.txt"), "the text lies outside the project file"),
        (
            minimal([(0, 5)]).replace(
                'targetGUID="00000000-0000-0000-0000-000000000002"', 'targetGUID="00000000-0000-0000-0000-000000000099"'
            ),
            "its code is not in the project's codebook",
        ),
    ],
)
def test_no_coding_is_lost_in_silence(tmp_path, xml, reason):
    found = refi.read(archive(tmp_path / "p.qdpx", xml, {"a.txt": TEXT}))
    assert (found.codings, len(found.segments), found.unreadable["reason"].tolist()) == (1, 0, [reason])


ENTITY = '<!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;">]>' + minimal([(0, 5)])


@pytest.mark.parametrize(
    ("xml", "words"),
    [
        ("<Project", "is not well-formed XML"),
        (ENTITY, "declares a document type"),
        ('<Other xmlns="urn:QDA-XML:project:1.0"/>', "the root of project.qde is 'Other'"),
    ],
)
def test_malformed_projects_are_refused_in_words(tmp_path, xml, words):
    with pytest.raises(InputError, match=words):
        refi.read(archive(tmp_path / "p.qdpx", xml))


def test_golden_message_of_a_file_that_is_no_archive(tmp_path):
    path = tmp_path / "p.qdpx"
    path.write_text("not a zip")
    with pytest.raises(InputError) as caught:
        refi.read(path)
    assert str(caught.value) == (
        f"- {path}: the file is not a ZIP archive.\n"
        "    Expected: a REFI-QDA project (.qdpx), as exported by NVivo, ATLAS.ti, MAXQDA or QualCoder.\n"
        "    What to do: export the project again, format REFI-QDA."
    )


def test_unsafe_archives_are_refused(tmp_path):
    escape = tmp_path / "escape.qdpx"
    with zipfile.ZipFile(escape, "w") as z:
        z.writestr("../outside.txt", "x")
    with pytest.raises(InputError, match="points outside the archive"):
        refi.read(escape)
    bomb = tmp_path / "bomb.qdpx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("project.qde", minimal([]))
        z.writestr("sources/a.txt", b"0" * (4 * 2**20))
    with pytest.raises(InputError, match="times its packed size"):
        refi.read(bomb)
    link = tmp_path / "link.qdpx"
    with zipfile.ZipFile(link, "w") as z:
        entry = zipfile.ZipInfo("sources/a.txt")
        entry.external_attr = 0o120777 << 16
        z.writestr(entry, "/etc/hostname")
    with pytest.raises(InputError, match="symbolic link"):
        refi.read(link)


def test_damaged_archive_is_an_input_error(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as z:
        z.writestr("project.qde", minimal([]))
    raw = bytearray(buffer.getvalue())
    raw[60] ^= 0xFF
    (tmp_path / "p.qdpx").write_bytes(raw)
    with pytest.raises(InputError, match="damaged"):
        refi.read(tmp_path / "p.qdpx")


def test_real_project_counts(real_folder):
    found = refi.read(real_folder / "interviews" / "refi" / "qc_demo_qc1.3.2.qdpx")
    assert (len(found.codes), found.codings, len(found.segments), len(found.sources)) == (262, 205, 205, 2)
    assert found.segments[["source", "start", "end"]].drop_duplicates().shape[0] == 158
    # Each selection is named line:N and holds the whole of line N.
    assert found.segments["text"].str.rstrip("\n").str.contains("\n").sum() == 0
