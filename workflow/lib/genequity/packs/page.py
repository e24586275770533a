"""The trace as one page to click through: from each recommendation to findings, released rows, leaves and inputs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from genequity.numbers import say
from genequity.packs import graph as g
from genequity.packs import leaves
from genequity.packs.graph import Graph, Node
from genequity.publish import html, sheet
from genequity.publish.shared import long_date
from genequity.publish.summary import plain

TITLE = "From recommendations to evidence"
HEADINGS = {
    leaves.QUOTATION: "Quotations released on this theme",
    leaves.PASSAGE: "Passages of policy documents",
    leaves.RESULT: "Study results that were pooled (rows of the forest plot)",
    leaves.STUDY: "Studies that raise the theme",
    leaves.QUESTION: "Question as it was asked",
}
COUNTED = {
    g.RECOMMENDATION: "Recommendations",
    g.FINDING: "Findings they cite",
    g.ROW: "Released rows behind these findings",
    leaves.QUOTATION: "Quotations",
    leaves.PASSAGE: "Passages of policy documents",
    leaves.RESULT: "Study results that were pooled",
    leaves.STUDY: "Studies that raise a theme",
    leaves.QUESTION: "Questions of the survey",
    g.VOTE: "Panel results, by item and round",
    g.CO_DESIGN: "Entries of the co-design log",
    g.INPUT: "Inputs of the study, by SHA-256",
}


def write(graph: Graph, study: Mapping[str, Any], path: str) -> None:
    """Write the page: one file, no network, no script.

    Parameters
    ----------
    graph : Graph
        Of the release, without problems.
    study : mapping
        ``study.json`` (:func:`genequity.publish.book.read_study`).
    path : str
        The ``.html`` file.
    """
    made = sheet.document("\n".join(_page(graph)), study, name="the trace page", title=TITLE)
    html.write(made, path, contents=True)


def anchor(node: Node) -> str:
    """Return the place of a node on the page.

    >>> anchor(Node("finding", "survey.trust.black", ""))
    'finding-survey.trust.black'
    """
    name = "".join(sign if sign.isalnum() or sign in ".-" else "-" for sign in node.id)
    return name if node.kind == g.RECOMMENDATION else f"{node.kind.replace(' ', '-')}-{name}"


def link(node: Node, words: str = "") -> str:
    """Return a link to a node."""
    return f"[{plain(words or node.id)}](#{anchor(node)})"


def _page(graph: Graph) -> Iterator[str]:
    yield from _opening(graph)
    yield "# Recommendations {#recommendations}\n"
    for node in graph.of(g.RECOMMENDATION):
        yield from _recommendation(graph, node)
    yield "# Findings {#findings}\n"
    for node in sorted(graph.of(g.FINDING), key=lambda found: found.id):
        yield from _finding(graph, node)
    entries = sorted(graph.of(g.CO_DESIGN), key=lambda found: found.id)
    if entries:
        yield "# Co-design log {#co-design}\n"
    for node in entries:
        yield from _entry(graph, node)
    yield "# Inputs {#inputs}\n"
    yield (
        "Each input has the setting of the config that names it, and the SHA-256 of its bytes. "
        "The same bytes give the same SHA-256; one changed letter gives another.\n"
    )
    for node in sorted(graph.of(g.INPUT), key=lambda found: found.id):
        yield f"- []{{#{anchor(node)}}}**{plain(node.id)}** (read by: {plain(node.text)})\\\n  `{node.sha256}`"
    yield ""


def _opening(graph: Graph) -> Iterator[str]:
    yield "# How to read this page {#how}\n"
    yield (
        "Each recommendation has links to the findings that it rests on, to the panel's votes and to the log of "
        "co-design. Each finding shows its row in a released table. From there the page shows what stands behind "
        "the row: quotations, passages, studies or questions, and the input files.\n"
    )
    yield (
        "Nothing here is new. Every word and number was released before, and small numbers are withheld here too. "
        "The build stops when any of these is missing, and names the recommendation.\n"
    )
    for kind, words in COUNTED.items():
        if found := graph.of(kind):
            yield f"- {words}: {len(found):,}"
    yield ""


def _recommendation(graph: Graph, node: Node) -> Iterator[str]:
    cells = node.cells
    yield f"## {plain(node.id)}. {plain(node.text)} {{#{anchor(node)}}}\n"
    deed = f"{cells['action']} {cells['what']}".rstrip(".")
    yield (
        f"**{plain(cells['organisation'])}** is asked to {plain(deed)}. For: {plain(cells['for_whom'])}. "
        f"By {long_date(cells['by_when'])}. Measure: {plain(cells['measure'])}. Support: {plain(cells['support'])}.\n"
    )
    yield f"*Where it stands:* {_file(node)}\n"
    yield "**Rests on these findings**\n"
    for found in graph.below(node.key, g.FINDING):
        yield f"- {link(found)}: {plain(found.text)}"
    yield ""
    entries = graph.below(node.key, g.CO_DESIGN)
    yield f"**Co-design:** {', '.join(link(entry) for entry in entries) if entries else 'no entry of the log'}\n"
    votes = graph.below(node.key, g.VOTE)
    read = {low.key: low for high in (node, *entries, *votes) for low in graph.below(high.key, g.INPUT)}
    own = [low for low in read.values() if low.text not in g.BEHIND_ALL]
    whole = [low for low in read.values() if low.text in g.BEHIND_ALL]
    if own:
        yield f"**Register, co-design and panel were read from:** {', '.join(map(link, own))}\n"
    if whole:
        yield f"**The whole study and the joining of its parts rest on:** {', '.join(map(link, whole))}\n"
    if not votes:
        yield "**Panel:** not put to the panel\n"
        return
    yield "**Panel, by released counts**\n"
    for vote in votes:
        yield f"- {_vote(vote)}"
    yield ""


def _vote(node: Node) -> str:
    cells = node.cells
    parts = [f"{plain(node.id)}: {plain(cells['decision'])}"]
    if cells.get("median"):
        high = say(float(cells["share_high"]), "proportion") if cells.get("share_high") else "withheld"
        parts.append(f"median {float(cells['median']):g}, {high} rated 7 to 9, n = {cells.get('n', 'withheld')}")
    return f"[]{{#{anchor(node)}}}{'; '.join(parts)}. {_file(node)}"


def _finding(graph: Graph, node: Node) -> Iterator[str]:
    cells = node.cells
    yield f"## {plain(node.id)} {{#{anchor(node)}}}\n"
    yield f"{plain(node.text)}\n"
    cited = [graph.nodes[high] for high, low in graph.edges if low == node.key]
    yield (
        f"Part: {plain(cells['strand'])}. Voice: {plain(cells['voice'])}. Certainty: {plain(cells['certainty'])}. "
        f"Cited by: {', '.join(link(top) for top in cited)}.\n"
    )
    for row in graph.below(node.key, g.ROW):
        yield f"**Released row:** {_file(row)}\n"
        yield '::: {.details summary="All cells of the row"}\n'
        yield "\n".join(f"- {plain(name)}: {plain(cell)}" for name, cell in row.cells.items())
        yield "\n:::\n"
        for kind, heading in HEADINGS.items():
            if found := graph.below(row.key, kind):
                yield from _behind(kind, heading, found)
    inputs = graph.below(node.key, g.INPUT)
    yield f"**Inputs:** {', '.join(link(found) for found in inputs)}\n"


def _behind(kind: str, heading: str, found: list[Node]) -> Iterator[str]:
    yield f"**{heading}** ({len(found)})\n"
    yield '::: {.details summary="Show them"}\n'
    for node in found:
        yield from _leaf(kind, node)
    yield "\n:::\n"


def _leaf(kind: str, node: Node) -> Iterable[str]:
    cells = node.cells
    if kind == leaves.QUOTATION:
        return [f"> {plain(node.text)}\n>\n> {plain(node.id)}, {plain(cells['attribution'])}\n"]
    if kind == leaves.PASSAGE:
        where = [cells["document"], cells.get("publisher", ""), cells.get("year", "")]
        where += [f"page {cells['page']}"] if cells.get("page") else []
        words = plain(node.text) if node.text else "No passage: the search log shows that nothing was found."
        return [f"> {words}\n>\n> {plain(', '.join(filter(None, where)))}\n"]
    if kind == leaves.RESULT:
        value = (
            f"{cells['estimate']} ({cells['ci_low']} to {cells['ci_high']})" if "estimate" in cells else "no estimate"
        )
        weight = f"; weight {cells['weight']}%" if cells.get("weight") else ""
        return [f"- {plain(cells['study'])}: {plain(cells['measure'])} {value}{weight}. {_file(node)}"]
    if kind == leaves.STUDY:
        rest = "; ".join(filter(None, [cells.get("design", ""), cells.get("country", ""), cells.get("year", "")]))
        return [f"- {plain(node.text)} ({plain(rest)}). {_file(node)}"]
    return [f"> {plain(node.text)}\n"]


def _entry(graph: Graph, node: Node) -> Iterator[str]:
    cells = node.cells
    cited = [graph.nodes[high] for high, low in graph.edges if low == node.key]
    yield f"## {plain(node.id)} {{#{anchor(node)}}}\n"
    yield f"{long_date(cells['date'])}, {plain(cells['activity'].lower())} with {plain(_lower(cells['with_whom']))}.\n"
    yield f"*You said:*\n\n> {plain(cells['said'])}\n"
    yield f"*We did:* {plain(cells['did'])}\n"
    yield f"*Named by:* {', '.join(link(top) for top in cited)}. {_file(node)}\n"


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]


def _file(node: Node) -> str:
    name, _, line = node.place.partition("#")
    return f"`{name}`, line {line}"
