"""Outside the secure environment: a pack is checked, with its approval, before any file of it is used."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from genequity import config, files, provenance
from genequity.errors import InputError, Problem, missing_file, raise_if
from genequity.pack import approval, archive, context, limits, manifest
from genequity.pack.approval import Approval
from genequity.pack.build import RELEASE

RESULTS = "results/outside"
FACTS = f"{RELEASE}/study.json"


@dataclass(frozen=True)
class Pack:
    """A pack that may be used: its files, the study's facts and, where one was needed, the approval."""

    contents: dict[str, bytes]
    study: dict[str, Any]
    approval: Approval | None

    @property
    def released(self) -> list[str]:
        """Released files, by their path in the release folder; context sheets stay in the pack."""
        kept = (name for name in self.contents if name.startswith(f"{RELEASE}/") and not name.endswith(".txt"))
        return sorted(name.removeprefix(f"{RELEASE}/") for name in kept)

    @property
    def tables(self) -> dict[str, list[str]]:
        """Section -> its released tables, findings and numbers left out."""
        found: dict[str, list[str]] = {}
        for name in self.released:
            if name.endswith(".csv"):
                section, word = context.name_of(name).split("/")
                found.setdefault(section, [])
                if word not in context.REGISTERS:
                    found[section].append(word)
        return found


def open_pack(path: str | Path, approval_file: str | Path | None = None) -> Pack:
    """Return a pack after checking it and its approval; nothing is unpacked.

    Parameters
    ----------
    path : str or Path
        ``pack.zip``.
    approval_file : str or Path, optional
        The approval; without it, ``approval.yaml`` beside the archive, else the one inside.

    Raises
    ------
    InputError
        With every reason to refuse it.
    """
    name = Path(path).name
    allowed = limits.read()
    contents = archive.read(path, allowed)
    listed = manifest.read(contents, name)
    raise_if(_problems(contents, listed, name, allowed))
    study = json.loads(contents[FACTS])
    if study["data"] != listed["study"]["data"]:
        raise InputError(Problem(name, "the manifest and study.json do not agree on what kind of data these are"))
    approved = None
    if study["data"] not in ("synthetic", "public"):
        sha256 = manifest.digest(contents[manifest.NAME])
        text, file = _approval(contents, Path(path), approval_beside(path, approval_file), sha256)
        approved = approval.read(text, file, sha256, study["authors"])
    return Pack(contents, study, approved)


def _problems(
    contents: Mapping[str, bytes], listed: Mapping[str, Any], name: str, allowed: limits.Limits
) -> Iterator[Problem]:
    yield from manifest.problems(contents, listed, name)
    for path, content in sorted(contents.items()):
        if path != manifest.APPROVAL:
            yield from limits.problems(path, content, allowed)
        if path.endswith(".csv") and context.sheet_of(path) not in contents:
            yield Problem(name, "a table has no context sheet", where=repr(path))
    for path in (FACTS, f"{RELEASE}/gate.json"):
        if path not in contents:
            yield Problem(name, "it is not a release pack", expected=f"a file {path}")
    if not _passed(contents):
        yield Problem(name, "its release has not passed the gate", do="build the pack again with 'make inside'")


def _passed(contents: Mapping[str, bytes]) -> bool:
    try:
        return json.loads(contents.get(f"{RELEASE}/gate.json", b"{}"))["passed"] is True
    except (ValueError, KeyError, TypeError):
        return False


def approval_beside(path: str | Path, given: str | Path | None = None) -> Path | None:
    """Return the file of the approval: the one named, else ``approval.yaml`` beside the archive, else none."""
    beside = Path(given) if given else Path(path).with_name(manifest.APPROVAL)
    return beside if given or beside.is_file() else None


def _approval(contents: Mapping[str, bytes], path: Path, file: Path | None, sha256: str) -> tuple[str, str]:
    """Return the text of the approval and its file's name."""
    if file is not None:
        if not file.is_file():
            raise InputError(missing_file(str(file)))
        return file.read_text(encoding="utf-8-sig"), str(file)
    inside = contents.get(manifest.APPROVAL, b"")
    if inside in (b"", approval.template(sha256).encode()):
        raise approval.missing(path.name)
    return inside.decode("utf-8-sig", errors="replace"), f"{path.name}, {manifest.APPROVAL}"


def study(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the config that the report's rules need, from a pack alone.

    Parameters
    ----------
    settings : mapping
        What the command line sets: ``pack``, and possibly ``approval``, ``results`` and ``report``.

    Raises
    ------
    InputError
        If there is no pack, or it is refused.
    """
    if not settings.get("pack"):
        raise InputError(Problem("pack", "no release pack is named", do="make outside PACK=path/to/pack.zip"))
    path = str(settings["pack"])
    pack = open_pack(path, settings.get("approval"))
    beside = approval_beside(path, settings.get("approval"))
    found: dict[str, Any] = {
        "study": pack.study,
        "results": settings.get("results", RESULTS),
        "report": {"backend": "native", **settings.get("report", {})},
        "demonstration": None,
        "pack": {
            "path": path,
            "approval": [str(beside)] if pack.approval and beside else [],
            "released": pack.released,
            "tables": pack.tables,
        },
    }
    supplied = pack.study["strands"]
    return found | {name: supplied.get(name, {}).get("supplied") or None for name in config.SECTIONS}


def unpack(path: str, approval_file: str | None, outputs: Iterable[str], release_folder: str) -> None:
    """Check a pack and write its released files; ``study.json`` then says who approved them.

    Parameters
    ----------
    path : str
        ``pack.zip``.
    approval_file : str or None
        The approval, where one lies beside the archive.
    outputs : iterable of str
        The files to write.
    release_folder : str
        The folder that they lie in.
    """
    pack = open_pack(path, approval_file)
    for output in outputs:
        name = PurePosixPath(Path(output).relative_to(release_folder).as_posix())
        if f"{RELEASE}/{name}" == FACTS and pack.approval:
            files.write_json(output, provenance.approved(pack.study, pack.approval.sentence))
            continue
        with files.writing(output) as part:
            part.write_bytes(pack.contents[f"{RELEASE}/{name}"])
