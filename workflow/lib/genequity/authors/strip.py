"""Keep notebooks as they are tracked: no outputs, no counters, nothing of the program that saved them.

JupyterLab calls :func:`before_saving` (see ``jupyter_server_config.py``), so that a saved notebook holds what its
author wrote and nothing else; for other editors ``genequity lint --strip`` does the same. Standard library only.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

KEPT = ("tags",)  # metadata of a cell that belong to its author
_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def stripped(notebook: dict[str, Any], metadata: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return a notebook without what execution and editors add.

    Parameters
    ----------
    notebook : dict
        The JSON of a notebook.
    metadata : dict, optional
        The notebook's metadata as they are tracked; without it, the kernel is Python 3.
    """
    cells = []
    for cell in notebook["cells"]:
        tags = cell.get("metadata", {}).get("tags", [])
        if "injected-parameters" in tags:
            continue
        own = {key: value for key, value in cell.get("metadata", {}).items() if key in KEPT and value}
        if cell["cell_type"] == "code":
            own = {**cell, "metadata": own, "outputs": [], "execution_count": None}
        else:
            own = {**cell, "metadata": own}
        cells.append({key: value for key, value in own.items() if key != "attachments" or value})
    if metadata is None:
        metadata = {"kernelspec": _KERNEL}
        if "language_info" in notebook.get("metadata", {}):
            metadata["language_info"] = {"name": "python"}
    return {**notebook, "cells": cells, "metadata": metadata}


def is_clean(notebook: dict[str, Any]) -> bool:
    """Whether a notebook holds no outputs, counters or inline values."""
    return not any(
        cell.get("outputs")
        or cell.get("execution_count") is not None
        or cell.get("metadata", {}).get("user_expressions")
        or "injected-parameters" in cell.get("metadata", {}).get("tags", [])
        for cell in notebook["cells"]
    )


def file(path: str | Path) -> bool:
    """Strip a notebook's file; return whether it held something to strip."""
    path = Path(path)
    text = path.read_text(encoding="utf-8")
    notebook = json.loads(text)
    if is_clean(notebook):
        return False
    from genequity.files import write_text

    write_text(path, json.dumps(stripped(notebook), indent=1, ensure_ascii=False) + "\n")
    return True


def before_saving(model: dict[str, Any], path: str, contents_manager: Any, **_: Any) -> None:
    """Strip what Jupyter is about to save; the metadata on disk stay as they are."""
    if model.get("type") != "notebook" or model["content"].get("nbformat") != 4:
        return
    try:
        kept = json.loads(Path(contents_manager._get_os_path(path)).read_text(encoding="utf-8"))["metadata"]
    except (OSError, ValueError, KeyError):
        kept = None
    clean = stripped(json.loads(json.dumps(model["content"])), kept)
    for key, value in clean.items():
        if key == "cells":
            # The cells are objects of Jupyter's own, which it checks before it writes: they are changed in place.
            model["content"]["cells"] = [type(model["content"])(cell) for cell in value]
        elif key == "metadata":
            model["content"]["metadata"] = type(model["content"])(value)
