"""What may never be committed: data. Files are told by their name and by their content, staged ones as staged.

Only the demonstration's small inputs, the format trial's own tables and the schemes, standards and published rates that genequity ships
are tables of this project. Everything else that looks like data belongs outside the repository: a researcher's file
that was copied into the wrong folder, renamed, or put into the index with force, is refused before it is committed.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

# Tables of the project itself, all of them small.
HOMES = (
    "config/demo/*",
    "config/real/*.csv",
    "config/agreement/*.csv",
    "config/schemes/*.csv",
    "config/standards/*.csv",
    "config/starters/*.csv",
    "envs/requirements*.txt",
    "workflow/lib/genequity/publish/assets/*",
    "notebooks/assets/*",
)
TABLES = "csv tsv tab dat psv xls xlsx xlsm xlsb ods numbers fods"
STATISTICS = "sav zsav por dta sas7bdat xpt rda rds rdata parquet feather arrow orc avro h5 hdf5 npy npz pkl pickle mat"
DATABASES = "db sqlite sqlite3 duckdb mdb accdb sql dump bak"
QUALITATIVE = "qdpx qde qdc qda nvp nvpx nvcx mx mx12 mx18 mx20 mx22 mx24 mqda atlproj hpr7 taguette"
TEXTS = "docx doc odt rtf pdf txt vtt srt eml msg pptx ppt"
REFERENCES = "ris nbib ciw enw enl endnote"
MEDIA = "wav mp3 m4a mp4 mov avi ogg opus flac webm wma jpg jpeg tif tiff heic gif bmp png"
ARCHIVES = "zip gz bz2 xz 7z tar tgz zst rar"
ENDINGS = frozenset(" ".join([TABLES, STATISTICS, DATABASES, QUALITATIVE, TEXTS, REFERENCES, MEDIA, ARCHIVES]).split())
# How files of these kinds begin, whatever they are called.
BEGINNINGS = {
    b"PK\x03\x04": "a workbook, a Word file, a coded project or another archive",
    b"\xd0\xcf\x11\xe0": "an old Office file",
    b"PAR1": "a Parquet table",
    b"ARROW1": "an Arrow table",
    b"FEA1": "a Feather table",
    b"ORC": "an ORC table",
    b"Obj\x01": "an Avro table",
    b"$FL2": "an SPSS file",
    b"$FL3": "an SPSS file",
    b"<stata_dta>": "a Stata file",
    b"SQLite format 3\x00": "an SQLite database",
    b"\x00\x01\x00\x00Standard ": "an Access database",
    b"\x89HDF": "an HDF5 file",
    b"\x93NUMPY": "a NumPy array",
    b"RDX2": "an R data file",
    b"RDX3": "an R data file",
    b"%PDF": "a PDF file",
    b"{\\rtf": "an RTF text",
    b"WEBVTT": "a transcript",
    b"TY  - ": "a search export",
    b"PMID- ": "a search export",
    b"FN Clarivate": "a search export",
    b"HEADER RECORD*******": "a SAS transport file",
    b"\x1f\x8b": "a compressed file",
    b"BZh": "a compressed file",
    b"\xfd7zXZ": "a compressed file",
    b"7z\xbc\xaf": "an archive",
    b"Rar!": "an archive",
    b"ID3": "a sound file",
    b"OggS": "a sound file",
    b"RIFF": "a sound file or a film",
    b"\xff\xd8\xff": "a photograph",
}
FONTS = (".ttf", ".woff2")
CODE = frozenset(
    [
        ".py",
        ".smk",
        ".yaml",
        ".yml",
        ".md",
        ".toml",
        ".cff",
        ".css",
        ".typ",
        ".csl",
        ".qmd",
        ".bib",
        ".cfg",
        ".ini",
        ".sh",
        ".svg",
        ".html",
        ".ipynb",
        ".svg",
    ]
)
LOOKED_AT = 1 << 16
LEAST_LINES, LEAST_COLUMNS, ALIKE = 4, 3, 0.9
LEAST_IN_CODE = 25  # lines: a program or a page can hold a small table
LARGEST = 1_000_000
ANOTHER_REPOSITORY = "160000"
DO = "data stay outside the repository; only the demonstration's small inputs are committed"


def problems(root: Path) -> list[str]:
    """Return a sentence for each file that git tracks, has staged or would add, and that is or looks like data.

    Parameters
    ----------
    root : Path
        Folder of a git checkout; without git there is nothing to say.
    """
    found = []
    for name, content in _files(root):
        if reason := fault(name, content):
            found.append(f"{name}: {reason}; {DO}")
        elif len(content) > LARGEST:
            found.append(f"{name}: over 1 MB")
    return found


def fault(name: str, content: bytes) -> str | None:
    """Say why a file is taken for data; None when it is not."""
    if any(fnmatch(name, home) for home in HOMES):
        return None
    parts = [part.rstrip("~").lower() for part in PurePosixPath(name).name.split(".")[1:]]
    known = [part for part in parts if part in ENDINGS]
    if known:
        return f"a data file by its name (.{known[-1]})"
    if PurePosixPath(name).suffix.lower() in FONTS:
        return None
    if kind := _begins(content):
        return f"the content is {kind}"
    text = _utf16(content)
    if text is None and b"\0" in content[:LOOKED_AT]:
        return "the content is binary"
    text = content[:LOOKED_AT].decode("utf-8-sig", errors="replace") if text is None else text
    ending = PurePosixPath(name).suffix.lower()
    marks = "\t,;" if ending in CODE else "\t,;|"  # bars make a table of Markdown
    return _table(text, marks, LEAST_IN_CODE if ending in CODE else LEAST_LINES)


def _begins(content: bytes) -> str | None:
    start = content.removeprefix(b"\xef\xbb\xbf").lstrip(b" \r\n\t")
    for mark, kind in BEGINNINGS.items():
        if start.startswith(mark) or content.startswith(mark):
            return kind
    if content[8:12] == b"DUCK":
        return "a DuckDB database"
    if content[4:8] == b"ftyp":
        return "a film or sound file"
    if len(content) > 3 and 0x69 <= content[0] <= 0x77 and content[1] in (1, 2) and content[2] == 1:
        return "a Stata file"
    return "an SPSS portable file" if b"SPSS PORT FILE" in content[:500] else None


def _utf16(content: bytes) -> str | None:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content[:LOOKED_AT].decode("utf-16", errors="replace")
    return None


def _table(text: str, marks: str, least: int) -> str | None:
    """Say that a text is a table or a list of records: many lines with the same number of separators."""
    if re.match(r"\s*\[\s*\{", text):
        try:
            records = json.loads(text)
        except ValueError:
            records = [{}] * least
        return "the content is a list of records" if len(records) >= least else None
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if len(lines) >= least and all(re.match(r"\s*\{.*\}\s*$", line) for line in lines):
        return "the content is a list of records"
    for mark in marks:
        counts = [line.count(mark) for line in lines]
        usual = max(set(counts), key=counts.count, default=0)
        alike = counts.count(usual) >= ALIKE * len(counts) if counts else False
        if len(lines) >= least and usual + 1 >= LEAST_COLUMNS and alike:
            return "the content is a table"
    return None


def _files(root: Path) -> Iterator[tuple[str, bytes]]:
    """Yield what would be committed: name and content, from the index where it is there, else from the disk."""
    staged = _git(root, "ls-files", "--stage", "-z")
    if staged is None:
        return
    entries = [entry.split(b"\t", 1) for entry in staged.split(b"\0") if entry]
    names = [name.decode("utf-8", errors="surrogateescape") for _, name in entries]
    states = [state.decode().split() for state, _ in entries]
    yield from _contents(root, [(n, s[1]) for n, s in zip(names, states, strict=True) if s[0] != ANOTHER_REPOSITORY])
    others = _git(root, "ls-files", "--others", "--exclude-standard", "-z") or b""
    for raw in others.split(b"\0"):
        name = raw.decode("utf-8", errors="surrogateescape")
        if name and (root / name).is_file():
            yield name, (root / name).read_bytes()


def _contents(root: Path, blobs: list[tuple[str, str]]) -> Iterator[tuple[str, bytes]]:
    asked = "".join(f"{blob}\n" for _, blob in blobs).encode()
    done = subprocess.run(["git", "cat-file", "--batch"], cwd=root, input=asked, capture_output=True)
    place = 0
    for name, _ in blobs:
        end = done.stdout.index(b"\n", place)
        size = int(done.stdout[place:end].split()[-1])
        yield name, done.stdout[end + 1 : end + 1 + size]
        place = end + size + 2


def _git(root: Path, *arguments: str) -> bytes | None:
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True)
    return done.stdout if done.returncode == 0 else None
