"""Findings of all strands in one register, each traced to its released row; joint displays, convergence, silences.

See genequity.synthesis.
"""

from typing import Any


def main(
    findings: list[str],
    tables: list[str],
    themes: str,
    analysts: str,
    completeness: str,
    convergence: str,
    display: str,
    inferences: str,
    progress: str,
    register: str,
    reporting: str,
    silences: str,
    silence_kinds: str,
    step_barriers: str,
    step_gaps: str,
    tally: str,
    *,
    supplied: list[str],
    national: str,
    section: dict[str, Any],
    explanations: str | None = None,
    readings: str | None = None,
    meta_inferences: str | None = None,
) -> None:
    from genequity import findings as contract
    from genequity import tables as store
    from genequity.errors import raise_if
    from genequity.synthesis import convergence as pairs
    from genequity.synthesis import inferences as fits
    from genequity.synthesis import inputs, steps
    from genequity.synthesis import progress as equity
    from genequity.synthesis import readings as by_hand
    from genequity.synthesis import reporting as grams
    from genequity.synthesis import silences as quiet
    from genequity.synthesis.dimensions import completeness as complete
    from genequity.synthesis.display import joint_display
    from genequity.synthesis.register import NAMES, gather, read_tables
    from genequity.synthesis.tally import tally as count

    of_study = inputs.themes(themes)
    ids = list(of_study["theme"])
    released = read_tables(tables)
    pathway, declared = steps.of_pathway(released), section.get("steps") or {}
    adverse = section.get("adverse") or []
    raise_if(steps.problems(declared, [step for step, *_ in pathway], ids, adverse))
    store.write(gather(contract.read(findings), released, ids, supplied), register, "synthesis/register")
    gathered = store.read(register, "synthesis/register")
    written = inputs.explanations(explanations, ids)
    side_by_side = joint_display(gathered, of_study, supplied)
    coded = pairs.convergence(gathered, of_study, supplied, written, national)
    if section["methods"]["unexplained"] == "stop":
        raise_if(pairs.unexplained(coded))
    found = quiet.silences(gathered, of_study, supplied)
    coders, team = by_hand.read(readings, ids), fits.read(meta_inferences, ids)
    fitted = fits.statistics_by_themes(gathered, of_study, coded, team, pathway, declared, national, adverse)
    facts = grams.facts(
        supplied, NAMES, len(coded), coders["analyst"].nunique(), int(fitted["written_by"].notna().sum())
    )
    made = {
        analysts: ("analysts", by_hand.compared(coders, coded)),
        completeness: ("completeness", complete(side_by_side)),
        convergence: ("convergence", coded),
        display: ("display", side_by_side),
        inferences: ("inferences", fitted),
        progress: ("progress", equity.matrix(released, supplied)),
        reporting: ("reporting", grams.filled(section.get("reporting"), facts)),
        silences: ("silences", found),
        silence_kinds: ("silence_kinds", quiet.kinds(found, supplied)),
        step_barriers: ("step_barriers", steps.barriers(gathered, of_study, pathway, declared)),
        step_gaps: ("step_gaps", steps.gaps(gathered, pathway, national)),
        tally: ("tally", count(gathered, side_by_side, coded, found, written, fitted)),
    }
    for path, (name, table) in made.items():
        store.write(table, path, f"synthesis/{name}")


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
