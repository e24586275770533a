"""Findings and numbers of the evidence synthesis, from released tables. See genequity.evidence.findings."""


def main(
    agreement: str,
    flow: str,
    focus: str,
    pooled: str,
    representation: str,
    searches: str,
    findings: str,
    numbers: str,
    *,
    outcomes: list,
    question: str,
) -> None:
    from genequity import findings as found
    from genequity import numbers as said
    from genequity import tables
    from genequity.evidence import findings as evidence

    names = {"flow": flow, "pooled": pooled, "representation": representation}
    shared = {name: tables.read(path, f"evidence/{name}") for name, path in names.items()}
    by_outcome = {entry["outcome"]: entry for entry in outcomes}
    themes = tables.read(focus, "evidence/focus")
    found.write(evidence.findings(**shared, focus=themes, outcomes=by_outcome), findings)
    names = {"searches": searches, "agreement": agreement}
    others = {name: tables.read(path, f"evidence/{name}") for name, path in names.items()}
    said.write(evidence.numbers(**shared, **others, question=question), numbers)


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
