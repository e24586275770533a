"""Decide whether two records are the same publication, and say why.

Vocabulary: a *merge* joins two records of one publication; an *unsure* pair is for a person to judge. Two records
of one *study* (an abstract and its paper, an article and its erratum) are different records and never merge.

The rules look at title, first author, year, journal, volume, issue, first page and DOI. A missing value is unknown,
never a conflict; so is an article number against a page range. A wrong merge hides a study for good, a missed one
costs a reviewer a second look: where the evidence is thin the pair stays apart.
"""

import re
import unicodedata
from typing import NamedTuple

from rapidfuzz import fuzz

SAME, UNSURE, DIFFERENT, CONFLICT = "same", "unsure", "different", "conflict"

# Notes that databases append to titles: "[Erratum appears in …]", "[Review] [40 refs]".
TITLE_NOTE = re.compile(
    r"[\s.]*\[(?:erratum|corrected|review|\d+ ref|republished|see comment|summary|comment|chinese|german|french|"
    r"spanish|russian|japanese|polish|italian|turkish|portuguese|abstract|original|article in)[^\]]*\]?[\s.]*$",
    re.I,
)
# One of these in one title only: another kind of document about the same work.
KIND = re.compile(
    r"\b(part|erratum|errata|correction|corrigendum|corrigenda|reply|response|comment|commentary|letter|retraction|"
    r"retracted|protocol|editorial|addendum|update|author)\b"
)
PREFIXED = re.compile(r"^(erratum|corrigendum|correction|author correction|publisher correction|retraction|retracted)")
NUMBERS = re.compile(r"\b(?:\d+|i|ii|iii|iv|v|vi|vii|viii|ix|x)\b")
GENERIC = re.compile(
    r"^(?:guest |invited )?(?:editorial|editorials|introduction|foreword|preface|news|letters?|letters? to the editor|"
    r"comment|commentary|reply|(?:in|authors?|the authors?) reply|authors? response|response|abstracts?|"
    r"poster abstracts|correspondence|book reviews?|reviews?|erratum|errata|corrigendum|correction|obituary|"
    r"in memoriam|contents|table of contents|conclusions?|discussion|perspectives?|viewpoint|overview|"
    r"case report|abstracts of .*|oral presentations?|poster presentations?|untitled|no title)\b.{0,12}$"
)
CORRECTION = "correction"
CORRECTIONS = frozenset(
    ["erratum", "errata", "correction", "corrigendum", "corrigenda", "retraction", "retracted", "addendum"]
)
# Types that are not a place of publication: a preprint, report or thesis may share its title with a paper.
UNPUBLISHED = frozenset(
    ["GEN", "UNPB", "RPRT", "THES", "DATA", "ELEC", "UNPD", "preprint", "report", "thesis", "dissertation"]
)
SMALL_WORDS = frozenset(["of", "the", "and", "for", "in", "de", "on", "la", "le", "der", "die", "und", "et"])
LONG_TITLE = 40  # characters from which an equal title is evidence of its own
SHORT_TITLE = 35


class Features(NamedTuple):
    """What the rules look at in one record."""

    title: str
    raw_title: str
    surname: str
    names: frozenset
    year: int
    journal: str
    volume: str
    issue: str
    page: str
    span: int  # pages of the range; 0 for a single page or an article number
    doi: str
    pmid: str
    meeting: bool
    unpublished: bool
    numbers: frozenset
    kind: frozenset
    generic: bool


def plain(text: str) -> str:
    """Small letters, no accents, no mark-up, words and numbers only. Non-Latin scripts keep their letters."""
    if not text.isascii() and not re.search("[\u0370-\u03ff\u0400-\u1fff\u3040-\ud7ff]", text):
        text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    text = re.sub(r"<[^>]{1,40}>|\[[a-z ]{4,20}\]\s*$|[{}]", " ", text.lower())
    return " ".join(re.findall(r"\w+", text.replace("&amp;", " and ").replace("&", " and ")))


def _title(text: str) -> str:
    for _ in range(4):
        text = TITLE_NOTE.sub("", text)
    return plain(text)


def _surname(author: str) -> str:
    name = author.split(",")[0]
    if "," not in author:
        words = name.split()
        while len(words) > 1 and re.fullmatch(r"[A-Z][A-Z.\-]{0,3}", words[-1]):
            words.pop()
        name = " ".join(words)
    name = plain(name)
    return "" if name in {"unknown", "anonymous", "anon", "no authors listed", "no author name available"} else name


def _number(text: str) -> str:
    found = re.search(r"\d+", text)
    return found[0].lstrip("0") if found else ""


def _pages(text: str) -> tuple[str, int]:
    found = re.findall(r"\d+", text)
    if not found:
        return "", 0
    first, span = found[0], 0
    if len(found) > 1 and re.search(r"\d\s*\W{1,3}\s*[A-Za-z]?\d", text):
        last = found[1]
        if len(last) < len(first):
            last = first[: -len(last)] + last
        span = max(0, int(last) - int(first) + 1)
    return first.lstrip("0"), span


def features(record: dict) -> Features:
    """Prepare one record (fields of `genequity.evidence.fields`)."""
    authors = [a for a in re.split(r"\s*;\s*|\s+and\s+", record["authors"]) if a]
    title = _title(record["title"])
    page, span = _pages(record["pages"])
    year = record["year"]
    meeting = record["type"].upper() in {"CONF", "CPAPER", "ABST"} or bool(
        re.search(r"(conference|meeting|congress) (abstract|paper|review)|abstract", record["form"], re.I)
    )
    kinds = {CORRECTION if word in CORRECTIONS else word for word in KIND.findall(title)}
    if PREFIXED.match(title) or re.match(
        r"(published )?(erratum|corrigendum|correction|retract)", record["form"], re.I
    ):
        kinds.add(CORRECTION)
    return Features(
        title=title,
        raw_title=record["title"],
        surname=_surname(authors[0]) if authors else "",
        names=frozenset(plain(" ".join(authors)).split()),
        year=int(year) if year else 0,
        journal=plain(record["journal"]),
        volume=_number(record["volume"]),
        issue=_number(record["issue"]),
        page=page,
        span=span,
        doi=record["doi"],
        pmid=record["pmid"],
        meeting=meeting,
        unpublished=record["type"] in UNPUBLISHED or record["type"].lower() in UNPUBLISHED,
        numbers=frozenset(NUMBERS.findall(title)),
        kind=frozenset(kinds),
        generic=bool(GENERIC.match(title)) or len(title.split()) < 3,
    )


def journal_similarity(a: str, b: str) -> float | None:
    """Likeness of two journal names from 0 to 1 (abbreviations and initials count); None if either is missing."""
    if not a or not b:
        return None
    if a == b:
        return 1.0
    first = [w for w in a.split() if w not in SMALL_WORDS]
    second = [w for w in b.split() if w not in SMALL_WORDS]
    initials = ("".join(w[0] for w in first), "".join(w[0] for w in second))
    if a.replace(" ", "") == initials[1] or b.replace(" ", "") == initials[0]:
        return 1.0
    short = min(len(first), len(second))
    agree = sum(x.startswith(y) or y.startswith(x) for x, y in zip(first, second, strict=False)) / max(1, short)
    by_word = agree * (0.95 if short > 1 or len(first) == len(second) else 0.7)
    return max(by_word, fuzz.token_set_ratio(a, b) / 100)


def _agree(a: str, b: str) -> bool | None:
    return None if not a or not b else a == b


def _same_authors(a: Features, b: Features) -> bool | None:
    if not a.surname or not b.surname:
        return None
    shared = len(a.names & b.names)
    return (
        a.surname == b.surname
        or fuzz.ratio(a.surname, b.surname) > 80
        or shared >= 0.5 * min(len(a.names), len(b.names))
    )


def compare(a: Features, b: Features) -> tuple[str, str]:
    """Compare two records.

    Returns
    -------
    Verdict and reason: "same" (merge), "unsure" (for a person), "different" (nothing speaks for a merge) or
    "conflict" (something speaks against it, so that no third record may join the two either).
    """
    if not a.title or not b.title:
        if a.doi and a.doi == b.doi:
            return SAME, "same DOI, one title missing"
        return DIFFERENT, "a title is missing"
    ratio = max(fuzz.ratio(a.title, b.title), fuzz.token_sort_ratio(a.title, b.title)) / 100
    if a.doi and a.doi == b.doi and ratio > 0.9 and a.kind == b.kind:
        return SAME, "same DOI and title"
    gap = abs(a.year - b.year) if a.year and b.year else 0
    if gap > 2:
        return _far_apart(a, b)
    if a.pmid and b.pmid and a.pmid != b.pmid:
        return CONFLICT, "different PubMed numbers"
    journal = journal_similarity(a.journal, b.journal)
    place = _same_place(a, b, ratio, journal, gap)
    if place:
        return SAME, place
    if ratio < 0.8:
        short, long = sorted((a.title, b.title), key=len)
        if len(short) > 25 and long.startswith(short):
            ratio = 0.93
        elif a.doi and a.doi == b.doi:
            return UNSURE, "same DOI, different titles"
        else:
            return DIFFERENT, "different titles"
    doi, volume, issue = _agree(a.doi, b.doi), _agree(a.volume, b.volume), _agree(a.issue, b.issue)
    page = _agree(a.page, b.page)
    if page is False and (a.span == 0) != (b.span == 0):
        page = None  # an article number against a page range says nothing
    if page is False and "1" in (a.page, b.page) and volume and issue is not False and journal == 1:
        page = None  # pages from 1 are those of an article ahead of print
    one_place = doi and page and volume and a.surname == b.surname and CORRECTION not in a.kind | b.kind
    if a.kind != b.kind and not one_place:
        return CONFLICT, "one is an erratum, reply, protocol, part or comment of the other"
    if a.numbers != b.numbers and not (doi or (page and volume and a.surname == b.surname)):
        return CONFLICT, "different numbers in the titles"
    if a.meeting != b.meeting and not doi and not (page and volume):
        return CONFLICT, "a conference abstract and a paper"
    return _judge(a, b, ratio, journal, gap, doi, volume, issue, page)


def _far_apart(a: Features, b: Features) -> tuple[str, str]:
    """Records over two years apart merge only when everything else says that one year is wrong."""
    alike = fuzz.ratio(a.title, b.title) > 97 and a.kind == b.kind and not a.generic
    place = a.page and a.page == b.page and a.volume and a.volume == b.volume and a.surname == b.surname
    if alike and place and (a.doi == b.doi or not (a.doi and b.doi)) and a.journal and a.journal == b.journal:
        return SAME, "same title, authors, journal, volume and page; one year is wrong"
    return CONFLICT, "more than two years apart"


def _same_place(a: Features, b: Features, ratio: float, journal: float | None, gap: int) -> str:
    """Same pages of the same volume by the same first author: the title may be translated or cut."""
    if not (a.page and a.page == b.page and a.volume and a.volume == b.volume and gap <= 1):
        return ""
    if not a.surname or a.surname != b.surname or a.kind != b.kind:
        return ""
    short = min(len(a.title), len(b.title)) < LONG_TITLE
    if short and a.issue and b.issue and a.issue != b.issue and len(a.issue) < 4 and len(b.issue) < 4:
        return ""
    if a.doi and b.doi and a.doi != b.doi:
        return ""
    if (journal is None or journal > 0.6) and ratio > 0.6 and a.span > 1 and b.span > 1:
        return "same first author, volume and pages"
    translated = "[" in a.raw_title + b.raw_title
    if journal == 1 and ratio > 0.3 and a.span > 3 and a.span == b.span and translated:
        return "same first author, journal, volume and pages; translated title"
    return ""


def _other_words(a: str, b: str) -> bool:
    """Whether each title has a word that the other lacks even in another spelling ("in men", "in women").

    Abstracts of one congress by one group differ in a single word and share their page.
    """
    first, second = set(a.split()), set(b.split())
    only = sorted(first - second), sorted(second - first)
    if not only[0] or not only[1] or "".join(only[0]) == "".join(only[1]):
        return False
    return any(all(fuzz.ratio(word, other) < 80 for other in only[1]) for word in only[0] if len(word) > 2) and any(
        all(fuzz.ratio(word, other) < 80 for other in only[0]) for word in only[1] if len(word) > 2
    )


def _judge(a, b, ratio, journal, gap, doi, volume, issue, page) -> tuple[str, str]:
    """Weigh records whose titles are alike."""
    authors = _same_authors(a, b)
    long = min(len(a.title), len(b.title)) >= LONG_TITLE
    likely = journal is None or journal > 0.5
    if authors is False and not (page and volume and ratio > 0.95 and likely and not a.generic):
        return DIFFERENT, "different authors"
    if a.generic or b.generic:
        if doi or (volume and page and journal is not None and journal > 0.75 and gap == 0 and authors is not False):
            return SAME, "generic title, but same journal, volume and page"
        return CONFLICT, "a generic title needs the same journal, volume and page"
    if doi is False and not (page and volume and ratio > 0.95 and journal is not None and journal > 0.75):
        return (UNSURE if ratio > 0.97 else DIFFERENT), "same title, different DOIs"
    if (
        page is False
        and volume is False
        and not (journal == 1 and gap == 0 and ratio > 0.99 and long and authors and issue is not False)
    ):
        return CONFLICT, "different volume and page"
    if journal is not None and journal < 0.55 and not (page and volume):
        return (UNSURE if ratio > 0.97 and long and authors else DIFFERENT), "same title, different journals"
    if min(len(a.title), len(b.title)) < SHORT_TITLE and (
        page is False
        or volume is False
        or gap
        or (issue is False and a.title == b.title and journal == 1 and a.surname == b.surname)
    ):
        return DIFFERENT, "a short title with a different place or year"
    whole_article = page and volume and max(a.span, b.span) > 1
    if not doi and not whole_article and _other_words(a.title, b.title):
        return DIFFERENT, "a word differs between the titles"
    if page and (volume or issue) and ratio > (0.85 if whole_article else 0.95) and (likely or ratio > 0.97):
        return SAME, "same title, volume and page"
    if page and gap == 0 and ratio > 0.9 and (journal is None or journal > 0.6):
        return SAME, "same title, page and year"
    if page is False:
        article_number = min(a.span, b.span) == 0
        if journal == 1 and gap == 0 and volume and ratio > 0.985 and long and authors and article_number:
            return SAME, "same title, journal, volume and year; page or article number"
        return (UNSURE if ratio > 0.97 and long and authors else DIFFERENT), "same title, different pages"
    if volume is False or (issue is False and not page):
        return (UNSURE if ratio > 0.97 and long and authors else DIFFERENT), "same title, different volume or issue"
    if gap <= 1:
        known = journal is not None and journal > 0.75
        if ratio > 0.95 and known and (authors or volume) and (long or volume):
            return SAME, "same title, journal and authors"
        published = journal is not None or a.unpublished == b.unpublished
        if ratio > 0.985 and authors and long and published and (journal is None or journal > 0.75):
            return SAME, "same title and authors"
    if ratio > 0.95 and long and authors is not False:
        return UNSURE, "same title, little else to compare"
    return DIFFERENT, "not enough in common"
