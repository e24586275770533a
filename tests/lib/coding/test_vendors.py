"""The same project in every vendor's dialect gives the same quotes, each equal to the slice of its text."""

import importlib.util
from pathlib import Path

import pytest
from genequity.coding import formats, losses, project

SPEC = importlib.util.spec_from_file_location("vendors_listed", Path(__file__).with_name("vendors.py"))
VENDORS = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(VENDORS)


def quotes(found):
    return sorted(zip(found.segments["source"], found.segments["code"], found.segments["text"]))


def slices_are_quotes(found):
    texts = dict(zip(found.sources["source"], found.sources["text"]))
    placed = found.segments[found.segments["start"].notna()]
    assert [texts[s][a:b] for s, a, b in zip(placed["source"], placed["start"], placed["end"])] == list(placed["text"])


@pytest.mark.parametrize("dialect", VENDORS.DIALECTS)
def test_every_dialect_gives_the_same_quotes(tmp_path, dialect):
    options = VENDORS.DIALECTS[dialect]
    path = VENDORS.qdpx(tmp_path / "p.qdpx", **options)
    found = formats.read({"path": str(path), "format": "auto"})
    wanted = VENDORS.QUOTES
    if options.get("no_name"):
        wanted = sorted((f"{source}.txt", code, words) for source, code, words in wanted)
    assert quotes(found) == wanted
    slices_are_quotes(found)
    assert set(found.segments["coder"]) == {"Ann", "Ben"}
    assert set(found.codes["code"]) == set(VENDORS.PATHS)
    assert found.codings == len(found.segments) + len(found.unreadable)
    assert losses.problems([found], [str(path)]) == []


REPAIRED = {
    "standard": "none",
    "ATLAS.ti": "none",
    "NVivo": "crlf+utf16",
    "MAXQDA": "crlf",
    "UTF-16 units": "utf16",
    "NFD file": "nfc",
    "NFD file counted composed": "none",
    "line feeds counted as two": "crlf",
    "ends inside": "end",
}


@pytest.mark.parametrize("dialect", REPAIRED)
def test_the_repair_is_named_and_proved_per_source(tmp_path, dialect):
    found = formats.read(
        {"path": str(VENDORS.qdpx(tmp_path / "p.qdpx", **VENDORS.DIALECTS[dialect])), "format": "auto"}
    )
    first = found.segments[found.segments["source"] == "Interview 1"]  # the one with accents
    assert set(first["repaired"]) == {REPAIRED[dialect]}
    assert all("selections inside the text" in proof for proof in found.sources["proof"])
    assert set(found.segments["match"]) == {project.GIVEN}
    assert set(found.segments["status"]) == {project.PLACED}


def test_four_mutated_copies_of_one_transcript_give_the_same_quotes(tmp_path):
    mutations = [
        {"newline": "\r\n", "width": 2},
        {"text_bom": True, "count_bom": True},
        {"text_encoding": "utf-16", "utf16": True},
        {"form": "NFD"},
    ]
    for place, options in enumerate(mutations):
        found = formats.read({"path": str(VENDORS.qdpx(tmp_path / f"{place}.qdpx", **options)), "format": "refi-qda"})
        assert quotes(found) == VENDORS.QUOTES
        assert dict(zip(found.sources["source"], found.sources["text"])) == VENDORS.TEXTS


def test_a_case_put_on_a_text_is_kept_as_a_case_and_is_no_loss(tmp_path):
    found = formats.read(
        {"path": str(VENDORS.qdpx(tmp_path / "p.qdpx", **VENDORS.DIALECTS["NVivo"])), "format": "auto"}
    )
    assert found.codings == len(VENDORS.CODINGS) + 2
    assert set(found.unreadable["reason"]) == {"it assigns a case, not a code; the case is kept"}
    assert not found.unreadable["lost"].any()
    assert sorted(found.cases.values.tolist()) == [["Person 1", "Interview 1"], ["Person 1", "Interview 2"]]


def test_a_comment_is_counted_apart(tmp_path):
    found = formats.read(
        {"path": str(VENDORS.qdpx(tmp_path / "p.qdpx", **VENDORS.DIALECTS["MAXQDA"])), "format": "auto"}
    )
    assert found.comments[["source", "text", "memo"]].values.tolist() == [list(VENDORS.COMMENT)]
    assert found.variables[["case", "variable", "value"]].values.tolist() == [
        ["Interview 1", "role", "patient"],
        ["Interview 2", "role", "patient"],
    ]


def test_a_case_without_name_is_its_source(tmp_path):
    found = formats.read(
        {"path": str(VENDORS.qdpx(tmp_path / "p.qdpx", **VENDORS.DIALECTS["Quirkos"])), "format": "auto"}
    )
    assert found.variables.values.tolist() == [["Interview 1", "role", "Text", "patient"]]


MAPPED = {
    "a name twice, two texts": ('name="Interview 2" ', 'name="Interview 1" ', "1 sources have the name of another"),
    "a coding twice": (
        f'<Coding guid="{VENDORS.guid(300)}"',
        f'<Coding guid="{VENDORS.guid(399)}" creatingUser="{VENDORS.guid(1)}"><CodeRef targetGUID="{VENDORS.guid(11)}"/>'
        f'</Coding><Coding guid="{VENDORS.guid(300)}"',
        "1 codings stand twice in the file",
    ),
}


@pytest.mark.parametrize("mistake", MAPPED)
def test_what_looks_like_a_mistake_is_read_and_said(tmp_path, mistake):
    old, new, said = MAPPED[mistake]
    path = rewritten(VENDORS.qdpx(tmp_path / "p.qdpx"), tmp_path / "q.qdpx", lambda xml: xml.replace(old, new))
    found = formats.read({"path": str(path), "format": "auto"})
    assert any(said in note for note in found.notes)
    assert found.codings == len(found.segments)
    slices_are_quotes(found)


def rewritten(path, other, change):
    """Copy an archive with its project file changed."""
    import zipfile

    with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            raw = old.read(name)
            if name.endswith(".qde"):
                changed = change(raw.decode())
                assert changed != raw.decode()
                raw = changed.encode()
            new.writestr(name, raw)
    return other


LOST = {
    "its positions are not whole numbers": ('startPosition="', 'startPosition="x'),
    "its end stands before its start": ('endPosition="', 'endPosition="-'),
    "the text is missing from the project file": ('plainTextPath="internal://', 'plainTextPath="internal://gone'),
    "its code is not in the project's codebook": ('<CodeRef targetGUID="', '<CodeRef targetGUID="z'),
}


@pytest.mark.parametrize("reason", LOST)
def test_every_planted_loss_is_listed_with_its_reason(tmp_path, reason):
    path = rewritten(VENDORS.qdpx(tmp_path / "p.qdpx"), tmp_path / "q.qdpx", lambda xml: xml.replace(*LOST[reason], 1))
    found = formats.read({"path": str(path), "format": "auto"})
    listed = found.unreadable[found.unreadable["reason"] == reason]
    assert len(listed) >= 1
    assert found.codings == len(VENDORS.CODINGS) == len(found.segments) + len(found.unreadable)
    assert losses.table([found]).loc[0, "reasons"] == f"{reason} ({len(listed)})"
    stops = losses.problems([found], ["q.qdpx"])
    assert reason in str(stops[0])


def test_words_of_an_area_and_marks_in_time(tmp_path):
    leaf = f'<CodeRef targetGUID="{VENDORS.guid(14)}"/>'
    extra = (
        f'<PDFSource guid="{VENDORS.guid(500)}" name="Scan"><PDFSelection guid="{VENDORS.guid(501)}" page="1">'
        f'<Representation guid="{VENDORS.guid(502)}"><PlainTextContent>words of an area</PlainTextContent></Representation>'
        f'<Coding guid="{VENDORS.guid(503)}">{leaf}</Coding></PDFSelection>'
        f'<PDFSelection guid="{VENDORS.guid(504)}" page="2"><Coding guid="{VENDORS.guid(505)}">{leaf}</Coding></PDFSelection>'
        f'<Representation guid="{VENDORS.guid(506)}"><PlainTextContent>A page with words of an area.</PlainTextContent>'
        f"</Representation></PDFSource>"
        f'<AudioSource guid="{VENDORS.guid(510)}" name="Talk"><Transcript guid="{VENDORS.guid(511)}">'
        f"<PlainTextContent>First words. Second words.</PlainTextContent>"
        f'<SyncPoint guid="{VENDORS.guid(512)}" timeStamp="0" position="0"/>'
        f'<SyncPoint guid="{VENDORS.guid(513)}" timeStamp="9" position="12"/>'
        f'<TranscriptSelection guid="{VENDORS.guid(514)}" fromSyncPoint="{VENDORS.guid(512)}" toSyncPoint="{VENDORS.guid(513)}">'
        f'<Coding guid="{VENDORS.guid(515)}">{leaf}</Coding></TranscriptSelection></Transcript>'
        f'<AudioSelection guid="{VENDORS.guid(516)}" begin="0" end="9"><Coding guid="{VENDORS.guid(517)}">{leaf}</Coding>'
        f"</AudioSelection></AudioSource>"
        f'<PictureSource guid="{VENDORS.guid(520)}" name="Photo"><PictureSelection guid="{VENDORS.guid(521)}">'
        f'<Coding guid="{VENDORS.guid(522)}">{leaf}</Coding></PictureSelection></PictureSource></Sources>'
    )
    path = rewritten(
        VENDORS.qdpx(tmp_path / "p.qdpx"), tmp_path / "q.qdpx", lambda xml: xml.replace("</Sources>", extra)
    )
    found = formats.read({"path": str(path), "format": "auto"})
    new = found.segments[found.segments["source"].isin(["Scan", "Talk"])]
    assert sorted(zip(new["source"], new["text"], new["match"])) == [
        ("Scan", "words of an area", "exact"),
        ("Talk", "First words.", "given"),
    ]
    assert sorted(zip(found.unreadable["source"], found.unreadable["reason"])) == [
        ("Photo", "an area of a picture"),
        ("Scan", "an area of a PDF page, without its text"),
        ("Talk", "a stretch of a recording"),
    ]
    assert found.codings == len(VENDORS.CODINGS) + 5


def test_texts_outside_the_project_come_from_the_studys_transcripts(tmp_path, transcripts):
    import zipfile

    whole = VENDORS.qdpx(tmp_path / "p.qdpx")
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(tmp_path / "q.qdpx", "w") as new:
        new.writestr("project.qde", old.read("project.qde").replace(b"internal://", b"relative:///elsewhere/"))
    alone = formats.read({"path": str(tmp_path / "q.qdpx"), "format": "auto"})
    assert set(alone.unreadable["reason"]) == {"the text lies outside the project file"}
    assert quotes(formats.read({"path": str(tmp_path / "q.qdpx"), "format": "auto"}, transcripts)) == VENDORS.QUOTES


def test_the_real_project_and_its_re_export_without_codings(real_folder):
    folder = real_folder / "interviews" / "refi"
    demo = formats.read({"path": str(folder / "qc_demo_qc1.3.2.qdpx"), "format": "auto"})
    assert (len(demo.codes), demo.codings, len(demo.segments)) == (262, 205, 205)
    assert len(demo.segments[["source", "start", "end"]].drop_duplicates()) == 158
    slices_are_quotes(demo)
    again = formats.read({"path": str(folder / "qc_nvivo_project_NVivoMac15.qdpx"), "format": "auto"})
    assert len(again.codes) == 262
    assert any("THE CODINGS ARE GONE" in note for note in again.notes)
    assert any("2 of 2 texts are empty" in note for note in again.notes)
    stops = losses.problems([again], ["nvivo.qdpx"])
    assert [problem.message for problem in stops] == ["the codings are gone: the file holds 262 codes and no coding"]
    assert "the codings are gone" in losses.page([again])
