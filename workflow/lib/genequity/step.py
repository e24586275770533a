"""The only place that sees Snakemake's injected object: it runs a step's ``main`` with plain keywords.

What a step prints, warns or raises goes to its log. A library's traceback may quote a person's record, so for a study
whose data are not declared synthetic or public only its frames and the exception's type are kept.
"""

from __future__ import annotations

import inspect
import os
import sys
import traceback
import warnings
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from genequity import checksums
from genequity.errors import MARK, InputError, raise_if

NOT_FOR_MAIN = (
    "code",
    "gate",
)  # what a rule rests on without reading it: library files, proof that the gate was passed
LOGS = "logs"
OPEN_DATA = "GENEQUITY_OPEN_DATA"  # "1" when the study's data are synthetic or public


def run(main: Callable[..., None], snakemake: Any) -> None:
    """Run ``main`` with a rule's named inputs, outputs and params as keywords.

    Parameters
    ----------
    main : callable
        The step. Its parameters are the rule's named items, word for word (``code`` and ``gate`` are left out).
    snakemake : object
        What Snakemake injects into a script.
    """
    arguments: dict[str, Any] = {}
    for group in (snakemake.input, snakemake.output, snakemake.params):
        arguments |= {name: _plain(value) for name, value in group.items() if name not in NOT_FOR_MAIN}
    wanted = set(inspect.signature(main).parameters)
    arguments |= {name: value for name, value in dict(snakemake.wildcards.items()).items() if name in wanted}
    log = Path(snakemake.log[0]) if snakemake.log else None
    if log is None:
        sys.exit(_guarded(main, arguments))
    log.parent.mkdir(parents=True, exist_ok=True)
    read = [str(path) for name, value in snakemake.input.items() if name != "code" for path in _listed(value)]
    written, results = [str(path) for path in snakemake.output], results_of(log)
    with log.open("w", encoding="utf-8") as handle, redirect_stdout(handle), redirect_stderr(handle):
        code = _guarded(_recorded(main, read, written, results), arguments)
    if code:
        print(log.read_text(encoding="utf-8").rpartition(MARK)[2].strip(), file=sys.stderr)
        sys.exit(code)


def results_of(log: Path) -> Path:
    """Return the results folder of a step from its log, which lies in ``<results>/logs/``.

    >>> results_of(Path("results/mine/logs/survey/shares.log")).as_posix()
    'results/mine'
    """
    parts = log.parts
    last = max(place for place, part in enumerate(parts) if part == LOGS)
    return Path(*parts[:last])


def _recorded(main: Callable[..., None], read: list[str], written: list[str], results: Path) -> Callable[..., None]:
    """Return a step that refuses inputs which are not as earlier steps wrote them, and records what it writes."""

    def step(**arguments: Any) -> None:
        raise_if(checksums.input_problems(read, results))
        checksums.forget(written, results)
        main(**arguments)
        checksums.record(written, results)

    return step


def _listed(value: Any) -> list[Any]:
    return [value] if isinstance(value, str) else list(value)


def _guarded(main: Callable[..., None], arguments: dict[str, Any]) -> int:
    open_data = os.environ.get(OPEN_DATA) == "1"
    with warnings.catch_warnings():
        if not open_data:
            warnings.showwarning = _quiet_warning
        try:
            main(**arguments)
        except InputError as error:
            print(f"{MARK}{error}", file=sys.stderr)
            return 1
        except Exception as error:
            print(f"{MARK}{describe(error, open_data=open_data)}", file=sys.stderr)
            return 1
    return 0


def describe(error: BaseException, *, open_data: bool) -> str:
    """Return what may be said of an unexpected exception: all of it for open data, else its type and our frames."""
    if open_data:
        return "".join(traceback.format_exception(error)).strip()
    frames = traceback.extract_tb(error.__traceback__)
    lines = [
        f"An unexpected fault ({type(error).__name__}). Its text is not shown, since it may quote the data.",
        "Where it happened (innermost last):",
        *(f"  {Path(frame.filename).name}, line {frame.lineno}, in {frame.name}" for frame in frames[-8:]),
        "What to do: run 'make check', which reads every input and lists what is wrong with it; if that finds nothing,",
        "report these lines to the developers of genequity. They hold no data.",
    ]
    return "\n".join(lines)


def _quiet_warning(message, category, filename, lineno, file=None, line=None) -> None:
    print(f"warning: {category.__name__} at {Path(filename).name}, line {lineno}", file=sys.stderr)


def _plain(value: Any) -> Any:
    """Turn Snakemake's list type into plain paths; leave everything else."""
    if isinstance(value, str | bytes | int | float | bool | dict) or value is None:
        return str(value) if isinstance(value, str) else value
    return [str(item) if isinstance(item, str) else item for item in value]
