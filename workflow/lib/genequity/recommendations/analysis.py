"""All tables of a panel that has voted, under the rule that was declared before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from genequity import attribution, authored
from genequity.errors import raise_if
from genequity.groups import Scheme
from genequity.recommendations import accord, attrition, breadth, consensus, declaration, panel, sensitivity, stability

if TYPE_CHECKING:
    import pandas as pd

TABLES = ("panel", "panel_groups", "rounds", "decisions", "stability", "attrition", "breadth", "sensitivity",
          "rule", "rule_changes", "accord")  # fmt: skip


def limits(methods: Mapping[str, Any]) -> dict[str, Any]:
    """Return the study's rule with its limits, as :mod:`genequity.recommendations.consensus` takes it."""
    return {"rule": methods["consensus_rule"], **{name: methods[name] for name in consensus.LIMITS}}


def study_groups(study: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Return the ethnic groups and the regions of a study; empty where it has no list of them."""
    lookup = (study.get("regions") or {}).get("lookup")
    regions = list(authored.read(lookup, ("code", "label"))["label"]) if lookup else []
    own = study["ethnicity"]
    return Scheme.read(own["scheme"]).groups(own["grouping"], valid_only=True), regions


def of_panel(
    votes: pd.DataFrame,
    people: pd.DataFrame,
    items: pd.DataFrame,
    register: pd.DataFrame,
    section: Mapping[str, Any],
    study: Mapping[str, Any],
) -> dict[str, pd.DataFrame]:
    """Compute the panel's tables.

    Parameters
    ----------
    votes, people, items : pandas.DataFrame
        As read.
    register : pandas.DataFrame
        The register, with ``organisation``.
    section : mapping
        ``recommendations`` of the complete config.
    study : mapping
        ``date, profile, ethnicity, regions, evidence`` of the study.

    Returns
    -------
    dict
        :data:`TABLES` by name.

    Raises
    ------
    InputError
        When the rule is not the declared one, or the panel is not broad enough and the study stops on it.
    """
    import pandas as pd

    methods, asked = section["methods"], section.get("breadth") or {}
    days = section.get("consensus")
    rule = declaration.settings(methods, asked)
    body = declaration.checked(section["inputs"].get("consensus_declaration"), days, rule, study["date"])
    least = attribution.threshold(study["profile"], methods["least_k"])
    of_sides = panel.sides(people, votes, least)
    chosen = limits(methods)
    rated = panel.results(votes, items, chosen)
    broad = breadth.check(people, asked, *study_groups(study))
    if asked.get("stops"):
        raise_if(breadth.problems(broad, section["inputs"]["panel_members"]))
    changed = declaration.changes(days)
    said = consensus.sentence(chosen["rule"], **{name: chosen[name] for name in consensus.LIMITS})
    found = {
        "panel": rated,
        "panel_groups": panel.by_group(votes, of_sides),
        "rounds": panel.rounds(votes, people, rated),
        "decisions": panel.decisions(rated),
        "stability": stability.between_rounds(votes, items, methods["stable_change"]),
        "attrition": attrition.compare(votes, of_sides),
        "breadth": broad,
        "sensitivity": sensitivity.table(votes, items, chosen),
        "rule_changes": changed,
        "rule": pd.DataFrame(
            [
                {"consensus_rule": chosen["rule"], **{name: chosen[name] for name in consensus.LIMITS}}
                | {"stable_change": methods["stable_change"], "sentence": said, "declared": body["declared"]}
                | {"first_vote": days["first_vote"], "n_changes": len(changed), "fingerprint": body["fingerprint"]}
            ]
        ),
    }
    written = declaration.sentence({"consensus_rule": chosen["rule"], **chosen}, changed)
    told = {"rule": written, "declared": body["declared"], "first_vote": days["first_vote"]}
    told |= {"evidence": study["evidence"], "commented": bool((votes["comment"].fillna("").str.strip() != "").any())}
    return found | {"accord": accord.filled(section.get("accord"), accord.facts(found, register, told))}


def of_nobody(section: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Return the same tables before there is a panel: without rows, but for the rule that will hold."""
    import pandas as pd

    from genequity import tables

    methods = section["methods"]
    chosen = limits(methods)
    said = consensus.sentence(chosen["rule"], **{name: chosen[name] for name in consensus.LIMITS})
    empty = {name: pd.DataFrame(columns=list(tables.schema(f"recommendations/{name}").columns)) for name in TABLES}
    row = {"consensus_rule": chosen["rule"], **{name: chosen[name] for name in consensus.LIMITS}}
    row |= {"stable_change": methods["stable_change"], "sentence": said, "n_changes": 0}
    return empty | {"rule": pd.DataFrame([row]).reindex(columns=list(empty["rule"].columns))}
