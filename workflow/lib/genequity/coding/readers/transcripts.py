"""Reading transcripts: plain text in any encoding, Word, WebVTT and SubRip captions, RTF, saved web pages.

The text is the file's words in their order, one paragraph a line. Captions become ``Speaker: words`` without their
time marks; numbers that a program printed before each paragraph, and the wrapping of lines that comes with them, are
taken out.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from genequity.coding import archive, decode, naming, offsets
from genequity.errors import InputError, Problem, masked

EXPECTED = "a transcript as .txt, .docx, .vtt, .srt, .rtf or .html"


@dataclass(frozen=True)
class Transcript:
    """A text with the name of its file, how it was read, and what a person should know of that."""

    name: str
    text: str
    encoding: str
    warnings: tuple[str, ...] = ()


def read(path: str | Path) -> Transcript:
    """Read one transcript; what it is, is told by its content.

    Raises
    ------
    InputError
        When it is missing, unsafe, or of a kind that holds no text to read.
    """
    raw = archive.read_file(path)
    name = Path(path).name
    if raw.startswith(b"PK\x03\x04"):
        return Transcript(name, docx_text(path), "docx")
    if raw.startswith(b"%PDF"):
        do = "save the transcript as text or Word; a PDF keeps lines, not paragraphs"
        raise InputError(Problem(str(path), "this is a PDF", expected=EXPECTED, do=do))
    if raw.startswith(b"\xd0\xcf\x11\xe0"):
        raise InputError(
            Problem(str(path), "this is an old Word or Excel file", expected=EXPECTED, do="save it as .docx")
        )
    if raw.startswith(b"SQLite format 3\0"):
        raise InputError(Problem(str(path), "this is a database, not a transcript", expected=EXPECTED))
    if raw.lstrip().startswith(b"{\\rtf"):
        return Transcript(name, rtf_text(raw), "rtf")
    found = decode.decode(raw)
    warnings = (found.warning,) if found.warning else ()
    text = offsets.canonical(found.text)
    head = text.lstrip()[:500].lower()
    if head.startswith("webvtt") or re.match(r"\d+\n\d\d:\d\d:\d\d[,.]\d{3} --> ", head):
        return Transcript(name, captions_text(text), found.encoding, warnings)
    if head.startswith(("<!doctype html", "<html")):
        return Transcript(name, html_text(found.text), found.encoding, warnings)
    return Transcript(name, unnumbered(text), found.encoding, warnings)


def read_all(paths: Iterable[str | Path]) -> tuple[dict[str, str], list[str]]:
    """Read transcripts; return their texts by :func:`naming.key`, and warnings with the number of the file.

    Raises
    ------
    InputError
        With the problems of all files, and when two files have the name of one transcript and different texts.
    """
    texts: dict[str, str] = {}
    first: dict[str, str] = {}
    warnings, bad = [], []
    for number, path in enumerate(paths, 1):
        try:
            found = read(path)
        except InputError as error:
            bad += error.problems
            continue
        key = naming.key(found.name)
        if key in texts and texts[key] != found.text:
            message = f"this transcript has the name of {first[key]} and another text"
            bad.append(Problem(str(path), message, do="name only the transcript that was coded"))
        texts[key] = found.text
        first.setdefault(key, str(path))
        warnings += [f"transcript number {number}: {warning}" for warning in found.warnings]
    if bad:
        raise InputError(bad)
    return texts, warnings


def docx_text(path: str | Path) -> str:
    """Return the paragraphs of a Word file, tables' cells in their place, one a line."""
    archive.check_office(path, "a Word file (.docx)")
    with masked("reading the Word file", str(path), do="save it again as .docx"):
        from docx import Document
        from docx.table import Table

        def lines(container) -> Iterable[str]:
            for block in container.iter_inner_content():
                if isinstance(block, Table):
                    for row in block.rows:
                        seen = []
                        for cell in row.cells:
                            if cell._tc not in seen:
                                seen.append(cell._tc)
                                yield from lines(cell)
                else:
                    yield block.text

        return offsets.canonical("\n".join(lines(Document(str(path)))))


TIMES = re.compile(r"^(?:\d+:)?\d\d:\d\d[.,]\d{3} --> .*$")


def captions_text(text: str) -> str:
    """Return the words of WebVTT or SubRip captions, one cue a line; a cue's speaker stands before them."""
    lines = []
    for block in re.split(r"\n{2,}", text):
        rows = block.split("\n")
        place = next((index for index, row in enumerate(rows) if TIMES.match(row.strip())), None)
        if place is None:
            continue  # heading, notes, styles
        words = " ".join(row.strip() for row in rows[place + 1 :] if row.strip())
        words = re.sub(r"<v(?:\.[^\s>]*)?\s+([^>]+)>", r"\1: ", words)
        words = re.sub(r"<[^>]*>", "", words)
        if words.strip():
            lines.append(re.sub(r"\s+", " ", html.unescape(words)).strip())
    return "\n".join(lines)


def html_text(text: str) -> str:
    """Return the words of a saved web page, one block a line."""
    from genequity.coding.readers import markup

    return "\n".join(line for line in markup.flat(text).text.split("\n") if line.strip())


RTF = re.compile(
    r"\\([a-z]{1,32})(-?\d{1,10})?[ ]?|\\'([0-9a-f]{2})|\\([^a-z])|([{}])|[\r\n]+|(.)", re.IGNORECASE | re.DOTALL
)
RTF_DROPPED = frozenset(
    (
        *("fonttbl", "colortbl", "stylesheet", "info", "pict", "header", "footer", "headerl", "headerr", "headerf"),
        *("footerl", "footerr", "footerf", "ftnsep", "object", "themedata", "datastore", "listtable"),
        *("listoverridetable", "rsidtbl", "generator", "xmlnstbl", "fldinst", "filetbl", "revtbl"),
    )
)
RTF_WORDS = {"par": "\n", "line": "\n", "sect": "\n", "page": "\n", "row": "\n", "tab": "\t", "cell": "\t"}
RTF_WORDS |= {"emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”"}
RTF_WORDS |= {"bullet": "•", "emspace": " ", "enspace": " "}


def rtf_text(raw: bytes) -> str:
    """Return the words of an RTF file: its paragraphs, without styles, pictures, headers and fields' instructions."""
    source = raw.decode("latin-1")
    page = re.search(r"\\ansicpg(\d+)", source[:2000])
    encoding = f"cp{page[1]}" if page and page[1] != "0" else "cp1252"
    stack: list[tuple[int, bool]] = []
    fallback, dropped, skip = 1, False, 0
    out: list[str] = []
    units: list[int] = []  # UTF-16 units that wait for their pair

    def put(text: str) -> None:
        nonlocal skip
        if dropped:
            return
        for character in text:
            if skip:
                skip -= 1
            else:
                out.append(character)

    star = False
    for found in RTF.finditer(source):
        word, number, byte, symbol, brace, plain = found.groups()
        if brace == "{":
            stack.append((fallback, dropped))
            star = False
        elif brace == "}":
            fallback, dropped = stack.pop() if stack else (1, False)
            skip = 0
        elif symbol == "*":
            star = True
        elif word:
            word = word.lower()
            if star or word in RTF_DROPPED:
                dropped, star = True, False
            elif word == "uc":
                fallback = int(number or 1)
            elif word == "u" and number and not dropped:
                units.append(int(number) & 0xFFFF)
                if not 0xD800 <= units[-1] <= 0xDBFF:
                    out.append(b"".join(u.to_bytes(2, "little") for u in units).decode("utf-16-le", "replace"))
                    units.clear()
                skip = fallback
            elif word in RTF_WORDS:
                put(RTF_WORDS[word])
        elif byte:
            put(bytes([int(byte, 16)]).decode(encoding, "replace"))
        elif symbol:
            put(
                {"~": "\u00a0", "_": "\u2011", "-": ""}.get(
                    symbol, symbol if symbol in "\\{}" else "\n" if symbol in "\r\n" else ""
                )
            )
        elif plain:
            put(plain)
    return offsets.canonical("".join(out)).strip("\n")


NUMBERED = re.compile(r"^(\d{1,5})(?:[ \t]{2,}|\t|[ ]*$)")
BESIDE = re.compile(r"\s{20,}(?:page )?\d+(?:\s*/\s*\d+| of \d+)?\s*$", re.IGNORECASE)  # a page number at the right
REPEATED = 3  # lines at a page's end that a converter prints again on the next


def unnumbered(text: str) -> str:
    """Take out the paragraph numbers that a program printed, and join the lines of each paragraph.

    Only where the numbers run from 1 upwards and most lines that are not indented carry one; else the text is
    returned as it is, without form feeds.
    """
    lines = _without_pages(text)
    numbers = [(index, int(found[1])) for index, line in enumerate(lines) if (found := NUMBERED.match(line))]
    flush = [index for index, line in enumerate(lines) if line[:1].strip()]
    expected, kept = 1, set()
    for index, number in numbers:
        if number == expected:
            kept.add(index)
            expected += 1
    if len(kept) < 3 or len(kept) < 0.6 * len(flush):
        return text.replace("\f", "\n")
    paragraphs: list[list[str]] = []
    for index, line in enumerate(lines):
        if index in kept:
            paragraphs.append([NUMBERED.sub("", line)])
        elif line.strip():
            paragraphs[-1:] = [[*paragraphs[-1], line]] if paragraphs else [[line]]
    return "\n".join(" ".join(part.strip() for part in parts if part.strip()) for parts in paragraphs)


def _without_pages(text: str) -> list[str]:
    """Return the lines without page numbers, and without the lines that are printed again after a page's end."""
    kept: list[str] = []
    for page in text.split("\f"):
        while kept and (not kept[-1].strip()):
            kept.pop()
        lines = [BESIDE.sub("", line) for line in page.split("\n")]
        filled = [index for index, line in enumerate(lines) if line.strip()][:REPEATED]
        for count in range(min(REPEATED, len(kept), len(filled)), 0, -1):
            tail, head = kept[-count:], [lines[index] for index in filled[:count]]
            same = [_bare(line) for line in tail[:-1]] == [_bare(line) for line in head[:-1]]
            if same and (_bare(head[-1]).startswith(_bare(tail[-1])) or head[-1].strip().startswith(tail[-1].strip())):
                for index, line in zip(filled, tail):
                    if NUMBERED.match(line) and not NUMBERED.match(lines[index]) and _bare(line):
                        lines[index] = line
                del kept[-count:]
                break
        kept += lines
    return kept


def _bare(line: str) -> str:
    return NUMBERED.sub("", line.strip()).strip()
