"""From released files to the pack: refused files stop it, all at once; nothing else than released files is read."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from genequity import files, release
from genequity.errors import InputError, Problem, raise_if
from genequity.pack import acro, approval, archive, context, limits, manifest, statement
from genequity.pack.context import Table

RELEASE = "release"
PICTURES = (".svg", *(f".{ending}" for ending in limits.PICTURES))


def build(
    released: Iterable[str],
    folder: str,
    made: str,
    *,
    release_folder: str,
    profile: str,
    populations: Mapping[str, str] | None = None,
    limits_file: str | Path = limits.LIMITS,
) -> None:
    """Write the pack as a folder, for checkers to read, and as the archive that leaves.

    Parameters
    ----------
    released : iterable of str
        The released files: tables, ``study.json``, ``gate.json`` and whatever else passed.
    folder, made : str
        The folder and the archive to write.
    release_folder : str
        The folder that all released files lie in.
    profile : str
        Name of the study's profile.
    populations : mapping, optional
        Section -> whom it describes, in the study's words.
    limits_file : str or Path
        What may leave.

    Raises
    ------
    InputError
        With every reason for which an output checker would send files back.
    """
    allowed = limits.read(limits_file)
    paths = {f"{RELEASE}/{Path(path).relative_to(release_folder).as_posix()}": Path(path) for path in released}
    raise_if(problem for name, path in sorted(paths.items()) for problem in _too_large(name, path, allowed))
    contents = {name: path.read_bytes() for name, path in paths.items()}
    raise_if(problem for name in sorted(contents) for problem in limits.problems(name, contents[name], allowed))
    study = json.loads(contents[f"{RELEASE}/study.json"])
    rule = release.profile(profile)
    packed = _tables(contents)
    described = _populations(packed, populations or {})
    raise_if(_refused(packed, described, contents))
    for table in packed.values():
        section = table.schema.name.split("/")[0]
        text = context.sheet(table, study, rule, described[section], packed)
        contents[context.sheet_of(table.path)] = text.encode()
    contents["disclosure-control.txt"] = statement.disclosure(study, rule, packed).encode()
    contents["README.txt"] = statement.readme(study, allowed).encode()
    tabled = {table.path for table in packed.values()}
    others = [name for name in paths if name not in tabled]
    outputs = acro.results(study, rule, packed, others)
    contents[acro.NAME] = (json.dumps(outputs, indent=1, ensure_ascii=False) + "\n").encode()
    contents |= acro.checksums(contents, paths)
    raise_if(problem for name in sorted(contents) for problem in limits.problems(name, contents[name], allowed))
    contents[manifest.NAME] = manifest.of(contents, study, rule.name, rule.version)
    contents[manifest.APPROVAL] = approval.template(manifest.digest(contents[manifest.NAME])).encode()
    _write(contents, folder)
    archive.write(contents, made)


def _too_large(name: str, path: Path, allowed: limits.Limits) -> list[Problem]:
    """Refuse a large file before it is read."""
    size = path.stat().st_size
    if size <= allowed.bytes:
        return []
    return [Problem(name, f"{size:,} bytes are too many", expected=f"at most {allowed.bytes:,}", do=limits.SMALLER)]


def _tables(contents: Mapping[str, bytes]) -> dict[str, Table]:
    packed, problems = {}, []
    for name, content in sorted(contents.items()):
        if not name.endswith(".csv"):
            continue
        try:
            packed[context.name_of(name)] = context.read(name, content)
        except KeyError:
            problems.append(Problem(name, "no context: the table has no schema", do="describe it in its table schema"))
    raise_if(problems)
    return packed


def _populations(packed: Mapping[str, Table], own: Mapping[str, str]) -> dict[str, str]:
    """Return whom each section describes, with their released number."""
    found = {}
    for section in sorted({name.split("/")[0] for name in packed}):
        words, key = context.POPULATIONS.get(section, ("", ""))
        words = own.get(section, words).strip().rstrip(".")
        rows = packed[f"{section}/numbers"].rows if f"{section}/numbers" in packed else []
        size = next((row for row in rows if row["key"] == key and row["value"]), None)
        number = f". n = {float(size['value']):,.0f} {size['unit']} (released number {key})" if size else ""
        found[section] = f"{words}{number}"
    return found


def _refused(
    packed: Mapping[str, Table], populations: Mapping[str, str], contents: Mapping[str, bytes]
) -> list[Problem]:
    gate = _gate(contents)
    passed = {entry["name"]: entry["rows"] for entry in gate["tables"]}
    tabled = {table.path.split(".")[0] for table in packed.values()}
    found = [
        Problem(name, "no underlying data: no table of the same name stands beside the picture")
        for name in sorted(contents)
        if name.endswith(PICTURES) and name.split(".")[0] not in tabled
    ]
    for name, table in packed.items():
        found += context.problems(table, populations[name.split("/")[0]])
        if "source_table" in table.schema.columns:
            found += context.unsupported(table, packed)
        ungated = name.split("/")[1] not in context.REGISTERS and name.split("/")[0] != "audit"
        if ungated and passed.get(name) != len(table.rows):
            found.append(
                Problem(table.path, "the gate has not passed this table as it stands", do="run the gate again")
            )
    return found


def _gate(contents: Mapping[str, bytes]) -> dict[str, Any]:
    gate = json.loads(contents[f"{RELEASE}/gate.json"])
    if gate.get("passed") is not True:
        raise InputError(Problem(f"{RELEASE}/gate.json", "the release has not passed the gate"))
    return gate


def _write(contents: Mapping[str, bytes], folder: str) -> None:
    """Write the folder anew, so that nothing of an earlier pack stays in it."""
    target = Path(folder)
    shutil.rmtree(target, ignore_errors=True)
    for name, content in sorted(contents.items()):
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with files.writing(path) as part:
            part.write_bytes(content)
