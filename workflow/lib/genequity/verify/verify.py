"""Build a study again, apart from its earlier results, and say of every released file how it compares."""

from __future__ import annotations

import copy
import csv
import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from genequity import config, files, intake
from genequity.verify import compare
from genequity.verify.compare import DIFFERENT, IDENTICAL, NOT_CHECKABLE, STATES, WITHIN, Result
from genequity.verify.expected import Expected, here, words

# What a strand reads of another one: when that one cannot be built, neither can this one be compared.
EDGES = {"evidence": ("policy",)}
SHOWN = 20  # cells of a file that are printed; all are in the table
EXIT = {IDENTICAL: 0, WITHIN: 0, DIFFERENT: 1, NOT_CHECKABLE: 3}


def rebuilt(study: Mapping[str, Any], folder: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the config that builds a study apart, and the strands that cannot be built here, each with the reason.

    Parameters
    ----------
    study : mapping
        The complete config.
    folder : str
        Results folder of the second build.
    """
    again, old = copy.deepcopy(dict(study)), f"{study['results']}/"
    absent: dict[str, str] = {}
    for problem in intake.absent(study):
        section = problem.where.split(".")[0]
        if section in config.SECTIONS:
            absent.setdefault(section, f"{problem.file} is not here")
    for section, reads in EDGES.items():
        missing = [name for name in reads if name in absent]
        if study.get(section) and missing:
            absent.setdefault(section, f"it reads {missing[0]}, which cannot be built here")
    if absent:
        for section in config.SECTIONS:
            if section not in config.STRANDS and study.get(section):
                absent.setdefault(section, "it joins strands that cannot be built here")
    for section in absent:
        again[section] = None
    again = _moved(again, old, f"{folder}/")
    again["results"] = folder
    return {key: value for key, value in again.items() if value is not None}, absent


def _moved(value: Any, old: str, new: str) -> Any:
    if isinstance(value, str):
        return new + value[len(old) :] if value.startswith(old) else value
    if isinstance(value, dict):
        return {key: _moved(item, old, new) for key, item in value.items()}
    if isinstance(value, list):
        return [_moved(item, old, new) for item in value]
    return value


def released(expected: Expected, release: Path, absent: Mapping[str, str]) -> list[Result]:
    """Return how every released file compares, in the order of their names.

    Parameters
    ----------
    expected : Expected
        What was published.
    release : Path
        Release folder of the second build.
    absent : mapping
        Section -> why it could not be built here.
    """
    now = {path.relative_to(release).as_posix(): path for path in sorted(release.rglob("*")) if path.is_file()}
    found = []
    for name in sorted({*expected.values, *now}):
        section = name.split("/")[0] if "/" in name else ""
        if name not in now and (section in absent or (absent and section in ("", "audit"))):
            reason = absent.get(section, "it rests on all strands")
            found.append(Result(name, NOT_CHECKABLE, remark=f"restricted or absent input: {reason}"))
        elif name not in now:
            found.append(Result(name, DIFFERENT, remark="published, but not made by this build"))
        elif name not in expected.values:
            remark = "made by this build, but not published"
            found.append(Result(name, NOT_CHECKABLE if absent and not section else DIFFERENT, remark=remark))
        elif absent and section in ("", "audit"):
            found.append(Result(name, NOT_CHECKABLE, remark="it rests on all strands"))
        else:
            found.append(compare.file(name, expected.values[name], now[name].read_bytes()))
    return found


def report(expected: Expected, folder: Path, same_code: bool) -> list[Result]:
    """Return how the report's files compare: by bytes on the same platform, else by the words of the HTML.

    Figures are drawn from the released tables, which are compared on their own; PDF and Word say what the HTML says.

    Parameters
    ----------
    expected : Expected
        What was published.
    folder : Path
        Report folder of the second build.
    same_code : bool
        Whether both were made by the same version of the code.
    """
    promised = same_code and expected.facts["platform"] == here()
    why = "code" if not same_code else "platform"
    found = []
    for name, digest in expected.report.items():
        path = folder / name
        if not path.is_file():
            found.append(Result(name, NOT_CHECKABLE, remark="the report was not built again"))
        elif files.sha256(path) == digest:
            found.append(Result(name, IDENTICAL))
        elif promised:
            found.append(Result(name, DIFFERENT, remark="other bytes on the same platform with the same code"))
        else:
            found.append(_by_words(name, expected.words.get(path.stem, ""), words(path.with_suffix(".html")), why))
    return found


def _by_words(name: str, was: str, now: str, why: str) -> Result:
    """Compare a report made by other code or on another platform, whose bytes nobody promised."""
    other = f"other bytes (other {why})"
    if was == now:
        return Result(name, WITHIN, remark=f"the same words; {other}")
    if compare.close(was, now):
        return Result(name, WITHIN, remark=f"the same words but for last decimals; {other}")
    old, new = was.splitlines(), now.splitlines()
    changed = sum(tag[2] - tag[1] for tag in _opcodes(old, new) if tag[0] != "equal") or len(new) - len(old)
    return Result(name, DIFFERENT, remark=f"the words of {changed:,} of {len(old):,} paragraphs differ; {other}")


def _opcodes(old: list[str], new: list[str]) -> list[tuple]:
    return difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()


def exit_status(results: Iterable[Result]) -> int:
    """Return 0: identical or within tolerance; 1: something differs; 3: part could not be checked."""
    found = {EXIT[result.state] for result in results}
    return 1 if 1 in found else max(found, default=0)


def text(results: list[Result], expected: Expected, code_version: str) -> str:
    """Return what is printed: who is compared with whom, how many files are how, and every cell that differs."""
    was, now = expected.facts["platform"], here()
    same = "the same" if code_version == expected.facts["code_version"] else "another version"
    lines = [
        f"Study:     {expected.facts['study']['title']}, version {expected.facts['study']['version']}",
        f"Expected:  {expected.source}, made by code {expected.facts['code_version']}{_on(was)}",
        f"Here:      code {code_version} ({same}){_on(now)}",
        _promise(was, now, same == "the same"),
        "",
    ]
    for state in STATES:
        of_state = [result for result in results if result.state == state]
        if not of_state and state != DIFFERENT:
            continue
        lines.append(f"  {state:<17} {len(of_state):>4} file{'' if len(of_state) == 1 else 's'}{_cells(of_state)}")
    for state in (DIFFERENT, WITHIN, NOT_CHECKABLE):
        of_state = [result for result in results if result.state == state]
        if of_state:
            lines += ["", state.capitalize()]
            lines += [line for result in of_state for line in _told(result)]
    return "\n".join([*lines, ""])


def _on(facts: Mapping[str, str]) -> str:
    return f" on {facts['system']} {facts['machine']}, Python {facts['python']}" if facts else ""


def _promise(was: Mapping[str, str], now: Mapping[str, str], same_code: bool) -> str:
    if not was:
        return "Promised:  the same released values (a release pack carries no report)"
    if was == now and same_code:
        return "Promised:  the same bytes (same platform, same code)"
    return "Promised:  the same released values (bytes only on the same platform with the same code)"


def _cells(results: list[Result]) -> str:
    cells = sum(len(result.cells) for result in results)
    return f"   ({cells:,} cell{'' if cells == 1 else 's'})" if cells else ""


def _told(result: Result) -> list[str]:
    lines = [f"  {result.name}{f': {result.remark}' if result.remark else ''}"]
    for cell in result.cells[:SHOWN]:
        place = f"{cell.row}{f', {cell.column}' if cell.column else ''}"
        by = f" ({cell.difference})" if cell.difference else ""
        lines.append(f"    {place}: expected {cell.expected!r}, here {cell.here!r}{by}")
    if len(result.cells) > SHOWN:
        lines.append(f"    … and {len(result.cells) - SHOWN:,} more, in the table")
    return lines


def write_cells(results: Iterable[Result], path: str | Path) -> None:
    """Write every file's state and every cell that is not the same as CSV."""
    with files.writing(path) as part, part.open("w", encoding="utf-8", newline="") as handle:
        table = csv.writer(handle, lineterminator="\n")
        table.writerow(["file", "state", "row", "column", "expected", "here", "difference", "within", "remark"])
        for result in results:
            for cell in result.cells or (None,):
                values = [] if cell is None else [cell.row, cell.column, cell.expected, cell.here, cell.difference]
                within = "" if cell is None else str(cell.within).lower()
                table.writerow([result.name, result.state, *(values or [""] * 5), within, result.remark])
