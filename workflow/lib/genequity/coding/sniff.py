"""Telling by its content, never by its ending, what a coded file is."""

from __future__ import annotations

import re
from pathlib import Path

from lxml import etree

from genequity.coding import archive, canonical, codebooks, decode, refi
from genequity.coding.readers import dialects, events, grid, nvivo, qualcoder, segments, sqlite, taguette
from genequity.errors import InputError, Problem, missing_file

MEANING = {
    refi.FORMAT: "a REFI-QDA project (.qdpx)",
    codebooks.FORMAT: "a REFI-QDA codebook (.qdc), which holds no codings",
    qualcoder.FORMAT: "a QualCoder project (.qda)",
    taguette.FORMAT: "a Taguette project (.sqlite3)",
    "maxqda-text": "MAXQDA's retrieved segments, printed as text",
    **{name: f"{dialect.program}: coded segments as a table" for name, dialect in dialects.DIALECTS.items()},
    "segments-table": "a table of coded segments",
    nvivo.REPORT: "NVivo's report of a code's references",
    nvivo.MATRIX: "NVivo's framework matrix",
    events.FORMAT: "a register of events with their notes",
    canonical.FORMAT: "our own CSV of segments",
}
OWN = {
    ".nvp": "NVivo",
    ".nvpx": "NVivo",
    ".qvp": "NVivo",
    ".atlproj": "ATLAS.ti",
    ".hpr": "ATLAS.ti",
    ".mx": "MAXQDA",
    ".mex": "MAXQDA",
    ".mtr": "MAXQDA",
    ".qrk": "Quirkos",
    ".f4a": "f4analyse",
}
EXPECTED = "a file of one of these formats: "
START = 256 * 2**10  # characters of a text that are looked at


def format_of(path: str | Path) -> str:
    """Return the format of a coded file, as :data:`genequity.coding.formats.READERS` names it.

    Raises
    ------
    InputError
        When the file is missing or unsafe, or nothing that is known; the problem says what it looks like.
    """
    file = Path(path)
    if file.is_dir():
        if (file / qualcoder.DATABASE).is_file():
            return qualcoder.FORMAT
        raise InputError(Problem(str(path), "this is a folder", expected="a coded file, or a QualCoder folder (.qda)"))
    if not file.is_file():
        raise InputError(missing_file(str(path)))
    if sqlite.is_database(file):
        return _of_database(file, str(path))
    with file.open("rb") as handle:
        head = handle.read(START)
    if not head.strip(b"\0 \t\r\n"):
        raise _unknown(path, "the file is empty")
    if head.startswith(b"PK\x03\x04") or head.startswith(b"PK\x05\x06"):
        return _of_archive(file, str(path))
    if head.startswith(b"%PDF"):
        raise _unknown(path, "this is a PDF; save the segments as a table instead")
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise _unknown(path, "this is an old Office file or is protected by a password; save it as .xlsx or .docx")
    return _of_text(path, decode.decode(head).text.removeprefix(decode.BOM))


def _unknown(path: str | Path, seems: str) -> InputError:
    own = next((program for end, program in OWN.items() if Path(path).suffix.lower().startswith(end)), None)
    if own:
        do = f"in {own}, export the project in the format REFI-QDA (.qdpx), or its coded segments as a table"
        return InputError(Problem(str(path), f"this is a project file of {own}, which only {own} reads", do=do))
    known = "; ".join(dict.fromkeys(MEANING.values()))
    return InputError(Problem(str(path), seems, expected=EXPECTED + known, do="export the coded project again"))


def _of_database(file: Path, name: str) -> str:
    with sqlite.opened(file, name) as held:
        tables = set(held.tables)
    if tables >= set(qualcoder.TABLES):
        return qualcoder.FORMAT
    if tables >= set(taguette.TABLES):
        return taguette.FORMAT
    if tables >= {"freecode", "coding", "source"}:
        raise _unknown(name, "this is an RQDA project; QualCoder opens it and can save it as .qda")
    raise _unknown(name, "this is a database of a program that is not known here")


def _of_archive(file: Path, name: str) -> str:
    with archive.opened(file, "a coded project or a workbook", "export the file again") as held:
        members = [member.replace("\\", "/").lower() for member in archive.names(held)]
    ends = [member.rpartition("/")[2] for member in members]
    if any(end.endswith(".qde") for end in ends):
        return refi.FORMAT
    if qualcoder.DATABASE in ends:
        return qualcoder.FORMAT
    if any(member.startswith("xl/") for member in members):
        return _of_table(name)
    if any(member.startswith("word/") for member in members):
        if nvivo.is_report(nvivo.lines(file)):
            return nvivo.REPORT
        raise _unknown(name, "this is a Word file without coded segments; a transcript is named under 'transcripts'")
    if any(end.endswith((".qdpx", ".zip")) for end in ends):
        raise _unknown(name, "this archive holds another archive, which is not opened; unpack it first")
    raise _unknown(name, "this is an archive without a project file")


def _of_table(path: str) -> str:
    table = grid.read(path)
    for sheet in table.sheets:
        if events.is_register(sheet.rows):
            return events.FORMAT
    found = [known for sheet in table.sheets if (known := segments.known_as(sheet.rows))]
    first = next((row for row in table.sheets[0].rows if row), []) if table.sheets else []
    if {segments.folded(cell) for cell in first} >= set(canonical.COLUMNS):
        return canonical.FORMAT
    if found:
        return found[0][0]
    if nvivo.matrix_rows(table) is not None:
        return nvivo.MATRIX
    raise _unknown(path, "this table has no columns for document, code and segment that are known here")


def _of_text(path: str | Path, text: str) -> str:
    stripped = text.lstrip()
    if stripped.startswith("<") and not stripped[:200].lower().startswith(("<!doctype html", "<html", "<table")):
        return nvivo.REPORT if nvivo.is_report(stripped.splitlines()) else _of_xml(path)
    if stripped.startswith("{\\rtf"):
        if nvivo.is_report(nvivo.lines(path)):
            return nvivo.REPORT
        raise _unknown(path, "this is an RTF file without coded segments; a transcript is named under 'transcripts'")
    lines = text.splitlines()
    if any(re.match(r"document name\s{2,}.*\bsegment\s*$", line.lower()) for line in lines[:20]):
        return "maxqda-text"
    if nvivo.is_report(lines):
        return nvivo.REPORT
    return _of_table(str(path))


def _of_xml(path: str | Path) -> str:
    root = archive.parse_xml(archive.read_file(path), path, "the file")
    name = etree.QName(root)
    if name.localname == "Project":
        return refi.FORMAT
    if name.localname == "CodeBook":
        return codebooks.FORMAT
    raise _unknown(path, f"this is XML whose root is '{name.localname}'")
