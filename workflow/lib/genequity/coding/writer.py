"""Writing REFI-QDA projects (.qdpx) and codebooks (.qdc) that validate against the official schemas.

Identifiers are derived from names (UUID 5), the archive's dates are fixed: the same project gives the same
bytes.
"""

from __future__ import annotations

import uuid
import zipfile
from pathlib import Path

from lxml import etree

from genequity import files
from genequity.coding import project
from genequity.coding.project import Project

PROJECT_NAMESPACE = "urn:QDA-XML:project:1.0"
CODEBOOK_NAMESPACE = "urn:QDA-XML:codebook:1.0"
ROOT_IDENTIFIER = uuid.uuid5(uuid.NAMESPACE_URL, "urn:genequity:refi-qda")
ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest a ZIP archive can carry
VALUE_ELEMENTS = {
    "Text": "TextValue",
    "Boolean": "BooleanValue",
    "Integer": "IntegerValue",
    "Float": "FloatValue",
    "Date": "DateValue",
    "DateTime": "DateTimeValue",
}


def identifier(*parts: object) -> str:
    """Return the GUID that belongs to these names, always the same."""
    return str(uuid.uuid5(ROOT_IDENTIFIER, "\x1f".join(str(part) for part in parts)))


def _add(parent, tag: str, text: str = "", /, **attributes: str):
    element = etree.SubElement(parent, f"{{{etree.QName(parent).namespace}}}{tag}")
    for key, value in attributes.items():
        if value:
            element.set(key, str(value))
    if text:
        element.text = text
    return element


def _add_codes(parent, codes) -> None:
    """Nest the codes by their paths; a parent that is not itself in the frame is written as not codable."""
    listed = {row["code"]: row for row in codes.to_dict("records")}
    elements = {"": _add(parent, "Codes")}
    for path in listed:
        steps = path.split(project.SEPARATOR)
        for depth in range(1, len(steps) + 1):
            here = project.SEPARATOR.join(steps[:depth])
            if here in elements:
                continue
            row = listed.get(here, {})
            above = elements[project.SEPARATOR.join(steps[: depth - 1])]
            element = _add(above, "Code", guid=identifier("code", here), name=steps[depth - 1])
            element.set("isCodable", "true" if row else "false")
            if row.get("colour"):
                element.set("color", row["colour"])
            if row.get("description"):
                _add(element, "Description", row["description"])
            elements[here] = element


def project_xml(content: Project) -> bytes:
    """Return the project file (project.qde) of a project."""
    root = etree.Element(f"{{{PROJECT_NAMESPACE}}}Project", nsmap={None: PROJECT_NAMESPACE})
    root.set("name", content.name or "project")
    root.set("origin", content.origin or "genequity")
    if len(content.users):
        users = _add(root, "Users")
        for user in content.users["user"]:
            _add(users, "User", guid=identifier("user", user), name=user)
    if len(content.codes):
        _add_codes(_add(root, "CodeBook"), content.codes)
    _add_cases(root, content)
    if len(content.sources):
        sources = _add(root, "Sources")
        for name in content.sources["source"]:
            _add_source(sources, name, content.segments[content.segments["source"] == name])
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _add_cases(root, content: Project) -> None:
    if len(content.variables):
        variables = _add(root, "Variables")
        for row in content.variables.drop_duplicates("variable").to_dict("records"):
            guid = identifier("variable", row["variable"])
            _add(variables, "Variable", guid=guid, name=row["variable"], typeOfVariable=row["type"])
    names = list(dict.fromkeys([*content.cases["case"], *content.variables["case"]]))
    if not names:
        return
    cases = _add(root, "Cases")
    for name in names:
        case = _add(cases, "Case", guid=identifier("case", name), name=name)
        for row in content.variables[content.variables["case"] == name].to_dict("records"):
            value = _add(case, "VariableValue")
            _add(value, "VariableRef", targetGUID=identifier("variable", row["variable"]))
            _add(value, VALUE_ELEMENTS[row["type"]], row["value"])
        for source in content.cases.loc[content.cases["case"] == name, "source"]:
            _add(case, "SourceRef", targetGUID=identifier("source", source))


def _add_source(parent, name: str, segments) -> None:
    guid = identifier("source", name)
    source = _add(parent, "TextSource", guid=guid, name=name, plainTextPath=f"internal://{guid}.txt")
    for number, row in enumerate(segments.to_dict("records")):
        selection = _add(source, "PlainTextSelection", guid=identifier("selection", name, number))
        selection.set("startPosition", str(row["start"]))
        selection.set("endPosition", str(row["end"]))
        if row.get("memo"):
            _add(selection, "Description", row["memo"])
        coding = _add(selection, "Coding", guid=identifier("coding", name, number))
        if row["coder"] != project.NO_CODER:
            coding.set("creatingUser", identifier("user", row["coder"]))
        if row.get("created"):
            coding.set("creationDateTime", row["created"])
        _add(coding, "CodeRef", targetGUID=identifier("code", row["code"]))


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
    for row in content.sources.to_dict("records"):
        entries.append((f"sources/{identifier('source', row['source'])}.txt", row["text"].encode("utf-8")))
    with files.writing(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in entries:
            entry = zipfile.ZipInfo(name, date_time=ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, raw)


def codebook_xml(codes, origin: str = "genequity") -> bytes:
    """Return a codebook (.qdc) of a frame ``code, description, colour``."""
    root = etree.Element(f"{{{CODEBOOK_NAMESPACE}}}CodeBook", nsmap={None: CODEBOOK_NAMESPACE})
    root.set("origin", origin)
    _add_codes(root, codes)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def write_codebook(codes, path: str | Path) -> None:
    """Write a .qdc codebook."""
    with files.writing(path) as temporary:
        Path(temporary).write_bytes(codebook_xml(codes))
