"""Consensus of the panel by item, round and side; tables without rows before there is a panel.

Method and source: see genequity.recommendations.consensus.
"""


def main(
    register: str,
    votes: str,
    panel: str,
    panel_groups: str,
    rounds: str,
    decisions: str,
    rule: str,
    *,
    consensus_rule: str,
    high_share: float,
    low_share: float,
    panel_members: str | None = None,
    panel_items: str | None = None,
    panel_ratings: str | None = None,
) -> None:
    import pandas as pd

    from genequity import tables
    from genequity.errors import raise_if
    from genequity.recommendations import consensus, panel as room

    files = {"panel_members": panel_members, "panel_items": panel_items, "panel_ratings": panel_ratings}
    raise_if(room.incomplete(files))
    known = tables.read(register, "recommendations/register")["recommendation"]
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
    tables.write(found["panel"], panel, "recommendations/panel")
    tables.write(found["panel_groups"], panel_groups, "recommendations/panel_groups")
    tables.write(found["rounds"], rounds, "recommendations/rounds")
    tables.write(found["decisions"], decisions, "recommendations/decisions")
    tables.write(rules, rule, "recommendations/rule")


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
