"""Where a build came from: facts of the study, version of the code, hashes of the inputs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from genequity import __version__, release
from genequity.config import ROOT

NOT_SUPPLIED = "No inputs were named for this part in the study's config."
NOT_CHECKED = "NOT OUTPUT-CHECKED"
UNCHECKED = "Not output-checked: nobody has approved these outputs for publication"
NO_CHECK = "Output checking was not needed, since the data are declared"
CODE = (
    "Snakefile",
    "workflow/**/*.smk",
    "workflow/**/*.py",
    "workflow/**/*.yaml",
    "notebooks/*.ipynb",
    "envs/*.txt",
)


def code_version() -> str:
    """Return the package version and a hash of the tracked workflow files; the same on every machine."""
    digest = hashlib.sha256()
    for path in sorted({path for pattern in CODE for path in ROOT.glob(pattern)}):
        digest.update(path.relative_to(ROOT).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return f"{__version__}+{digest.hexdigest()[:12]}"


def facts(
    study: Mapping[str, Any],
    ethnicity: Mapping[str, Any],
    regions: Mapping[str, Any],
    profile: str,
    supplied: Mapping[str, bool],
    version: str,
    places: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Return what ``release/study.json`` holds.

    Parameters
    ----------
    study, ethnicity, regions : mapping
        Sections of the config.
    profile : str
        Name of the release profile.
    supplied : mapping
        Section -> whether it is part of the study.
    version : str
        From :func:`code_version`.
    places : sequence of mapping
        Regions of the service strand (:mod:`genequity.places`).
    """
    rule = release.profile(profile)
    return {
        "title": study["title"],
        "subtitle": study.get("subtitle", ""),
        "watermark": _marked(study),
        "data": study["data"],
        "date": study["date"],
        "version": study["version"],
        "authors": list(study["authors"]),
        "publisher": study.get("publisher", ""),
        "licence": study.get("licence", ""),
        "language": study.get("language", "en-GB"),
        "about": " ".join(study.get("about", "").split()),
        "concept": ethnicity["concept"],
        "grouping": ethnicity["grouping"],
        "comparator": ethnicity["comparator"],
        "national": regions["national"],
        "regions": [dict(place) for place in places],
        "release_profile": profile,
        "release_version": rule.version,
        "release_rule": rule.sentence,
        "strands": {
            name: {"supplied": bool(on), "reason": "" if on else NOT_SUPPLIED} for name, on in supplied.items()
        },
        "code_version": version,
        "output_checked": UNCHECKED if study["data"] == "restricted" else f"{NO_CHECK} {study['data']}",
    }


def approved(facts: Mapping[str, Any], by: str) -> dict[str, Any]:
    """Return the facts of a study whose outputs were approved: who did so takes the place of the warning.

    Parameters
    ----------
    facts : mapping
        ``release/study.json`` as it stood in the release pack.
    by : str
        Sentence that names the checkers.
    """
    own = str(facts["watermark"]).removesuffix(NOT_CHECKED).removesuffix("; ")
    return {**facts, "watermark": own, "output_checked": by}


def _marked(study: Mapping[str, Any]) -> str:
    """Return the study's watermark; outputs of restricted data say on every page that nobody has checked them."""
    own = study.get("watermark", "")
    return "; ".join(filter(None, [own, NOT_CHECKED])) if study["data"] == "restricted" else own


def input_hashes(paths: list[str]) -> dict[str, str]:
    """Return SHA-256 by path, for the inputs that exist."""
    return {path: hashlib.sha256(Path(path).read_bytes()).hexdigest() for path in sorted(paths) if Path(path).is_file()}
