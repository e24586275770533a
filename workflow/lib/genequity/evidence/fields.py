"""Turn the tags and headings of many exporters into one set of bibliographic fields."""

import html
import re

FIELDS = [
    "type", "form", "title", "authors", "year", "journal", "volume", "issue", "pages",
    "doi", "pmid", "accession", "abstract", "language",
]  # fmt: skip
DOI = re.compile(r"10\.\d{4,9}/[^\s\"<>|]+", re.I)
YEAR = re.compile(r"(?<!\d)(1[6-9]\d\d|20\d\d)(?!\d)")

# RIS types that mean something for matching; all others are read as they stand.
CONFERENCE_TYPES = {"CONF", "CPAPER", "ABST"}


def doi_of(*values: str) -> str:
    """Return the first DOI in the values, in small letters and without address or trailing stops."""
    for value in values:
        found = DOI.search(value or "")
        if found:
            return found[0].rstrip(".,;)]}").lower()
    return ""


def year_of(*values: str) -> str:
    """Return the first four-digit year in the values, or an empty text."""
    for value in values:
        found = YEAR.search(value or "")
        if found:
            return found[0]
    return ""


def clean(value: str) -> str:
    """Return one line of text: entities resolved, mark-up and doubled blanks removed."""
    if "&" in value:
        value = html.unescape(value)
    if "<" in value:
        value = re.sub(r"</?[a-zA-Z][^<>]{0,80}>", " ", value)
    return " ".join(value.split())


def page_range(first: str, last: str = "") -> str:
    """Join first and last page; a first page that already holds a range is kept."""
    first, last = clean(first), clean(last)
    return f"{first}-{last}" if first and last and first != last and "-" not in first else first


def _first(tags: dict, *names: str) -> str:
    return next((value for name in names for value in tags.get(name, []) if value.strip()), "")


def from_ris(tags: dict[str, list[str]]) -> dict[str, str]:
    """Fields of one RIS record, whatever dialect wrote it."""
    databases = " ".join(tags.get("DB", [])).lower()
    pmid = ""
    for value in [*tags.get("C3", []), *tags.get("AN", []), *tags.get("C2", []), *tags.get("N1", [])]:
        found = re.search(r"(?:PUBMED|PMID)\W{0,3}(\d{5,9})\b", value, re.I)
        pmid = pmid or (found[1] if found else "")
    if not pmid and ("medline" in databases or "pubmed" in databases):
        pmid = next((v for v in [*tags.get("C5", []), *tags.get("AN", [])] if re.fullmatch(r"\d{5,9}", v)), "")
    kind = _first(tags, "TY").upper()
    journal = _first(tags, "JF", "T2", "JO", "JA", "J1", "J2")
    if kind in {"CHAP", "BOOK"}:
        journal = _first(tags, "T2", "BT", "JF")
    return {
        "type": kind,
        "form": "; ".join(clean(v) for v in tags.get("M3", []) if len(v) < 60),
        "title": clean(_first(tags, "TI", "T1", "CT") or (_first(tags, "BT") if kind == "BOOK" else "")),
        "authors": "; ".join(clean(v) for v in tags.get("AU", []) + tags.get("A1", []) if v),
        "year": year_of(*tags.get("PY", []), *tags.get("Y1", []), *tags.get("DA", []), *tags.get("Y2", [])),
        "journal": clean(journal),
        "volume": clean(_first(tags, "VL", "VO")),
        "issue": clean(_first(tags, "IS", "CP")),
        "pages": page_range(_first(tags, "SP"), _first(tags, "EP")) or clean(_first(tags, "C7")),
        "doi": doi_of(
            *tags.get("DO", []),
            *tags.get("DI", []),
            *tags.get("L3", []),
            *[v for name in ("UR", "LK", "L2") for v in tags.get(name, []) if "doi.org/" in v.lower()],
            *[v for v in tags.get("M3", []) + tags.get("N1", []) if v.lower().startswith(("doi", "10."))],
        ),
        "pmid": pmid,
        "accession": clean(_first(tags, "AN", "U2", "ID", "UT")),
        "abstract": clean(_first(tags, "AB", "N2")),
        "language": clean(_first(tags, "LA")),
    }


def from_medline(tags: dict[str, list[str]]) -> dict[str, str]:
    """Fields of one MEDLINE record (https://www.nlm.nih.gov/bsd/mms/medlineelements.html)."""
    marked = [v for name in ("LID", "AID", "SO") for v in tags.get(name, []) if "[doi]" in v or "doi:" in v]
    return {
        "type": "JOUR",
        "form": "; ".join(tags.get("PT", [])),
        "title": clean(_first(tags, "TI", "BTI", "TT")),
        "authors": "; ".join(tags.get("FAU") or tags.get("AU") or tags.get("CN") or []),
        "year": year_of(*tags.get("DP", []), *tags.get("DEP", [])),
        "journal": clean(_first(tags, "JT", "TA")),
        "volume": clean(_first(tags, "VI")),
        "issue": clean(_first(tags, "IP")),
        "pages": clean(_first(tags, "PG")),
        "doi": doi_of(*marked),
        "pmid": _first(tags, "PMID"),
        "accession": _first(tags, "PMID"),
        "abstract": clean(_first(tags, "AB")),
        "language": clean(_first(tags, "LA")),
    }


def from_ciw(tags: dict[str, list[str]]) -> dict[str, str]:
    """Fields of one Web of Science record; titles and abstracts run over several lines."""

    def joined(name: str) -> str:
        return clean(" ".join(tags.get(name, [])))

    return {
        "type": "CONF" if _first(tags, "PT") in {"C", "S"} and joined("CT") else "JOUR",
        "form": joined("DT"),
        "title": joined("TI"),
        "authors": "; ".join(tags.get("AF") or tags.get("AU") or []),
        "year": year_of(*tags.get("PY", []), *tags.get("EY", []), *tags.get("EA", [])),
        "journal": joined("SO"),
        "volume": _first(tags, "VL"),
        "issue": _first(tags, "IS"),
        "pages": page_range(_first(tags, "BP"), _first(tags, "EP")) or _first(tags, "AR"),
        "doi": doi_of(*tags.get("DI", [])),
        "pmid": _first(tags, "PM"),
        "accession": _first(tags, "UT"),
        "abstract": joined("AB"),
        "language": _first(tags, "LA"),
    }


# Headings (small letters, letters and digits only) of the table exporters, best first.
HEADINGS = {
    "type": ["publicationtype", "itemtype", "referencetype", "documenttype", "doctype", "type", "pt"],
    "title": ["title", "articletitle", "titleprimary", "displayname", "ti"],
    "authors": [
        "authors", "author", "authorsprimary", "authornames", "authorfullnames",
        "authorshipsauthordisplayname", "au",
    ],
    "year": ["year", "publicationyear", "publishedyear", "pubyear", "publicationdate", "datepublished", "py"],
    "journal": [
        "journal", "sourcetitle", "publicationtitle", "journaltitle", "periodicalfull", "journalbook",
        "publication", "primarylocationsourcedisplayname", "source", "so",
    ],
    "volume": ["volume", "bibliovolume", "vl"],
    "issue": ["issue", "issuenumber", "number", "biblioissue", "is"],
    "pages": ["pages", "pagerange"],
    "first": ["pagestart", "startpage", "firstpage", "bibliofirstpage", "bp"],
    "last": ["pageend", "endpage", "otherpages", "bibliolastpage", "ep"],
    "article": ["artno", "articlenumber", "ar"],
    "doi": ["doi", "idsdoi", "digitalobjectidentifier", "di"],
    "pmid": ["pmid", "pubmedid", "medlinepmid", "idspmid", "pm"],
    "accession": [
        "accessionnumber", "eid", "lensid", "centralid", "key", "covidence", "ut", "pui", "internalid", "id",
        "referenceid", "recordid",
    ],
    "abstract": ["abstract", "abstractnote", "ab"],
    "language": ["language", "outputlanguage", "la"],
}  # fmt: skip


def heading(name: str) -> str:
    """Reduce a column heading to its letters and digits, in small letters."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def from_row(row: dict[str, str]) -> dict[str, str]:
    """Fields of one row of a table export; `row` is keyed by `heading(column)`."""
    picked = {
        field: next((row[name] for name in names if row.get(name, "").strip()), "") for field, names in HEADINGS.items()
    }
    authors = picked["authors"].strip().rstrip(";")
    if " and " in authors and ";" not in authors:
        authors = authors.replace(" and ", "; ")
    elif "," in authors and ";" not in authors and re.search(r"[a-z]{2} [A-Z]{1,3}\.?(,|$)", authors):
        authors = authors.replace(",", ";")
    return {
        "type": clean(picked["type"]),
        "form": clean(picked["type"]),
        "title": clean(picked["title"]),
        "authors": "; ".join(a.strip() for a in authors.replace("|", ";").split(";") if a.strip()),
        "year": year_of(picked["year"]),
        "journal": clean(picked["journal"]),
        "volume": clean(picked["volume"]),
        "issue": clean(picked["issue"]),
        "pages": clean(picked["pages"]) or page_range(picked["first"], picked["last"]) or clean(picked["article"]),
        "doi": doi_of(picked["doi"]),
        "pmid": re.sub(r"\D", "", picked["pmid"])[:9],
        "accession": clean(picked["accession"]),
        "abstract": clean(picked["abstract"]),
        "language": clean(picked["language"]),
    }
