"""The trace as a table and as W3C PROV: the same graph for people who filter, and for programs."""

from __future__ import annotations

import csv
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from genequity import files
from genequity.packs import graph as g
from genequity.packs.graph import Graph, Node
from genequity.tables import MARK

COLUMNS = ("recommendation", "rests", "on", "kind", "id", "words", "file", "line", "sha256")
SOFTWARE, RUN = "software/genequity", "run"
# What made each kind of node, and the part of the study that did it where that is not the finding's own.
MADE = {g.RECOMMENDATION: "register", g.CO_DESIGN: "register", g.VOTE: "panel"}
JOINED, DECLARED = "synthesis", "primary"
INFORMS = {"evidence": ("policy",)}  # the focus of the evidence review comes from the policy review
CONTEXT = {
    "prov": "http://www.w3.org/ns/prov#",
    "dcterms": "http://purl.org/dc/terms/",
    "schema": "https://schema.org/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "Entity": "prov:Entity",
    "Activity": "prov:Activity",
    "Organization": "prov:Organization",
    "SoftwareAgent": "prov:SoftwareAgent",
    "Bundle": "prov:Bundle",
    "wasDerivedFrom": {"@id": "prov:wasDerivedFrom", "@type": "@id"},
    "wasGeneratedBy": {"@id": "prov:wasGeneratedBy", "@type": "@id"},
    "used": {"@id": "prov:used", "@type": "@id"},
    "wasAssociatedWith": {"@id": "prov:wasAssociatedWith", "@type": "@id"},
    "wasInformedBy": {"@id": "prov:wasInformedBy", "@type": "@id"},
    "value": "prov:value",
    "location": "prov:atLocation",
    "kind": "dcterms:type",
    "title": "dcterms:title",
    "identifier": "dcterms:identifier",
    "audience": {"@id": "dcterms:audience", "@type": "@id"},
    "available": {"@id": "dcterms:available", "@type": "xsd:date"},
    "issued": {"@id": "dcterms:issued", "@type": "xsd:date"},
    "version": "schema:version",
    "sha256": "schema:sha256",
}


def rows(graph: Graph, name: str) -> Iterator[tuple[Node, Node]]:
    """Yield each edge below a recommendation once: what rests, and what it rests on."""
    seen, waiting = set(), [f"{g.RECOMMENDATION}/{name}"]
    while waiting:
        key = waiting.pop(0)
        for node in graph.below(key):
            if (key, node.key) not in seen:
                seen.add((key, node.key))
                yield graph.nodes[key], node
                waiting.append(node.key)


def write_csv(graph: Graph, study: Mapping[str, Any], path: str) -> None:
    """Write one row an edge of each recommendation's way to its evidence.

    Parameters
    ----------
    graph : Graph
        Without problems.
    study : mapping
        ``study.json``; a synthetic study's rows say so.
    path : str
        The ``.csv`` file.
    """
    mark = {MARK: "SYNTHETIC"} if study.get("data") == "synthetic" else {}
    with files.writing(path) as part, part.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow([*COLUMNS, *mark])
        for top in graph.of(g.RECOMMENDATION):
            for high, low in rows(graph, top.id):
                file, _, line = low.place.partition("#")
                told = [top.id, high.key, low.key, low.kind, low.id, low.text, file, line, low.sha256]
                writer.writerow([*told, *mark.values()])


def write_prov(graph: Graph, study: Mapping[str, Any], path: str) -> None:
    """Write the graph as PROV-O in JSON-LD, with its context inside and no network needed to read it.

    Sources: PROV-O (W3C Recommendation, 30 April 2013); JSON-LD 1.1 (W3C Recommendation, 16 July 2020).

    Parameters
    ----------
    graph, study, path
        As for :func:`write_csv`.
    """
    files.write_json(path, prov(graph, study))


def prov(graph: Graph, study: Mapping[str, Any]) -> dict[str, Any]:
    """Return what :func:`write_prov` writes."""
    facts = [str(study.get(name, "")) for name in ("title", "date", "version", "code_version")]
    hashes = sorted(node.sha256 for node in graph.of(g.INPUT))
    base = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, chr(10).join([*facts, *hashes]))}#"
    context = {"@version": 1.1, RUN: {"@id": base, "@prefix": True}, **CONTEXT}
    whole = [
        {
            "@id": _iri("report"),
            "@type": ["Entity", "Bundle"],
            "title": study["title"],
            "issued": study["date"],
            "version": study.get("version", ""),
            **({"kind": study["watermark"]} if study.get("watermark") else {}),
        },
        {"@id": _iri(SOFTWARE), "@type": "SoftwareAgent", "title": "genequity", "version": study["code_version"]},
        *_activities(graph),
        *_organisations(graph),
        *(_entity(graph, node) for node in graph.nodes.values()),
    ]
    return {"@context": context, "@graph": whole}


def _iri(key: str) -> str:
    return f"{RUN}:{''.join(sign if sign.isalnum() or sign in '/.-_' else '-' for sign in key)}"


def _entity(graph: Graph, node: Node) -> dict[str, Any]:
    below = sorted({_iri(low) for high, low in graph.edges if high == node.key})
    found: dict[str, Any] = {
        "@id": _iri(node.key),
        "@type": "Entity",
        "kind": node.kind,
        "identifier": node.id,
        "value": node.text,
        "location": node.place,
    }
    if node.sha256:
        found["sha256"] = node.sha256
    if below:
        found["wasDerivedFrom"] = below
    if made := _maker(graph, node):
        found["wasGeneratedBy"] = _iri(f"activity/{made}")
    if node.kind == g.RECOMMENDATION:
        found["title"] = node.text
        found["value"] = f"{node.cells['action']} {node.cells['what']}"
        found["audience"] = _iri(f"organisation/{node.cells['organisation']}")
        found["available"] = node.cells["by_when"]
    return found


def _maker(graph: Graph, node: Node) -> str:
    """Return the activity that made a node; an input was made before the study's build."""
    if node.kind == g.INPUT:
        return ""
    return MADE.get(node.kind) or node.cells.get("strand") or node.place.split("/")[1]


def _activities(graph: Graph) -> Iterator[dict[str, Any]]:
    read = {node.text for node in graph.of(g.INPUT)}
    made = {made for node in graph.nodes.values() if (made := _maker(graph, node))}
    strands = sorted(made - set(MADE.values()))
    for name in sorted({*made, *({JOINED, DECLARED} & read)}):
        used = [node for node in graph.of(g.INPUT) if node.text in _reads(name)]
        found: dict[str, Any] = {
            "@id": _iri(f"activity/{name}"),
            "@type": "Activity",
            "title": f"{name} of the build",
            "wasAssociatedWith": _iri(SOFTWARE),
        }
        if used:
            found["used"] = [_iri(node.key) for node in used]
        informed = [one for one in INFORMS.get(name, ()) if one in strands]
        if name in MADE.values():
            informed = [*strands, *([JOINED] if JOINED in read else [])]
        elif name in (JOINED, DECLARED):
            informed = strands
        if informed:
            found["wasInformedBy"] = [_iri(f"activity/{one}") for one in informed]
        yield found


def _reads(name: str) -> tuple[str, ...]:
    if name in MADE.values():
        return ("recommendations",)
    return (name,) if name == DECLARED else (name, "study")


def _organisations(graph: Graph) -> Iterator[dict[str, Any]]:
    names = sorted({node.cells["organisation"] for node in graph.of(g.RECOMMENDATION)})
    for name in names:
        yield {"@id": _iri(f"organisation/{name}"), "@type": "Organization", "title": name}
