"""Pages that are generated, so that they cannot disagree with what they describe.

``config/README.md`` comes from the config's schema and the method defaults, ``config/guide/tables.md`` from the table
schemas, ``config/guide/verbs.md`` from the verbs' table, the conda files from the lock file:
``envs/genequity.yaml`` for ``snakemake --sdm conda``, ``envs/environment.yml`` for a whole environment.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml

from genequity import config, files, tables, verbs
from genequity.config import ROOT

LOCK = "envs/requirements.txt"
# Name on PyPI -> name in conda's channels where it differs; None: not there as such, pip installs it.
CONDA_NAMES = {
    "connection-pool": "connection_pool",
    "duckdb": "python-duckdb",
    "et-xmlfile": "et_xmlfile",
    "fastjsonschema": "python-fastjsonschema",
    "interface-meta": "interface_meta",
    "ipython-pygments-lexers": "ipython_pygments_lexers",
    "jupyter-client": "jupyter_client",
    "jupyter-core": "jupyter_core",
    "jupyterlab-pygments": "jupyterlab_pygments",
    "matplotlib": "matplotlib-base",
    "pure-eval": "pure_eval",
    "pypandoc-binary": None,
    "smart-open": "smart_open",
    "snakemake": "snakemake-minimal",
    "stack-data": "stack_data",
    "typing-extensions": "typing_extensions",
    "typst": None,
    "tzdata": "python-tzdata",
}
CONDA_PYTHON = "3.11"
# What the lock's conditions are asked about: the newest release of that Python, on Linux.
CONDA_PLATFORM = {
    "python_version": CONDA_PYTHON,
    "python_full_version": f"{CONDA_PYTHON}.99",
    "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
    "sys_platform": "linux",
    "platform_system": "Linux",
    "platform_machine": "x86_64",
    "os_name": "posix",
}
INTRODUCTION = """# Config reference

A study is one file. `make new STUDY=my-study` makes one of a page, with templates beside it; `config/config.yaml` is
the demonstration, complete. Run either with `make report STUDY=…`. Keys that are not listed here are an error that
names the nearest known one. Settings under `methods` have neutral defaults in `config/defaults.yaml`; your file
overrides them one by one. A strand that is left out, or set to `null`, is off, and the report says so in a sentence.

Paths are absolute, or count from the folder you run from, or from the file's own folder where it says
`paths_from: study`; `${GENEQUITY}` in a path is this repository. Nothing of a study has to live here. Tables that
people write may be CSV or Excel (`.xlsx`).

This page is generated (`make docs`) from `workflow/schemas/config.schema.yaml` and `workflow/schemas/config/`.
"""
TABLES = """# Tables

Every table that a build writes and that has a schema: those in `results/release/` as they were released, those in
`results/restricted/` before. A blank cell of a released table has its reason in a last column `suppressed`; tables of a
synthetic study have a column `data` that says so.

This page is generated (`make docs`) from `workflow/schemas/tables/`.
"""
VERBS = """# Verbs

`make <verb>` and `python -m genequity <verb>` do the same. Options of `make` are written in capitals, as in
`make report STUDY=my-study`; those below are for `python -m genequity`.

This page is generated (`make docs`) from `workflow/lib/genequity/verbs.py`.
"""


def pages() -> dict[str, str]:
    """Return the generated pages: path from the repository's root -> text."""
    return {
        "config/README.md": config_reference(),
        "config/guide/tables.md": tables_reference(),
        "config/guide/verbs.md": verbs_reference(),
        "envs/genequity.yaml": conda_file(),
        "envs/environment.yml": conda_environment(),
    }


def config_reference() -> str:
    """Return the config reference as Markdown."""
    schema = config.schema()
    defaults = yaml.safe_load(config.DEFAULTS.read_text(encoding="utf-8")) or {}
    parts = [INTRODUCTION]
    for name, entry in schema["properties"].items():
        need = "needed" if name in schema["required"] else "may be left out"
        parts.append(f"\n## `{name}`\n\n{entry.get('description', '')} ({need})\n")
        if entry.get("properties"):
            parts.append("| setting | meaning | type | default |\n|---|---|---|---|")
            parts += list(_rows(entry, defaults.get(name, {})))
    return "\n".join(parts) + "\n"


def tables_reference() -> str:
    """Return the reference of all tables as Markdown: what a row is, the key, each column with type and unit."""
    parts = [TABLES]
    strand = ""
    for name, table in tables.schemas().items():
        if name.split("/")[0] != strand:
            strand = name.split("/")[0]
            parts.append(f"\n## {strand.capitalize()}\n")
        parts.append(f"### `{name}`\n\n{table.title}. One row is {table.row}; key: {', '.join(table.key)}.\n")
        parts.append("| column | meaning | type | unit |\n|---|---|---|---|")
        for column in table.columns.values():
            meaning = column.description.replace("|", "\\|")
            parts.append(f"| `{column.name}` | {meaning} | {column.type} | {column.unit} |")
        parts.append("")
    return "\n".join(parts)


def verbs_reference() -> str:
    """Return the reference of all verbs as Markdown: what each does and its options."""
    parts = [VERBS]
    for name, (_, sentence, options) in sorted(verbs.VERBS.items()):
        parts.append(f"\n## `{name}`\n\n{sentence[0].upper()}{sentence[1:]}.\n")
        if options:
            parts.append("| option | meaning |\n|---|---|")
            parts += [f"| `{flag}` | {entry.get('help', '')} |" for flag, entry in options.items()]
    return "\n".join(parts) + "\n"


def _rows(entry: dict[str, Any], defaults: Any, prefix: str = "") -> Iterator[str]:
    required = entry.get("required", [])
    for name, item in entry.get("properties", {}).items():
        path = f"{prefix}{name}"
        default = defaults.get(name) if isinstance(defaults, dict) else None
        shown = "" if default is None or isinstance(default, dict) else f"`{json.dumps(default, ensure_ascii=False)}`"
        if name in required and not shown:
            shown = "(needed)"
        meaning = item.get("description", "").replace("|", "\\|")
        yield f"| `{path}` | {meaning} | {_type(item)} | {shown} |"
        yield from _rows(item, default, f"{path}.")
        if isinstance(item.get("items"), dict):
            yield from _rows(item["items"], None, f"{path}[].")


def _type(item: dict[str, Any]) -> str:
    if "enum" in item:
        return ", ".join(f"`{value}`" for value in item["enum"])
    kind = item.get("type", "")
    kind = " or ".join(kind) if isinstance(kind, list) else kind
    if kind == "array":
        return f"list of {item.get('items', {}).get('type', 'values')}"
    return {"object": "settings", "string": "text"}.get(kind, kind)


def locked() -> dict[str, str]:
    """Return package -> version of the run-time lock, for the Python and platform of the conda files."""
    from packaging.markers import Marker

    text = (ROOT / LOCK).read_text(encoding="utf-8")
    versions: dict[str, str] = {}
    for found in re.finditer(r"^([\w.-]+)==([\w.+!]+)(?: *; *(.*?))? \\$", text, flags=re.MULTILINE):
        name, version, marker = found.groups()
        if not marker or Marker(marker).evaluate(CONDA_PLATFORM):
            versions[name] = version
    return versions


def conda_file() -> str:
    """Return the conda file of the rules: the lock's versions of what ``pyproject.toml`` asks for directly."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    versions = locked()
    asked = [*project["dependencies"], *project["optional-dependencies"]["report"]]
    wanted = {re.split(r"[<>=!~\[ ]", text, maxsplit=1)[0].lower() for text in asked}
    lines = [
        "# Generated from the lock file (make docs) for sites that use conda: snakemake --sdm conda.",
        "# Its versions are checked against the lock; whether a channel can solve it was not tested.",
        "channels: [conda-forge, bioconda]",
    ]
    return "\n".join([*lines, *_dependencies({name: versions[name] for name in wanted})]) + "\n"


def conda_environment() -> str:
    """Return the environment file for sites that use conda: every package of the lock, in its version."""
    lines = [
        f"# Generated from {LOCK} (make docs), and checked against it by a test. It was not solved here: no channel",
        "# could be asked, so whether one has every version, and under these names, is not known. Where solving fails,",
        f"# make an environment of python={CONDA_PYTHON} alone, and in it run",
        f"#   pip install --require-hashes --no-deps -r {LOCK}",
        "# In either environment, then: pip install --no-deps -e . (config/guide/run-on-a-cluster.md).",
        "name: genequity",
        "channels: [conda-forge, bioconda]",
    ]
    return "\n".join([*lines, *_dependencies(locked())]) + "\n"


def _dependencies(versions: dict[str, str]) -> list[str]:
    pip = sorted(name for name in versions if CONDA_NAMES.get(name, name) is None)
    conda = sorted((CONDA_NAMES.get(name, name), version) for name, version in versions.items() if name not in pip)
    return [
        *("dependencies:", f"  - python={CONDA_PYTHON}", "  - pip"),
        *(f"  - {name}={version}" for name, version in conda),
        *("  - pip:", *(f"      - {name}=={versions[name]}" for name in pip)),
    ]


def main() -> None:
    """Write the pages and say which."""
    for path, text in pages().items():
        files.write_text(ROOT / path, text)
        print(f"wrote {path}")


if __name__ == "__main__":
    main()
