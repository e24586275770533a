"""One page for each organisation that is asked to act: what, by when, how it is measured, and why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genequity.numbers import say
from genequity.packs import graph as g
from genequity.packs.graph import Graph, Node
from genequity.publish import sheet
from genequity.publish.shared import long_date
from genequity.publish.summary import plain

if TYPE_CHECKING:
    from genequity.notebook import Release

# What a page has room for, in lines of text: actions, findings and log; fewer findings when actions take more.
LINES, LEAST_LINES, MOST_ENTRIES = 29, 4, 3
LETTERS, LETTERS_OF_ACTION, LETTERS_OF_MEASURE = 98, 42, 26  # in a line of text, and of the table's columns
TRACE, TRACKER = "../trace.html", "../action-tracker.xlsx"
NOT_RATED = "not put to the panel"


def slug(name: str) -> str:
    """Return the file name of an organisation's page.

    >>> slug("Regional genomic service A"), slug("NIHR: research & training")
    ('regional-genomic-service-a', 'nihr-research-training')
    """
    return re.sub(r"[^\w]+", "-", name.casefold()).strip("-_")


def addressed(graph: Graph) -> dict[str, list[Node]]:
    """Return the recommendations of each organisation that is asked to act, in alphabetical order."""
    found: dict[str, list[Node]] = {}
    for node in graph.of(g.RECOMMENDATION):
        found.setdefault(node.cells["organisation"], []).append(node)
    return {name: found[name] for name in sorted(found)}


def write(graph: Graph, release: Release, study: Mapping[str, Any], folder: str) -> None:
    """Write the page of each organisation as HTML and Word.

    Parameters
    ----------
    graph : Graph
        Of the release, without problems.
    release : Release
        The open release, whose tables are accessible.
    study : mapping
        ``study.json``.
    folder : str
        Two files an organisation: ``<name>.html`` and ``<name>.docx``.
    """
    Path(folder).mkdir(parents=True, exist_ok=True)

    def one(name: str, mine: list[Node]) -> None:
        text = "\n".join(_page(graph, release, mine))
        made = sheet.document(text, study, name=f"the page of {name}", title=f"For {name}")
        sheet.write(made, {form: str(Path(folder) / f"{slug(name)}.{form}") for form in ("html", "docx")})

    with ThreadPoolExecutor(2) as pool:  # pandoc works outside of Python
        done = [pool.submit(one, name, mine) for name, mine in addressed(graph).items()]
    for page in done:
        page.result()


def _page(graph: Graph, release: Release, mine: list[Node]) -> Iterator[str]:
    many = len(mine) > 1
    asked = f"{len(mine)} actions" if many else "one action"
    yield (
        f"This study asks you, and nobody else, for {asked}. "
        f"The evidence below is the part that concerns {'them' if many else 'it'}.\n"
    )
    yield "## What you are asked to do\n"
    yield sheet.table(_asked(graph, release, mine))
    yield "## Why\n"
    findings = list(_in_turn([graph.below(node.key, g.FINDING) for node in mine]))
    entries = list(_in_turn([graph.below(node.key, g.CO_DESIGN) for node in mine]))[:MOST_ENTRIES]
    if sum(map(_height, mine)) > LINES - 2 * LEAST_LINES:
        entries = entries[:1]
    taken = sum(map(_height, mine)) + sum(_lines(entry.cells["did"], LETTERS) + 0.5 for entry in entries)
    room = max(_room(findings, max(LINES - taken, LEAST_LINES)), _covering(graph, mine, findings))
    for found in findings[:room]:
        tops = [node for node in mine if (node.key, found.key) in graph.edges]
        yield f"- {', '.join(plain(top.id) for top in tops)}: {plain(found.text)}"
    rest = len(findings) - room
    more = f"{rest} more findings stand" if rest > 1 else "One more finding stands" if rest == 1 else "All of it stands"
    yield f"\n{more}, with rows, quotations and inputs, in the [way to the evidence]({TRACE}#{mine[0].id}).\n"
    if entries:
        yield "## Who helped to shape it\n"
    for entry in entries:
        cells = entry.cells
        yield (
            f"- {long_date(cells['date'])}, {plain(cells['activity'].lower())}: {plain(cells['with_whom'])}. "
            f"What changed: {plain(cells['did'])}."
        )
    yield "\n## How to answer\n"
    yield (
        f"Your rows stand in the [action tracker]({TRACKER}). Say who leads, how far you are, and where this can be "
        "seen. If you do not accept an action, say why: that is an answer too.\n"
    )


def _room(findings: list[Node], lines: float) -> int:
    """Return how many of the findings fit into so many lines; at least one."""
    used = 0
    for place, found in enumerate(findings):
        used += _lines(found.text, LETTERS)
        if used > lines:
            return max(place, 1)
    return len(findings)


def _covering(graph: Graph, mine: list[Node], findings: list[Node]) -> int:
    """Return how many of the findings, in turn, it takes until each action that has findings shows one."""
    waiting = {node.key for node in mine if graph.below(node.key, g.FINDING)}
    for place, found in enumerate(findings, 1):
        waiting -= {key for key in waiting if (key, found.key) in graph.edges}
        if not waiting:
            return place
    return len(findings)


def _lines(words: str, letters: int) -> int:
    return -(-len(words) // letters)


def _height(node: Node) -> float:
    """Return how many lines of text a recommendation's row of the table takes; its type is smaller."""
    cells = _lines(deed(node), LETTERS_OF_ACTION), _lines(node.cells["measure"], LETTERS_OF_MEASURE)
    return 0.9 * max(cells) + 0.5


def deed(node: Node, graph: Graph | None = None) -> str:
    """Return what is to be done, for whom, with what, and after which others; a graph says what those are."""
    cells = node.cells
    asked = f"{cells['action']} {cells['what']}".rstrip(".")
    others = [_named(one.strip(), graph) for one in cells.get("depends_on", "").split(";") if one.strip()]
    needs = f" After: {'; '.join(others)}." if others else ""
    return f"{asked[:1].upper()}{asked[1:]}. For: {cells['for_whom']}. It takes: {cells['resources']}.{needs}"


def _named(name: str, graph: Graph | None) -> str:
    other = graph.nodes.get(f"{g.RECOMMENDATION}/{name}") if graph else None
    return f"{name} ({other.text}; {other.cells['organisation']})" if other else name


def _asked(graph: Graph, release: Release, mine: list[Node]) -> str:
    import pandas as pd

    rows = [
        {
            "id": node.id,
            "deed": deed(node, graph),
            "by": long_date(node.cells["by_when"]),
            "measure": node.cells["measure"],
            "panel": verdict(graph, node),
        }
        for node in mine
    ]
    labels = {"id": "No.", "deed": "Action", "by": "By", "measure": "Measured by", "panel": "Panel"}
    return str(release.show(pd.DataFrame(rows), labels))


def verdict(graph: Graph, node: Node) -> str:
    """Return what the panel made of a recommendation in the last round of each of its items."""
    last = [vote for vote in graph.below(node.key, g.VOTE) if vote.cells["final"] == "true"]
    if not last:
        return NOT_RATED
    told = []
    for vote in last:
        share = vote.cells.get("share_high")
        high = f" ({say(float(share), 'proportion')} in favour)" if share else ""
        split = " with disagreement" if vote.cells.get("disagreement") == "true" else ""
        told.append(f"{vote.cells['decision']}{split}{high}")
    return "; ".join(dict.fromkeys(told))


def _in_turn(lists: Iterable[list[Node]]) -> Iterator[Node]:
    """Yield the first of each list, then the second of each, and so on; each node once."""
    lists, seen = list(lists), set()
    for place in range(max(map(len, lists), default=0)):
        for nodes in lists:
            if place < len(nodes) and nodes[place].key not in seen:
                seen.add(nodes[place].key)
                yield nodes[place]
