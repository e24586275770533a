"""Check the Quarto part of a book against the closed schema of what both back ends understand."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from genequity.errors import Problem, nearest

SCHEMA = Path(__file__).parent / "assets" / "book.schema.yaml"


@cache
def _validator(part: str) -> Any:
    import yaml
    from jsonschema import Draft202012Validator

    whole = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    return Draft202012Validator({"$defs": whole["$defs"], "$ref": f"#/$defs/{part}"})


def problems(part: str, value: Any, file: str, where: str = "") -> list[Problem]:
    """Return what a ``project``, ``front`` or ``cell`` mapping holds that is not supported."""
    found = []
    for error in sorted(_validator(part).iter_errors(value), key=lambda error: list(map(str, error.path))):
        place = ".".join(map(str, error.path))
        if error.validator == "additionalProperties":
            known = list(error.schema["properties"])
            for key in [key for key in error.instance if key not in known]:
                message = f"'{key}' is not supported{f' in {place}' if place else ''}.{nearest(str(key), known)}"
                found.append(Problem(file, message, where, expected=f"one of {', '.join(known)}"))
        else:
            found.append(Problem(file, f"{place or 'it'}: {error.message}", where))
    return found
