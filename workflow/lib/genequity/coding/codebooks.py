"""Reading REFI-QDA codebooks (.qdc) of NVivo, ATLAS.ti, MAXQDA, QualCoder and Taguette: codes, no codings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lxml import etree

from genequity.coding import archive, project
from genequity.coding.project import Project
from genequity.coding.refi_xml import local
from genequity.errors import InputError, Problem

FORMAT = "refi-codebook"
NAMESPACES = ("urn:QDA-XML:codebook:1.0", "urn:QDA-XML:codebook:0.4", "")


def read(path: str | Path) -> Project:
    """Read the codes of a codebook, with their paths, descriptions and colours; empty containers are forgiven.

    Raises
    ------
    InputError
        When it is no REFI-QDA codebook.
    """
    notes: list[str] = []
    root = archive.parse_xml(archive.read_file(path), path, "the codebook", notes)
    qualified = etree.QName(root)
    if qualified.localname != "CodeBook" or (qualified.namespace or "") not in NAMESPACES:
        message = f"the root of the file is '{qualified.localname}' in the namespace '{qualified.namespace or 'none'}'"
        raise InputError(Problem(str(path), message, expected="'CodeBook': a REFI-QDA codebook (.qdc)"))
    rows: list[dict[str, Any]] = []
    _walk(root, "", rows)
    notes.append(f"this is a codebook: {len(rows)} codes, no texts and no codings")
    return Project(
        name=Path(path).stem,
        origin=root.get("origin") or "REFI-QDA codebook",
        format=FORMAT,
        codes=project.frame(rows, project.CODE_COLUMNS),
        notes=notes,
    )


def _walk(parent: etree._Element, prefix: str, rows: list[dict[str, Any]]) -> None:
    for child in parent:
        if local(child) == "Codes":
            _walk(child, prefix, rows)
        elif local(child) == "Code":
            path = f"{prefix}{' '.join((child.get('name') or '').split()) or 'code without a name'}"
            description = next((part.text or "" for part in child if local(part) == "Description"), "")
            rows.append({"code": path, "description": description, "colour": child.get("color") or ""})
            _walk(child, f"{path}{project.SEPARATOR}", rows)
