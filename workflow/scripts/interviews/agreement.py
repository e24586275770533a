"""Agreement of the coders of interviews. What is made and how: genequity.coding.reliability."""


def main(
    sources: str,
    segments: str,
    codebook: str,
    cases: str,
    consensus_file: list,
    agreement: str,
    agreement_coefficients: str,
    agreement_why: str,
    disagreements: str,
    disagreements_page: str,
    disagreements_workbook: str,
    stale_outcomes: str,
    merged_project: str,
    standing_project: str,
    codebook_qdc: str,
    *,
    unit: str,
    units: list,
    level: float,
    low: float,
    method: str,
    seed: int,
) -> None:
    from genequity.coding import reliability

    to = reliability.Files(
        agreement,
        agreement_coefficients,
        agreement_why,
        disagreements,
        disagreements_page,
        disagreements_workbook,
        stale_outcomes,
        merged_project,
        standing_project,
        codebook_qdc,
    )
    outcomes = consensus_file[0] if consensus_file else None
    options = reliability.Options(unit, level, seed, units, low, method, people=True)
    reliability.run("interviews", sources, segments, codebook, outcomes, to, options, cases)


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
