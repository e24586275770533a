"""Execute one section and keep its outputs, so that an edit of text alone needs no kernel.

Parameters follow papermill: the cell tagged ``parameters`` holds defaults; a cell after it the run's values.
Inline expressions are evaluated by the kernel and stored in ``cell.metadata.user_expressions``, where Quarto looks too.
"""

from __future__ import annotations

import copy
import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
from functools import cache as once
from importlib.metadata import version
from pathlib import Path
from typing import Any

from genequity import files
from genequity.errors import InputError, Problem
from genequity.publish import kernel, source
from genequity.publish.dictionary import SOFTWARE

LIBRARY = Path(__file__).resolve().parents[1]
_RICH = ("text/html", "text/markdown", "image/svg+xml", "image/png")
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_VIEW = re.compile(r"[^\s'\"]*/genequity-[^/\s]+/")  # the folder that holds only the declared inputs
_ADDRESS = re.compile(r"<[\w.]+ (?:object )?at 0x[0-9a-f]+>")


def execute(
    source_file: str,
    executed: str,
    *,
    parameters: dict[str, Any],
    inputs: list[str],
    cache: str,
    date: str = "1970-01-01",
) -> bool:
    """Execute a notebook, or reuse its outputs when nothing that they rest on has changed.

    Parameters
    ----------
    source_file : str
        The notebook, without outputs.
    executed : str
        Where the executed notebook goes.
    parameters : dict
        Values for the cell tagged ``parameters``. A path is given relative to where we run and is stored by its last
        part only, so that no folder of this machine reaches the report.
    inputs : list of str
        The files the notebook may read.
    cache : str
        Folder of kept outputs.
    date : str
        ISO date of the study.

    Returns
    -------
    bool
        True when a kernel ran, False when outputs were reused.

    Raises
    ------
    InputError
        Naming the notebook, the cell and the exception.
    """
    notebook = source.read(source_file)
    name = Path(source_file).name
    parameters = {key: _absolute(value) for key, value in sorted(parameters.items())}
    kept = Path(cache) / "outputs" / f"{Path(name).stem}-{_key(notebook, parameters, inputs, date)}.json"
    ran = not kept.exists()
    if ran:
        with tempfile.TemporaryDirectory(prefix="genequity-") as view:
            shown = {key: _view(value, inputs, Path(view) / key) for key, value in parameters.items()}
            results = _run(notebook, name, source_file, shown, Path(cache).resolve(), date)
        here = [view, os.getcwd(), str(Path.home()), str(Path(source_file).resolve().parent)]
        _no_traces(results, name, [*parameters.values(), *here], _code_versions(inputs))
        files.write_json(kept, results)
    _forget(kept)
    _fill_in(notebook, files.read_json(kept), parameters)
    import nbformat

    files.write_text(executed, nbformat.writes(notebook))
    return ran


def _forget(kept: Path) -> None:
    """Remove the outputs of earlier inputs of a section: they may quote somebody who has withdrawn since."""
    stem = kept.stem.rpartition("-")[0]
    for other in kept.parent.glob(f"{stem}-*.json"):
        if other != kept and other.stem.rpartition("-")[0] == stem:
            other.unlink()


def refill(source_file: str, earlier: str, executed: str) -> bool:
    """Put the outputs of an earlier execution under the text as it is now.

    Returns
    -------
    bool
        False when code or inline expressions are other ones, so that a kernel has to run; nothing is written then.
    """
    notebook, before = source.read(source_file), source.read(earlier)
    before.cells = [cell for cell in before.cells if not source.has_tag(cell, "injected-parameters")]
    if _asked(notebook) != _asked(before):
        return False
    outputs = [cell.outputs for cell in before.cells if cell.cell_type == "code"]
    values = [cell.metadata.get("user_expressions", []) for cell in before.cells if _expressions(cell)]
    _fill_in(notebook, {"outputs": outputs, "values": values}, {})
    import nbformat

    files.write_text(executed, nbformat.writes(notebook))
    return True


def _asked(notebook: Any) -> list[Any]:
    """Return what a kernel is asked for: the code of each cell, and the inline expressions of each cell with some."""
    return [
        source.split_options(cell.source)[1] if cell.cell_type == "code" else _expressions(cell)
        for cell in notebook.cells
        if cell.cell_type == "code" or _expressions(cell)
    ]


def _expressions(cell: Any) -> list[str]:
    return source.expressions(cell.source) if cell.cell_type == "markdown" else []


def _absolute(value: Any) -> Any:
    return str(Path(value).resolve()) if isinstance(value, str) and Path(value).exists() else value


def _key(notebook: Any, parameters: dict[str, Any], inputs: list[str], date: str) -> str:
    """Digest of all that outputs rest on: code, inline expressions, parameters, inputs, library and versions."""
    asked: list[Any] = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            asked.append(source.split_options(cell.source)[1])
        elif cell.cell_type == "markdown":
            asked.append(source.expressions(cell.source))
    asked = [item for item in asked if item]
    roots = sorted({str(value) for value in parameters.values() if isinstance(value, str) and os.path.isdir(value)})
    plain = {key: "" if str(value) in roots else value for key, value in parameters.items()}
    read = sorted(Path(path).resolve() for path in set(inputs) if Path(path).is_file())
    digests = [[_short(path, roots), _digest(path)] for path in read]
    whole = json.dumps([asked, plain, digests, date, _library(), _versions()], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()[:20]


def _view(value: Any, inputs: list[str], folder: Path) -> Any:
    """Return a folder that holds only the declared inputs of a parameter's folder; other values as they are."""
    if not (isinstance(value, str) and os.path.isdir(value)):
        return value
    folder.mkdir()
    for path in sorted({Path(path).resolve() for path in inputs}):
        if path.is_relative_to(value):
            place = folder / path.relative_to(value)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
    return str(folder)


def _digest(path: Path) -> str:
    """Digest of an input. The code version in study.json is left out: text prints it with {{< meta code_version >}}."""
    if path.name != "study.json":
        return files.sha256(path)
    facts = {key: value for key, value in files.read_json(path).items() if key != "code_version"}
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _code_versions(inputs: list[str]) -> list[str]:
    studies = [files.read_json(path) for path in inputs if Path(path).name == "study.json"]
    return [str(study["code_version"]) for study in studies if study.get("code_version")]


def _short(path: Path, roots: list[str]) -> str:
    for root in roots:
        if path.is_relative_to(root):
            return str(path.relative_to(root))
    return path.name


@once
def _library() -> str:
    """Digest of the code a notebook can call, with the table schemas; the writers of the report are no part of it."""
    digest = hashlib.sha256()
    own = [
        LIBRARY / "publish" / f"{name}.py"
        for name in ("execute", "kernel", "summary", "sentences", "dictionary", "shared")
    ]
    aside = {"publish", "demo", "authors"}
    code = [path for path in LIBRARY.rglob("*.py") if not aside & set(path.relative_to(LIBRARY).parts)]
    schemas = (LIBRARY.parents[1] / "schemas" / "tables").glob("*.yaml")
    for path in sorted([*own, *code, *schemas]):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


@once
def _versions() -> list[str]:
    return [sys.version.split()[0], *(version(name) for name in ("ipykernel", *SOFTWARE))]


def _run(notebook: Any, name: str, source_file: str, parameters: dict, cache: Path, date: str) -> dict[str, Any]:
    """Run all cells; return outputs of code cells and values of inline expressions, in order."""
    import nbformat
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    running = copy.deepcopy(notebook)
    place = _parameters_place(running, name, parameters)
    if place is not None:
        running.cells.insert(place, nbformat.v4.new_code_cell(_assignments(parameters)))
    outputs, values = [], []
    with kernel.client(running, cache, Path(source_file).resolve().parent, date) as client:
        for number, cell in enumerate(running.cells):
            where = source.cell_name(cell, number - (place is not None and number > place))
            if cell.cell_type == "code":
                try:
                    client.execute_cell(cell, number)
                except CellExecutionError as error:
                    raise InputError(_fault(name, where, error.ename, error.evalue, cell.source)) from None
                except (CellTimeoutError, DeadKernelError) as error:
                    raise InputError(Problem(name, f"the kernel stopped ({type(error).__name__})", where)) from None
                if number != place:
                    outputs.append(_stable(cell.outputs, name, where))
            elif cell.cell_type == "markdown" and (wanted := source.expressions(cell.source)):
                values.append(_evaluate(client, wanted, name, where))
    return {"outputs": outputs, "values": values}


def _parameters_place(notebook: Any, name: str, parameters: dict) -> int | None:
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and source.has_tag(cell, "parameters"):
            return number + 1
    if parameters:
        raise InputError(
            Problem(name, "no cell has the tag 'parameters'", do="tag the code cell that sets release_folder")
        )
    return None


def _assignments(parameters: dict[str, Any]) -> str:
    return "\n".join(["# Injected parameters", *(f"{key} = {value!r}" for key, value in parameters.items())])


def _evaluate(client: Any, wanted: list[str], name: str, where: str) -> list[dict[str, Any]]:
    asked = {str(place): expression for place, expression in enumerate(wanted)}
    message = client.kc.execute("", silent=False, store_history=False, user_expressions=asked)
    reply = client.wait_for_reply(message)["content"]["user_expressions"]
    problems = [
        _fault(name, where, reply[place]["ename"], reply[place]["evalue"], f"`{{python}} {expression}`")
        for place, expression in asked.items()
        if reply[place]["status"] != "ok"
    ]
    if problems:
        raise InputError(problems)
    return [{"expression": expression, "result": reply[place]} for place, expression in asked.items()]


def _fault(name: str, where: str, kind: str, text: str, code: str) -> Problem:
    """Say what failed. A notebook reads released files only, so the exception's own words may be shown."""
    text = _VIEW.sub("", _ANSI.sub("", str(text))).strip()
    if kind == "KeyError":
        text = text.strip("\"'")
    line = code.strip().splitlines()[-1].strip() if code.strip() else ""
    shown = f" at {line}" if line and line.startswith("`") else ""
    return Problem(name, f"{kind}{shown}: {text}", where, do="mend the cell, or open the notebook in JupyterLab")


def _stable(outputs: list[Any], name: str, where: str) -> list[dict[str, Any]]:
    """Drop what differs between runs: counters, timings, plain text beside richer forms, random table ids."""
    kept: list[dict[str, Any]] = []
    for output in outputs:
        item = json.loads(json.dumps(output))
        item.pop("execution_count", None)
        item.pop("transient", None)
        if item["output_type"] == "stream" and kept and kept[-1].get("name") == item["name"]:
            kept[-1]["text"] += item["text"]
            continue
        data = item.get("data", {})
        if any(kind in data for kind in _RICH):
            data.pop("text/plain", None)
        elif _ADDRESS.search(data.get("text/plain", "")):
            raise InputError(
                Problem(
                    name,
                    "the cell's value has no form that can be published",
                    where,
                    do="end the cell with a table, a figure or text, or put a semicolon after the last line",
                )
            )
        if "text/html" in data:
            data["text/html"] = _numbered_ids(data["text/html"])
        kept.append(item)
    return kept


def _numbered_ids(html: str) -> str:
    """Replace the random ids that great_tables and the pandas Styler draw."""
    found = re.findall(r'<div id="([a-z]{10})" style="padding-left', html) + re.findall(
        r'<table id="(T_[0-9a-f]{5})"', html
    )
    for number, identifier in enumerate(dict.fromkeys(found)):
        html = html.replace(identifier, f"table-{number}")
    return html


def _no_traces(results: dict[str, Any], name: str, paths: list[Any], versions: list[str]) -> None:
    """Refuse outputs that hold a folder of this machine, or the code version, which kept outputs would get wrong."""
    text = json.dumps(results, ensure_ascii=False)
    for path in paths:
        absolute = isinstance(path, str) and len(path) > 1 and os.path.isabs(path)
        if absolute and re.search(re.escape(path) + r"(?![\w-])", text):
            message = "a folder of this machine stands in the output of a cell"
            raise InputError(Problem(name, message, do="print the file's name only"))
    if any(version in text for version in versions):
        do = "write {{< meta code_version >}} in a Markdown cell"
        raise InputError(Problem(name, "the code version stands in the output of a cell", do=do))


def _fill_in(notebook: Any, results: Any, parameters: dict[str, Any]) -> None:
    """Put outputs and inline values into the notebook, and the injected cell with paths cut to their last part."""
    import nbformat

    outputs, values = iter(results["outputs"]), iter(results["values"])
    count = 0
    place = None
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            count += 1
            cell.execution_count = count
            cell.outputs = [nbformat.from_dict(item) for item in next(outputs)]
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = count
            if place is None and source.has_tag(cell, "parameters"):
                place = number + 1
        elif cell.cell_type == "markdown" and source.expressions(cell.source):
            cell.metadata["user_expressions"] = next(values)
    if place is not None and parameters:
        short = {key: Path(v).name if isinstance(v, str) and os.path.isabs(v) else v for key, v in parameters.items()}
        injected = nbformat.v4.new_code_cell(_assignments(short), id="injected-parameters")
        injected.metadata["tags"] = ["injected-parameters"]
        notebook.cells.insert(place, injected)
    notebook.metadata["language_info"] = {"name": "python"}
