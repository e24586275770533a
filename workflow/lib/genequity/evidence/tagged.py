"""Read tagged reference files: RIS in all its dialects, MEDLINE (NBIB) and Web of Science (CIW).

Vocabulary: a *record* is one reference as one database exported it; a *tag* is the two to four characters
that open a line; a *continuation* is a line without a tag, which belongs to the tag above it.
"""

import re

from genequity.errors import Problem

# Tags of the RIS specification and of the exporters in use (Ovid, EBSCO, Embase, Scopus, Lens, Rayyan).
RIS_TAGS = frozenset([
    "TY", "A1", "A2", "A3", "A4", "AB", "AD", "AI", "AN", "AU", "AV", "BT", "C1", "C2", "C3", "C4",
    "C5", "C6", "C7", "C8", "CA", "CN", "CP", "CT", "CY", "DA", "DB", "DI", "DO", "DP", "ED", "EP",
    "ER", "ET", "ID", "IS", "J1", "J2", "JA", "JF", "JO", "KW", "L1", "L2", "L3", "L4", "LA", "LB",
    "LK", "M1", "M2", "M3", "N1", "N2", "NV", "OP", "PB", "PD", "PT", "PY", "RI", "RN", "RP", "SE",
    "SN", "SP", "ST", "SV", "T1", "T2", "T3", "TA", "TI", "TT", "U1", "U2", "U3", "U4", "U5", "UR",
    "VL", "VO", "XT", "Y1", "Y2",
])  # fmt: skip
STRICT_RIS = re.compile(r"^([A-Z][A-Z0-9])  -(?:\s+(.*)|\s*)$")
LOOSE_RIS = re.compile(r"^\s{0,3}([A-Za-z][A-Za-z0-9])\s{1,3}-(?:\s+(.*)|\s*)$")
MEDLINE = re.compile(r"^([A-Z][A-Z0-9]{1,3}) {0,2}- ?(.*)$")
CIW = re.compile(r"^([A-Z][A-Z0-9])(?: (.*))?$")

Tagged = tuple[int, dict[str, list[str]]]


def ris_tag(line: str) -> tuple[str, str] | None:
    """Return (tag, value) of a RIS line, or None for a continuation or junk.

    The exact form (capital tag, two blanks, hyphen) is always a tag. The looser forms that exporters write
    (one or three blanks, small letters, blanks in front) count only for tags that exist, so that a line of
    an abstract such as "is - in a word - new" stays text.
    """
    found = STRICT_RIS.match(line)
    if not found:
        found = LOOSE_RIS.match(line)
        if not found or found[1].upper() not in RIS_TAGS:
            return None
        if found[1] != found[1].upper() and not re.match(r"^[a-z][a-z0-9]  -", line):
            return None
    return found[1].upper(), (found[2] or "").strip()


def read_ris(lines: list[str], file: str) -> tuple[list[Tagged], list[Problem]]:
    """Split RIS lines into records.

    Parameters
    ----------
    lines : lines of the file without line ends.
    file : name for messages.

    Returns
    -------
    Records as (line number of TY, {tag: values}), and problems. Text between records (Ovid's numbering,
    Cochrane's "Record #3 of 18") is passed over. A file that never writes ER is accepted; one that writes
    it for some records only has been cut, which is a problem.
    """
    records: list[Tagged] = []
    open_at: list[int] = []
    start, fields, last, ends = 0, None, None, 0
    for number, line in enumerate(lines, start=1):
        hit = ris_tag(line)
        if hit and hit[0] == "TY":
            if fields is not None:
                records.append((start, fields))
                open_at.append(start)
            start, fields, last = number, {"TY": [hit[1]]}, None
        elif fields is None:
            continue
        elif hit and hit[0] == "ER":
            records.append((start, fields))
            fields, ends = None, ends + 1
        elif hit:
            last = hit[0]
            fields.setdefault(last, []).append(hit[1])
        elif line.strip() and last:
            fields[last][-1] = f"{fields[last][-1]} {line.strip()}".strip()
    if fields is not None:
        records.append((start, fields))
        open_at.append(start)
    problems = [
        Problem(
            file,
            "the record that begins here has no end line",
            where=f"line {line}",
            expected="a line 'ER  - ' after every record, as the other records of this file have",
            do="export the search again; the download may have been cut short",
        )
        for line in open_at
        if ends
    ]
    return records, problems


def read_medline(lines: list[str]) -> list[Tagged]:
    """Split MEDLINE lines (PubMed's .nbib, .txt and so-called .ris) into records, each opening with PMID."""
    records: list[Tagged] = []
    last = None
    for number, line in enumerate(lines, start=1):
        hit = MEDLINE.match(line)
        if hit:
            last = hit[1].strip()
            if last == "PMID":
                records.append((number, {}))
            if records:
                records[-1][1].setdefault(last, []).append(hit[2].strip())
        elif records and last and line.startswith("      ") and line.strip():
            values = records[-1][1][last]
            values[-1] = f"{values[-1]} {line.strip()}"
        elif not line.strip():
            last = None
    return records


def read_ciw(lines: list[str], file: str) -> tuple[list[Tagged], list[Problem]]:
    """Split Web of Science field-tagged lines into records (PT … ER); continuation lines begin with blanks."""
    records: list[Tagged] = []
    problems: list[Problem] = []
    fields, start, last = None, 0, None
    for number, line in enumerate(lines, start=1):
        hit = CIW.match(line)
        if hit and hit[1] == "PT" and fields is None:
            start, fields, last = number, {"PT": [(hit[2] or "").strip()]}, "PT"
        elif fields is None:
            continue
        elif hit and hit[1] == "ER":
            records.append((start, fields))
            fields = None
        elif hit:
            last = hit[1]
            fields.setdefault(last, []).append((hit[2] or "").strip())
        elif line.startswith("  ") and line.strip():
            fields[last].append(line.strip())
    if fields is not None:
        problems.append(
            Problem(
                file,
                "the record that begins here has no end line",
                where=f"line {start}",
                expected="a line 'ER' after every record",
                do="export the search again; the download may have been cut short",
            )
        )
    return records, problems
