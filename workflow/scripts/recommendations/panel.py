"""Consensus of the panel by item, round and side (tables without rows before there is a panel), and the trace.

Method and source: see genequity.recommendations.consensus and genequity.recommendations.trace.
"""


def main(
    register: str,
    findings: str,
    votes: str,
    panel: str,
    panel_groups: str,
    rounds: str,
    decisions: str,
    rule: str,
    comments: str,
    trace: str,
    tally: str,
    names_file: list,
    *,
    consensus_rule: str,
    high_share: float,
    low_share: float,
    release_comments: bool,
    least_k: int,
    profile: str,
    seed: int,
    panel_members: str | None = None,
    panel_items: str | None = None,
    panel_ratings: str | None = None,
    panel_population: str | None = None,
) -> None:
    import pandas as pd

    from genequity import attribution, identifiers, seeds, tables
    from genequity.errors import raise_if
    from genequity.recommendations import consensus, panel as room
    from genequity.recommendations import trace as way

    files = {"panel_members": panel_members, "panel_items": panel_items, "panel_ratings": panel_ratings}
    raise_if(room.incomplete(files))
    entries = tables.read(register, "recommendations/register")
    known = entries["recommendation"]
    shares = {"high_share": high_share, "low_share": low_share}
    if panel_ratings:
        people, items = room.members(panel_members), room.items(panel_items, known)
        given = room.ratings(panel_ratings, people, items)
        rated = room.results(given, items, {"rule": consensus_rule, **shares})
        found = {
            "panel": rated,
            "panel_groups": room.by_group(given, people),
            "rounds": room.rounds(given, people, rated),
            "decisions": room.decisions(rated),
        }
    else:
        given = pd.DataFrame(columns=list(room.RATINGS))
        names = ("panel", "panel_groups", "rounds", "decisions")
        found = {name: pd.DataFrame(columns=list(tables.schema(f"recommendations/{name}").columns)) for name in names}
    said = consensus.sentence(consensus_rule, **shares)
    rules = pd.DataFrame([{"consensus_rule": consensus_rule, **shares, "sentence": said}])
    tables.write(given, votes)
    said = pd.DataFrame(columns=list(tables.schema("recommendations/comments").columns))
    if release_comments and panel_ratings:
        refused = identifiers.names(names_file[0] if names_file else None)
        raise_if(
            identifiers.problems(room.comment_texts(given, panel_ratings), "a panel comment", refused, spoken=True)
        )
        drawn_from = attribution.population(panel_population, [room.GROUP], {room.GROUP: list(people[room.GROUP])})
        least = attribution.threshold(profile, least_k)
        said = room.comments(given, items, people, drawn_from, least, seeds.generator(seed, "recommendations_comments"))
    tables.write(said, comments, "recommendations/comments")
    tables.write(found["panel"], panel, "recommendations/panel")
    tables.write(found["panel_groups"], panel_groups, "recommendations/panel_groups")
    tables.write(found["rounds"], rounds, "recommendations/rounds")
    tables.write(found["decisions"], decisions, "recommendations/decisions")
    tables.write(rules, rule, "recommendations/rule")
    rated, decided = tables.read(panel, "recommendations/panel"), tables.read(decisions, "recommendations/decisions")
    traced = way.trace(entries, tables.read(findings, "synthesis/register"), rated, decided)
    tables.write(traced, trace, "recommendations/trace")
    tables.write(way.tally(entries, traced, decided), tally, "recommendations/tally")


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
