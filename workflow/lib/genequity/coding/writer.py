"""Writing REFI-QDA projects (.qdpx) and codebooks (.qdc) that validate against the official schemas.

Identifiers are derived from names (UUID 5), the archive's dates are fixed: the same project gives the same bytes. What
the schemas cannot hold is written in the nearest form they allow: a variable whose values do not fit its type becomes
text, a date of coding that is none is left out, characters that XML forbids become U+FFFD.
"""

from __future__ import annotations

import hashlib
import re
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

import pandas as pd

from genequity import files
from genequity.coding import project
from genequity.coding.project import Project

PROJECT_NAMESPACE = "urn:QDA-XML:project:1.0"
CODEBOOK_NAMESPACE = "urn:QDA-XML:codebook:1.0"
ROOT_IDENTIFIER = uuid.uuid5(uuid.NAMESPACE_URL, "urn:genequity:refi-qda")
ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest a ZIP archive can carry
LONGEST_NAME = 60  # characters of a segment that stand as its name: by them a reader proves how positions are counted
DECLARATION = "<?xml version='1.0' encoding='UTF-8'?>\n"
VALUE_ELEMENTS = {
    "Text": "TextValue",
    "Boolean": "BooleanValue",
    "Integer": "IntegerValue",
    "Float": "FloatValue",
    "Date": "DateValue",
    "DateTime": "DateTimeValue",
}
_DAY, _ZONE = r"-?\d{4,}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])", r"(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)?"
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?"
FITS = {
    "Text": re.compile(r".*", re.S),
    "Boolean": re.compile(r"true|false|0|1"),
    "Integer": re.compile(r"[+-]?\d+"),
    "Float": re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)"),
    "Date": re.compile(_DAY + _ZONE),
    "DateTime": re.compile(_DAY + "T" + _TIME + _ZONE),
}
COLOUR = re.compile(r"#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})")
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ATTRIBUTE = {'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}


def identifier(*parts: object) -> str:
    """Return the GUID that belongs to these names, always the same."""
    digest = hashlib.sha1(ROOT_IDENTIFIER.bytes + "\x1f".join(map(str, parts)).encode("utf-8", "replace")).digest()
    return str(uuid.UUID(bytes=digest[:16], version=5))


def _series(*parts: object) -> Iterator[str]:
    """Yield one GUID after the other that belongs to these names."""
    base = hashlib.sha1(ROOT_IDENTIFIER.bytes + "\x1f".join(map(str, parts)).encode("utf-8", "replace"))
    number = 0
    while True:
        own = base.copy()
        own.update(f"\x1f{number}".encode())
        h = own.hexdigest()
        yield f"{h[:8]}-{h[8:12]}-5{h[13:16]}-8{h[17:20]}-{h[20:32]}"
        number += 1


def _text(value: object) -> str:
    return escape(FORBIDDEN.sub("\ufffd", str(value)), {"\r": "&#13;"})


def _attributes(**values: object) -> str:
    """Return attributes; those without a value are left out."""
    shown = {name: value for name, value in values.items() if isinstance(value, int) or (value and value == value)}
    return "".join(f' {name}="{escape(FORBIDDEN.sub(chr(0xFFFD), str(v)), _ATTRIBUTE)}"' for name, v in shown.items())


def _element(tag: str, content: str = "", **values: object) -> str:
    opened = f"<{tag}{_attributes(**values)}"
    return f"{opened}>{content}</{tag}>\n" if content else f"{opened}/>\n"


def _described(words: object) -> str:
    return f"<Description>{_text(words)}</Description>\n" if isinstance(words, str) and words else ""


def _codes(codes: pd.DataFrame, used: Iterator[str] | tuple = ()) -> str:
    """Nest the codes by their paths; one that is not itself in the frame, nor used, is written as not codable."""
    listed = {row["code"]: row for row in codes.to_dict("records")}
    for path in used:
        listed.setdefault(path, {"code": path})
    below: dict[str, list[str]] = {"": []}
    for path in listed:
        steps = path.split(project.SEPARATOR)
        for depth in range(1, len(steps) + 1):
            here = project.SEPARATOR.join(steps[:depth])
            if here not in below:
                below[here] = []
                below[project.SEPARATOR.join(steps[: depth - 1])].append(here)

    def code(path: str) -> str:
        row = listed.get(path, {})
        colour = row.get("colour")
        own = {
            "guid": identifier("code", path),
            "name": path.rpartition(project.SEPARATOR)[2],
            "isCodable": "true" if row else "false",
            "color": colour if isinstance(colour, str) and COLOUR.fullmatch(colour) else "",
        }
        return _element("Code", _described(row.get("description")) + "".join(map(code, below[path])), **own)

    inner = "".join(map(code, below[""]))
    return f"<Codes>\n{inner}</Codes>\n" if inner else ""


def project_xml(content: Project) -> bytes:
    """Return the project file (project.qde) of a project.

    Coders and codes that only segments name are added to the users and the codebook. Segments without a position
    have no place in the format.

    Raises
    ------
    ValueError
        When a segment has no position: leave such segments out first, and count them.
    """
    marks = pd.concat([content.segments, _comments(content)], ignore_index=True)
    if marks["start"].isna().any():
        raise ValueError("a segment without a position cannot be written")
    named = [name for name in dict.fromkeys([*content.users["user"], *marks["coder"]]) if name != project.NO_CODER]
    users = "".join(_element("User", guid=identifier("user", name), name=name) for name in named if name)
    codes = _codes(content.codes, tuple(dict.fromkeys(content.segments["code"])))
    variables, cases = _cases(content)
    by_source = dict(list(marks.groupby("source", sort=False)))
    sources = "".join(_source(name, by_source.get(name)) for name in content.sources["source"])
    parts = [("Users", users), ("CodeBook", codes), ("Variables", variables), ("Cases", cases), ("Sources", sources)]
    inner = "".join(f"<{tag}>\n{part}</{tag}>\n" for tag, part in parts if part)
    head = _attributes(name=content.name or "project", origin=content.origin or "genequity")
    return f'{DECLARATION}<Project xmlns="{PROJECT_NAMESPACE}"{head}>\n{inner}</Project>\n'.encode()


def _comments(content: Project) -> pd.DataFrame:
    """Return marked stretches without a code in the form of segments; those without a place are left out."""
    placed = content.comments[content.comments["start"].notna()]
    return placed.assign(code=None, created="") if len(placed) else content.segments.iloc[:0]


def _cases(content: Project) -> tuple[str, str]:
    """Return the variables and the cases."""
    types, variables = {}, []
    for name, part in content.variables.groupby("variable", sort=False):
        kind = part["type"].iloc[0]
        fits = kind in FITS and all(not value or FITS[kind].fullmatch(value) for value in part["value"].map(str))
        types[name] = kind if fits else "Text"
        variables.append(_element("Variable", guid=identifier("variable", name), name=name, typeOfVariable=types[name]))
    values: dict[str, list[str]] = {}
    for row in content.variables.to_dict("records"):
        kind, value = types[row["variable"]], str(row["value"])
        held = f"<{VALUE_ELEMENTS[kind]}>{_text(value)}</{VALUE_ELEMENTS[kind]}>\n" if value or kind == "Text" else ""
        reference = _element("VariableRef", targetGUID=identifier("variable", row["variable"]))
        values.setdefault(row["case"], []).append(_element("VariableValue", reference + held))
    sources, known = {}, set(content.sources["source"])
    for row in content.cases.to_dict("records"):
        held = sources.setdefault(row["case"], [])
        if row["source"] in known:
            held.append(_element("SourceRef", targetGUID=identifier("source", row["source"])))
    names = list(dict.fromkeys([*content.cases["case"], *content.variables["case"]]))
    cases = [
        _element("Case", "".join([*values.get(n, []), *sources.get(n, [])]), guid=identifier("case", n), name=n)
        for n in names
    ]
    return "".join(variables), "".join(cases)


def _source(name: str, marks: pd.DataFrame | None) -> str:
    guid = identifier("source", name)
    inner = [] if marks is None else list(_selections(name, marks))
    return _element("TextSource", "".join(inner), guid=guid, name=name, plainTextPath=f"internal://{guid}.txt")


def _selections(name: str, marks: pd.DataFrame) -> Iterator[str]:
    places, codings = _series("selection", name), _series("coding", name)
    users = {coder: identifier("user", coder) for coder in set(marks["coder"]) if coder != project.NO_CODER}
    codes = {code: identifier("code", code) for code in set(marks["code"].dropna())}
    columns = ("start", "end", "coder", "code", "text", "memo", "created")
    for start, end, coder, code, text, memo, created in zip(*(marks[column] for column in columns), strict=True):
        user, when = users.get(coder, ""), moment(created)
        where = {"startPosition": int(start), "endPosition": int(end)}
        if code != code or code is None:
            made = {"creatingUser": user, "creationDateTime": when}
            yield _element("PlainTextSelection", _described(memo), guid=next(places), **where, **made)
            continue
        coding = (
            f"<Coding{_attributes(guid=next(codings), creatingUser=user, creationDateTime=when)}>"
            f'<CodeRef targetGUID="{codes[code]}"/></Coding>\n'
        )
        words = text[:LONGEST_NAME] if isinstance(text, str) else ""
        yield _element("PlainTextSelection", _described(memo) + coding, guid=next(places), name=words, **where)


def moment(created: object) -> str:
    """Return a date and time as the schema wants it, or nothing when it is none.

    >>> moment("2024-01-02 03:04:05"), moment("2024-01-02T03:04:05Z"), moment("last week")
    ('2024-01-02T03:04:05', '2024-01-02T03:04:05Z', '')
    """
    words = created.strip().replace(" ", "T", 1) if isinstance(created, str) else ""
    return words if FITS["DateTime"].fullmatch(words) else ""


def write(content: Project, path: str | Path) -> None:
    """Write a .qdpx archive.

    Parameters
    ----------
    content : Project
        Texts must use line feeds; segments count code points of them.
    path : str or Path
        Written atomically.
    """
    entries = [("project.qde", project_xml(content))]
    for name, text in zip(content.sources["source"], content.sources["text"], strict=True):
        entries.append((f"sources/{identifier('source', name)}.txt", text.encode("utf-8", "replace")))
    with files.writing(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in entries:
            entry = zipfile.ZipInfo(name, date_time=ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, raw)


def codebook_xml(codes: pd.DataFrame, origin: str = "genequity") -> bytes:
    """Return a codebook (.qdc) of a frame ``code, description, colour``; the schema asks for at least one code."""
    head = _attributes(origin=origin)
    return f'{DECLARATION}<CodeBook xmlns="{CODEBOOK_NAMESPACE}"{head}>\n{_codes(codes)}</CodeBook>\n'.encode()


def write_codebook(codes: pd.DataFrame, path: str | Path) -> None:
    """Write a .qdc codebook."""
    with files.writing(path) as temporary:
        Path(temporary).write_bytes(codebook_xml(codes))
