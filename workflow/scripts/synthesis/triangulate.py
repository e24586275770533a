"""Joint display, convergence codes and silences from the findings register. See genequity.synthesis."""


def main(
    register: str,
    themes: str,
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
    from genequity import tables
    from genequity.synthesis import convergence as pairs
    from genequity.synthesis import inputs
    from genequity.synthesis import silences as quiet
    from genequity.synthesis.display import joint_display
    from genequity.synthesis.tally import tally as count

    findings = tables.read(register, "synthesis/register")
    of_study = inputs.themes(themes)
    written = inputs.explanations(explanations, list(of_study["theme"]))
    side_by_side = joint_display(findings, of_study, supplied)
    coded = pairs.convergence(findings, of_study, supplied, written, national)
    found = quiet.silences(findings, of_study, supplied)
    tables.write(side_by_side, display, "synthesis/display")
    tables.write(coded, convergence, "synthesis/convergence")
    tables.write(found, silences, "synthesis/silences")
    tables.write(quiet.kinds(found, supplied), silence_kinds, "synthesis/silence_kinds")
    tables.write(count(findings, side_by_side, coded, found, written), tally, "synthesis/tally")


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
