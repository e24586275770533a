"""One door for all coded input: the format's name in the config, or the file's content, chooses the reader."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import pandas as pd

from genequity.coding import canonical, codebooks, maxqda, refi, relocate, sniff
from genequity.coding.project import Project
from genequity.coding.readers import dialects, events, nvivo, qualcoder, segments, taguette
from genequity.errors import InputError, Problem, masked, nearest

AUTO = "auto"
WITH_TEXTS: dict[str, Callable[..., Project]] = {refi.FORMAT: refi.read, qualcoder.FORMAT: qualcoder.read}
READERS: dict[str, Callable[..., Project]] = {
    **WITH_TEXTS,
    codebooks.FORMAT: codebooks.read,
    taguette.FORMAT: taguette.read,
    "maxqda-text": maxqda.read_text,
    **dict.fromkeys(dialects.DIALECTS),
    nvivo.REPORT: nvivo.read_report,
    nvivo.MATRIX: nvivo.read_matrix,
    events.FORMAT: events.read,
    canonical.FORMAT: canonical.read,
}


def read(entry: Mapping[str, str], texts: Mapping[str, str] | None = None) -> Project:
    """Read one project named in the config.

    Parameters
    ----------
    entry : mapping
        ``path``, ``format`` (a key of :data:`READERS`, or ``auto``) and, if wanted, ``coder``, which then stands
        for whoever coded.
    texts : mapping, optional
        Transcripts by :func:`genequity.coding.naming.key`: for segments without positions, and for projects
        whose texts lie outside them.

    Raises
    ------
    InputError
        When the format is not known or the file cannot be read as it. Where the file seems to be something else,
        the first problem says so.
    """
    return _placed(_opened(entry, texts or {}), entry, texts or {})


def _opened(entry: Mapping[str, str], texts: Mapping[str, str]) -> Project:
    """Read a file as it stands, before words are looked for in texts that lie outside it."""
    path, name = entry["path"], entry.get("format", refi.FORMAT)
    if name != AUTO and name not in READERS:
        problem = Problem(
            path,
            f"the format '{name}' is not known.{nearest(name, READERS)}",
            expected=f"{AUTO}, or one of {', '.join(READERS)}",
            do="correct 'format' beside this path in the config",
        )
        raise InputError(problem)
    if name == AUTO:
        with masked("telling what the file is", path, do="set its 'format' in the config, if you know it"):
            name = sniff.format_of(path)
    try:
        with masked(f"reading the file as {name}", path, do="tell the developers which program and version wrote it"):
            return replace(_read(path, name, texts), format=name)
    except InputError as error:
        raise InputError([*_mistaken(path, name), *error.problems]) from None


def _placed(found: Project, entry: Mapping[str, str], texts: Mapping[str, str]) -> Project:
    """Return what was read with a place for its words, and the coder that the config names."""
    found = relocate.project_with_places(relocate.checked(found, texts), texts)
    found = replace(found, notes=[*found.notes, *_repeated(found)])
    coder = entry.get("coder")
    if not coder:
        return found
    return replace(found, segments=found.segments.assign(coder=coder), users=pd.DataFrame({"user": [coder]}))


def _read(path: str, name: str, texts: Mapping[str, str]) -> Project:
    if name in dialects.DIALECTS:
        return segments.read(path, name)
    if name in WITH_TEXTS:
        return WITH_TEXTS[name](path, texts)
    return READERS[name](path)


def _mistaken(path: str, name: str) -> list[Problem]:
    """Say what a file seems to be when it cannot be read as the config says."""
    try:
        with masked("telling what the file is", path):
            seems = sniff.format_of(path)
    except InputError:
        return []
    if seems == name:
        return []
    message = f"the file is not of the format '{name}'; it seems to be '{seems}': {sniff.MEANING[seems]}"
    return [Problem(path, message, do=f"set 'format: {seems}' (or '{AUTO}') beside this path in the config")]


def _repeated(content: Project) -> list[str]:
    columns = ["source", "coder", "code", "start", "end", "text"]
    count = int(content.segments.duplicated(columns).sum()) if len(content.segments) else 0
    return [f"{count} codings stand twice in the file; each is kept"] if count else []


def read_all(entries: Iterable[Mapping[str, str]], texts: Mapping[str, str] | None = None) -> list[Project]:
    """Read every project; all problems of all files are raised together.

    A project that brings words without texts is searched in the texts of the others, so that several coders' words
    stand in one text; where no project has the text, in the study's transcripts.
    """
    opened, bad = [], []
    for entry in entries:
        try:
            opened.append((_opened(entry, texts or {}), entry))
        except InputError as error:
            bad.extend(error.problems)
    if bad:
        raise InputError(bad)
    own = relocate.texts_of([found for found, _ in opened])
    return [_placed(found, entry, {**(texts or {}), **own}) for found, entry in opened]
