"""The whole config of a build as a page: what the study says, and which values are method defaults.

Paths stand as the study writes them, so the page is the same on every machine. It is itself a valid config.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from genequity import config

HEAD = """\
# The whole configuration of this build: what the study's file says, with the method defaults filled in.
# A line that ends in "# default" comes from config/defaults.yaml; every other line from the study.
"""
DEFAULT = "# default"
EVERYTHING, NOTHING = "all of it from the study", "all of it defaults"


def text(stated: Mapping[str, Any]) -> str:
    """Return the page.

    Parameters
    ----------
    stated : mapping
        What the study's file says, with single settings of the command line put over it.
    """
    own = json.loads(json.dumps(stated))  # plain dicts and lists, whatever read the file
    whole = config.filled(own)
    lines = [HEAD]
    for section in sorted(whole):
        lines += [f"# {section}: {_origin(whole[section], own.get(section), section in own)}"]
        lines += [*_lines(section, whole[section], own.get(section), section in own, 0), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _origin(whole: Any, own: Any, said: bool) -> str:
    """Say which settings of a section are the study's and which defaults."""
    if not said:
        return NOTHING if whole is not None else "not supplied"
    mine, default = [], []
    for name, is_own in _parts(whole, own, True, ""):
        (mine if is_own else default).append(name)
    if not default:
        return EVERYTHING
    return f"from the study: {', '.join(mine) or 'nothing'}; defaults: {', '.join(default)}"


def _parts(whole: Any, own: Any, said: bool, name: str) -> list[tuple[str, bool]]:
    """Return the settings below a name and whether each is the study's; those of one origin under their common name."""
    if not isinstance(whole, Mapping) or not whole or (said and not isinstance(own, Mapping)):
        return [(name, said)]
    found = [
        part
        for key in sorted(whole, key=str)
        for part in _parts(
            whole[key],
            own.get(key) if isinstance(own, Mapping) else None,
            said and isinstance(own, Mapping) and key in own,
            f"{name}.{key}".lstrip("."),
        )
    ]
    origins = {is_own for _, is_own in found}
    return [(name, origins.pop())] if len(origins) == 1 and name else found


def _lines(key: Any, whole: Any, own: Any, said: bool, depth: int) -> Iterator[str]:
    indent = "  " * depth
    if isinstance(whole, Mapping) and whole:
        yield f"{indent}{_one_line(key)}:"
        for inner in sorted(whole, key=str):
            mine = own.get(inner) if isinstance(own, Mapping) else None
            known = said and isinstance(own, Mapping) and inner in own
            yield from _lines(inner, whole[inner], mine, known, depth + 1)
        return
    yield f"{indent}{_one_line(key)}: {_one_line(whole)}{'' if said else f'  {DEFAULT}'}"


def _one_line(value: Any) -> str:
    if isinstance(value, str) and "\n" in value:
        return json.dumps(value, ensure_ascii=False)
    return yaml.safe_dump(value, sort_keys=True, allow_unicode=True, width=10**6, default_flow_style=True).splitlines()[
        0
    ]
