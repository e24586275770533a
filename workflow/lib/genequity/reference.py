"""Pages that are generated, so that they cannot disagree with what they describe.

``config/README.md`` comes from the config's schema and the method defaults, ``envs/genequity.yaml`` from the lock file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml

from genequity import config, files
from genequity.config import ROOT

LOCK = "envs/requirements.txt"
CONDA_NAMES = {"pypandoc-binary": None, "typst": None}  # no package of that name there: pip installs them
INTRODUCTION = """# Config reference

A study is one file. `config/config.yaml` is the demonstration, complete: copy it, change it, and run
`make report STUDY=my-study.yaml`. Keys that are not listed here are an error that names the nearest known one.
Settings under `methods` have neutral defaults in `config/defaults.yaml`; your file overrides them one by one.
A strand that is left out, or set to `null`, is off, and the report says so in a sentence. Paths are relative to the
folder you run from, or absolute; nothing of a study has to live inside this repository.

This page is generated (`make docs`) from `workflow/schemas/config.schema.yaml` and `workflow/schemas/config/`.
"""


def pages() -> dict[str, str]:
    """Return the generated pages: path from the repository's root -> text."""
    return {"config/README.md": config_reference(), "envs/genequity.yaml": conda_file()}


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
    """Return package -> version of the run-time lock, for this project's oldest Python."""
    text = (ROOT / LOCK).read_text(encoding="utf-8")
    versions: dict[str, str] = {}
    for found in re.finditer(r"^([\w.-]+)==([\w.]+)(?: *; *(.*?))? \\$", text, flags=re.MULTILINE):
        name, version, marker = found.groups()
        if marker and ">= '3.12'" in marker:
            continue
        versions.setdefault(name, version)
    return versions


def conda_file() -> str:
    """Return the conda file: the lock's versions of what ``pyproject.toml`` asks for directly."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    versions = locked()
    asked = [*project["dependencies"], *project["optional-dependencies"]["report"]]
    wanted = sorted(re.split(r"[<>=!~\[ ]", text, maxsplit=1)[0].lower() for text in asked)
    lines = [
        "# Generated from the lock file (make docs) for sites that use conda: snakemake --sdm conda.",
        "# Its versions are checked against the lock; whether a channel can solve it was not tested.",
        "channels: [conda-forge, bioconda]",
        "dependencies:",
        "  - python=3.12",
        "  - pip",
    ]
    pip = [name for name in wanted if CONDA_NAMES.get(name, name) is None]
    lines += [f"  - {name}={versions[name]}" for name in wanted if name not in pip]
    lines += ["  - pip:", *(f"      - {name}=={versions[name]}" for name in pip)]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the pages and say which."""
    for path, text in pages().items():
        files.write_text(ROOT / path, text)
        print(f"wrote {path}")


if __name__ == "__main__":
    main()
