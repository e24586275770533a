"""Consensus of the panel under the declared rule (tables without rows before there is a panel), and the trace.

Method and source: see genequity.recommendations.analysis and genequity.recommendations.trace.
"""


def main(
    register: str,
    findings: str,
    themes: str,
    votes: str,
    panel: str,
    panel_groups: str,
    rounds: str,
    decisions: str,
    stability: str,
    attrition: str,
    breadth: str,
    sensitivity: str,
    rule: str,
    rule_changes: str,
    accord: str,
    comments: str,
    trace: str,
    tally: str,
    sheets: str,
    panel_comments: str,
    names_file: list,
    lists: list,
    *,
    section: dict,
    study: dict,
    seed: int,
    panel_members: str | None = None,
    panel_items: str | None = None,
    panel_ratings: str | None = None,
    panel_population: str | None = None,
    consensus_declaration: str | None = None,
) -> None:
    import pandas as pd

    from genequity import attribution, authored, identifiers, seeds, tables
    from genequity.errors import raise_if
    from genequity.recommendations import analysis, handed_back
    from genequity.recommendations import panel as room
    from genequity.recommendations import register as written
    from genequity.recommendations import trace as way
    from genequity.recommendations import votes as cast

    files = {"panel_members": panel_members, "panel_items": panel_items, "panel_ratings": panel_ratings}
    raise_if(room.incomplete(files))
    entries = tables.read(register, "recommendations/register")
    people, items = pd.DataFrame(columns=list(room.MEMBERS)), pd.DataFrame(columns=list(room.ITEMS))
    given, found = pd.DataFrame(columns=list(cast.RATINGS)), analysis.of_nobody(section)
    if panel_ratings:
        people = room.members(panel_members, *analysis.study_groups(study))
        items = room.items(panel_items, entries["recommendation"])
        raise_if(written.unrated(entries, items, panel_items))
        given = cast.read(panel_ratings, people, items, section.get("votes"))
        raise_if(cast.unvoted(given, items, panel_ratings))
        found = analysis.of_panel(given, people, items, entries, section, study)
    said = pd.DataFrame(columns=list(tables.schema("recommendations/comments").columns))
    if panel_ratings:  # sheets for panellists carry comments, whether or not they are released
        refused = identifiers.names(names_file[0] if names_file else None)
        raise_if(
            identifiers.problems(room.comment_texts(given, panel_ratings), "a panel comment", refused, spoken=True)
        )
    if section["methods"]["release_comments"] and panel_ratings:
        drawn_from = attribution.population(panel_population, [room.GROUP], {room.GROUP: list(people[room.GROUP])})
        least = attribution.threshold(study["profile"], section["methods"]["least_k"])
        said = room.comments(given, items, people, drawn_from, least, seeds.generator(seed, "recommendations_comments"))
    handed_back.sheets(given, items, sheets, study["watermark"], seeds.generator(seed, "recommendations_sheets"))
    handed_back.for_coding(given, people, authored.cells(themes), panel_comments, "Comments of the panel")
    tables.write(given, votes)
    tables.write(said, comments, "recommendations/comments")
    out = {
        **{"panel": panel, "panel_groups": panel_groups, "rounds": rounds, "decisions": decisions},
        **{"stability": stability, "attrition": attrition, "breadth": breadth, "sensitivity": sensitivity},
        **{"rule": rule, "rule_changes": rule_changes, "accord": accord},
    }
    for name, path in out.items():
        tables.write(found[name], path, f"recommendations/{name}")
    rated, decided = tables.read(panel, "recommendations/panel"), tables.read(decisions, "recommendations/decisions")
    traced = way.trace(entries, tables.read(findings, "synthesis/register"), rated, decided)
    tables.write(traced, trace, "recommendations/trace")
    tables.write(way.tally(entries, traced, decided), tally, "recommendations/tally")


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
