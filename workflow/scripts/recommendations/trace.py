"""From each recommendation to findings, released rows, votes and co-design. See genequity.recommendations.trace."""


def main(register: str, findings: str, panel: str, decisions: str, trace: str, tally: str) -> None:
    from genequity import tables
    from genequity.recommendations import trace as way

    entries = tables.read(register, "recommendations/register")
    found = tables.read(findings, "synthesis/register")
    rated = tables.read(panel, "recommendations/panel")
    decided = tables.read(decisions, "recommendations/decisions")
    traced = way.trace(entries, found, rated, decided)
    tables.write(traced, trace, "recommendations/trace")
    tables.write(way.tally(entries, traced, decided), tally, "recommendations/tally")


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
