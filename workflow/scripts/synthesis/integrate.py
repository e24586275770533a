"""Findings of all strands in one register, each traced to its released row; joint display, convergence, silences.

See genequity.synthesis.
"""


def main(
    findings: list[str],
    tables: list[str],
    themes: str,
    register: str,
    display: str,
    convergence: str,
    silences: str,
    silence_kinds: str,
    tally: str,
    *,
    supplied: list[str],
    national: str,
    explanations: str | None = None,
) -> None:
    from genequity import findings as contract
    from genequity import tables as store
    from genequity.synthesis import convergence as pairs
    from genequity.synthesis import inputs
    from genequity.synthesis import silences as quiet
    from genequity.synthesis.display import joint_display
    from genequity.synthesis.register import gather, read_tables
    from genequity.synthesis.tally import tally as count

    of_study = inputs.themes(themes)
    ids = list(of_study["theme"])
    store.write(gather(contract.read(findings), read_tables(tables), ids, supplied), register, "synthesis/register")
    gathered = store.read(register, "synthesis/register")
    written = inputs.explanations(explanations, ids)
    side_by_side = joint_display(gathered, of_study, supplied)
    coded = pairs.convergence(gathered, of_study, supplied, written, national)
    found = quiet.silences(gathered, of_study, supplied)
    store.write(side_by_side, display, "synthesis/display")
    store.write(coded, convergence, "synthesis/convergence")
    store.write(found, silences, "synthesis/silences")
    store.write(quiet.kinds(found, supplied), silence_kinds, "synthesis/silence_kinds")
    store.write(count(gathered, side_by_side, coded, found, written), tally, "synthesis/tally")


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
