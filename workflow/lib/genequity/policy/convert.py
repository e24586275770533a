"""Texts of documents from PDF, Word, HTML or plain text: page numbers kept, bad conversions said.

Vocabulary: a *conversion* is what is left of a document when only its words are kept. It is *doubtful* when the words
may not be the document's: scanned pages, characters that stand for nothing, columns read across. A doubtful text is
used, and the report says so, since a word that is not found in it may still stand in the document.
"""

from __future__ import annotations

import bisect
import hashlib
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree, html

from genequity.coding import archive, decode
from genequity.errors import InputError, Problem, masked

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
LIGATURES = {
    "\ufb00": "ff",
    "\ufb01": "fi",
    "\ufb02": "fl",
    "\ufb03": "ffi",
    "\ufb04": "ffl",
    "\ufb05": "st",
    "\ufb06": "st",
}
NOT_TEXT = ("script", "style", "noscript", "template", "nav", "svg", "form", "iframe")
BLOCKS = {"address", "article", "aside", "blockquote", "br", "caption", "dd", "div", "dl", "dt", "figcaption", "footer"}
BLOCKS |= {"h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section", "table", "ul"}
BLOCKS |= {"td", "th", "tr"}
LINE_BREAK = re.compile(r"(?<=[^\W\d_])-\n(?=[a-z])")
MOJIBAKE = re.compile("Ã[\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ¡-¿]|â€|Â[\u00a0-\u00bf]")
NOTHING = re.compile("[\ufffd\ue000-\uf8ff]|\\(cid:\\d+\\)|[\x00-\x08\x0e-\x1f]")
WORDS = re.compile(r"[^\W\d_]+")
# ASSUME: limits between a good and a doubtful conversion, set on twelve public texts of policy and research: in two,
# made from PDF across columns, 40 and 50 of 100 paragraphs break off in mid-sentence; in the others, none.
BROKEN_PARAGRAPHS = 0.10
FEWEST_PARAGRAPHS = 10
STRANGE_CHARACTERS = 0.001
SINGLE_LETTERS = 0.20
RUN_TOGETHER = 0.01
LONGEST_WORD = 24  # letters; longer ones are mostly words that run together
NO_VOWEL = 0.15
FEWEST_CHARACTERS = 300
FEWEST_WORDS = 20


@dataclass(frozen=True)
class Text:
    """One document's words: text, where each page begins, kind of file, SHA-256 of the file, doubts about the words.

    ``pages`` holds the offset at which each page begins, the first being 0; it is empty for files without pages.
    """

    text: str
    pages: tuple[int, ...]
    kind: str
    sha256: str
    doubts: tuple[str, ...]

    def page(self, offset: int | None) -> int | None:
        """Return the page, from 1, on which an offset lies; none for files without pages."""
        return bisect.bisect_right(self.pages, offset) if self.pages and offset is not None else None


def read(file: str) -> Text:
    """Read one document, whatever its kind; the content tells it, not the name.

    Parameters
    ----------
    file : str
        PDF, Word (.docx), HTML or plain text.

    Raises
    ------
    InputError
        If the file is missing, protected by a password, of another kind, or holds no word at all.
    """
    raw = archive.read_file(file)
    kind = _kind(raw, file)
    pages, whole = {"pdf": _pdf, "docx": _docx, "html": _html, "text": _plain}[kind](raw, file)
    cleaned = [_clean(page) for page in pages]
    starts, text = [], ""
    for page in cleaned:
        text += "\n\n" if text else ""
        starts.append(len(text))
        text += page
    if not WORDS.search(text):
        do = "run text recognition (OCR) over it, and give the file that this makes"
        message = "it holds pictures of pages but no words" if kind == "pdf" else "it holds no words"
        raise InputError(Problem(file, message, do=do if kind == "pdf" else "check that it is the right file"))
    empty = [str(number) for number, page in enumerate(cleaned, 1) if whole and not WORDS.search(page)]
    doubts = [*_empty_pages(empty, len(cleaned)), *doubts_of(text)]
    return Text(text, tuple(starts) if whole else (), kind, hashlib.sha256(raw).hexdigest(), tuple(doubts))


def _kind(raw: bytes, file: str) -> str:
    if raw[:1024].lstrip().startswith(b"%PDF"):
        return "pdf"
    if raw.startswith(b"PK\x03\x04"):
        return "docx"
    if raw.startswith(b"\xd0\xcf\x11\xe0"):
        expected = "PDF, Word (.docx), HTML or plain text"
        raise InputError(
            Problem(
                file, "this is an old Word or Excel file (.doc, .xls)", expected=expected, do="save it as .docx or PDF"
            )
        )
    head = decode.decode(raw[:4096]).text.lstrip("\ufeff \t\r\n").lower()
    return (
        "html"
        if re.match(r"(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype html|html|head|body)", head, re.DOTALL)
        else "text"
    )


def _pdf(raw: bytes, file: str) -> tuple[list[str], bool]:
    import io
    import logging

    import pypdf
    from pypdf.errors import DependencyError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its warnings quote the file
    pages, locked = [], False
    with masked("reading the PDF", file, do="open it in a reader and save it again as PDF"):
        try:
            reader = pypdf.PdfReader(io.BytesIO(raw))
            locked = reader.is_encrypted and not reader.decrypt("")
            pages = [] if locked else [page.extract_text() or "" for page in reader.pages]
        except DependencyError:  # newer encryption needs a library that nothing else here does
            locked = True
    if locked:
        do = "open it in a reader and print it to a new PDF without protection"
        raise InputError(Problem(file, "the PDF is protected by a password or against copying", do=do))
    return pages, True


def _docx(raw: bytes, file: str) -> tuple[list[str], bool]:
    archive.check_office(file, "a Word document (.docx)")
    with archive.opened(file, "a Word document (.docx)", "save it again from Word") as opened:
        if "word/document.xml" not in archive.names(opened):
            raise InputError(
                Problem(file, "this archive is no Word document", expected="PDF, .docx, HTML or plain text")
            )
        root = archive.parse_xml(archive.read_member(opened, "word/document.xml", file), file, "the document's text")
    pages = [""]
    for element in root.iter(
        f"{WORD}t", f"{WORD}tab", f"{WORD}br", f"{WORD}cr", f"{WORD}p", f"{WORD}lastRenderedPageBreak"
    ):
        tag = element.tag.removeprefix(WORD)
        turned = tag == "lastRenderedPageBreak" or (tag == "br" and element.get(f"{WORD}type") == "page")
        if turned and WORDS.search(pages[-1]):
            pages.append("")
        elif tag == "t":
            pages[-1] += element.text or ""
        elif tag == "p":
            pages[-1] += "\n\n"
        elif not turned:
            pages[-1] += "\t" if tag == "tab" else "\n"
    whole = len(pages) > 1  # a file that Word never laid out says nothing of its pages
    return pages, whole


def _html(raw: bytes, file: str) -> tuple[list[str], bool]:
    with masked("reading the HTML", file):
        root = html.document_fromstring(
            decode.decode(raw).text.lstrip("\ufeff").encode("utf-8"),
            parser=html.HTMLParser(encoding="utf-8", no_network=True),
        )
    body = next(iter(root.xpath("//main | //*[@role='main']")), root.find("body"))
    return ["".join(_spoken(root if body is None else body))], False


def _spoken(element: etree._Element) -> Iterator[str]:
    """Yield the words of an element that a reader sees, blocks apart from one another."""
    if not isinstance(element.tag, str) or element.tag in NOT_TEXT or element.get("hidden") is not None:
        yield " "
    else:
        block = element.tag in BLOCKS
        yield ("\n" if element.tag == "br" else "\n\n") if block else ""
        yield _inline(element.text)
        for child in element:
            yield from _spoken(child)
            yield _inline(child.tail)
        yield "\n\n" if block and element.tag != "br" else ""


def _inline(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "")


def _plain(raw: bytes, file: str) -> tuple[list[str], bool]:
    text = decode.decode(raw).text.lstrip("\ufeff")
    pages = text.replace("\r\n", "\n").split("\f")  # pdftotext and others set pages apart by form feeds
    return pages, len(pages) > 1


def _clean(text: str) -> str:
    """Return text as it is searched: no soft hyphens and ligatures, words that a line's end cut put together."""
    text = text.replace("\u00ad", "").replace("\u00a0", " ").replace("\r\n", "\n").replace("\r", "\n")
    for mark, letters in LIGATURES.items():
        text = text.replace(mark, letters)
    text = LINE_BREAK.sub("", re.sub(r"[ \t]+\n", "\n", text))
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _empty_pages(empty: list[str], pages: int) -> list[str]:
    if not empty:
        return []
    named = ", ".join(empty[:10]) + (" and others" if len(empty) > 10 else "")
    return [f"{len(empty)} of {pages} pages {'has' if len(empty) == 1 else 'have'} no words (page {named})"]


def doubts_of(text: str) -> list[str]:
    """Return why the words of a text may not be those of its document; nothing where there is no sign of it.

    Parameters
    ----------
    text : str
        A converted text.
    """
    words = WORDS.findall(text)
    found = []
    strange = len(NOTHING.findall(text)) + len(MOJIBAKE.findall(text))
    if strange > max(STRANGE_CHARACTERS * len(text), 3):
        found.append(f"{strange:,} characters stand for nothing or were read in the wrong encoding")
    if len(text) >= FEWEST_CHARACTERS:
        latin = [word for word in words if word.isascii()]
        single = sum(len(word) == 1 for word in latin) / max(len(latin), 1)
        long = sum(len(word) > LONGEST_WORD for word in latin) / max(len(latin), 1)
        larger = [word for word in latin if len(word) > 3 and not word.isupper()]
        mute = sum(not re.search("[aeiouyAEIOUY]", word) for word in larger) / max(len(larger), 1)
        if single > SINGLE_LETTERS:
            found.append("its words are set apart letter by letter")
        if long > RUN_TOGETHER:
            found.append("many of its words run together")
        if len(larger) >= FEWEST_WORDS and mute > NO_VOWEL:
            found.append("many of its words have no vowel: its letters are not those of the document")
    share, count = _broken(text)
    if count >= FEWEST_PARAGRAPHS and share > BROKEN_PARAGRAPHS:
        found.append(f"{share:.0%} of its paragraphs break off in mid-sentence: columns may have been read across")
    return found


def _broken(text: str) -> tuple[float, int]:
    """Return the share of paragraphs that stop in mid-sentence before one that goes on so, and how many there are."""
    parts = [part.strip(" *_\n") for part in re.split(r"\n\s*\n", text)]  # a bullet begins no broken paragraph
    parts = [part for part in parts if part]
    pairs = list(itertools.pairwise(parts))
    broken = sum(bool(re.search(r"[a-z,]$", first)) and second[:1].islower() for first, second in pairs)
    return (broken / len(pairs) if pairs else 0.0), len(parts)
