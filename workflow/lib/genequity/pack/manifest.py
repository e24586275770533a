"""The manifest: every file of the pack with its SHA-256. An approval is bound to the manifest's own hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from genequity.errors import InputError, Problem
from genequity.pack import limits
from genequity.pack.archive import is_plain

NAME = "manifest.json"
APPROVAL = "approval.yaml"
NOT_LISTED = (NAME, APPROVAL)


def digest(content: bytes) -> str:
    """Return the SHA-256 of some bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def of(contents: Mapping[str, bytes], study: Mapping[str, Any], profile: str, version: str) -> bytes:
    """Return the manifest of a pack.

    Parameters
    ----------
    contents : mapping
        Path in the pack -> bytes.
    study : mapping
        ``study.json``.
    profile, version : str
        The profile under which the files were released.
    """
    listed = [
        {
            "path": name,
            "sha256": digest(content),
            "bytes": len(content),
            "rows": max(len(limits.rows(content)) - 1, 0) if PurePosixPath(name).suffix == ".csv" else None,
        }
        for name, content in sorted(contents.items())
        if name not in NOT_LISTED
    ]
    whole = {
        "study": {key: study[key] for key in ("title", "version", "date", "data")},
        "profile": {"name": profile, "version": version},
        "code_version": study["code_version"],
        "files": listed,
    }
    return (json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def read(contents: Mapping[str, bytes], archive: str) -> dict[str, Any]:
    """Return the manifest of a pack that came from somewhere.

    Raises
    ------
    InputError
        If there is none, or it is not as :func:`of` writes it.
    """
    if NAME not in contents:
        do = "give the archive as 'make inside' wrote it, not one of a folder around it"
        raise InputError(Problem(archive, f"it holds no {NAME}", do=do))
    try:
        found = json.loads(contents[NAME].decode("utf-8"))
        well = all(
            is_plain(entry["path"]) and isinstance(entry["sha256"], str) and isinstance(entry["bytes"], int)
            for entry in found["files"]
        )
        well = well and len({entry["path"] for entry in found["files"]}) == len(found["files"])
    except (ValueError, KeyError, TypeError, AttributeError):
        well = False
    if not well:
        raise InputError(Problem(archive, f"its {NAME} is not one of a release pack"))
    return found


def problems(contents: Mapping[str, bytes], manifest: Mapping[str, Any], archive: str) -> Iterator[Problem]:
    """Yield files that are not as the manifest says, are not in it, or are gone."""
    listed = {entry["path"]: entry for entry in manifest["files"]}
    for name in sorted(set(contents) - set(listed) - set(NOT_LISTED)):
        yield Problem(archive, "a file is not in the manifest", where=repr(name))
    for name, entry in sorted(listed.items()):
        if name not in contents:
            yield Problem(archive, "a file of the manifest is missing", where=repr(name))
        elif digest(contents[name]) != entry["sha256"] or len(contents[name]) != entry["bytes"]:
            yield Problem(archive, "a file is not the one that the manifest names (its hash differs)", where=repr(name))
