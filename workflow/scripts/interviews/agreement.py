"""Agreement of the coders of interviews. Coefficients and sources: genequity.coding.agreement, .compare."""


def main(
    sources: str,
    segments: str,
    codebook: str,
    agreement: str,
    disagreements: str,
    *,
    unit: str,
    level: float,
    seed: int,
) -> None:
    from genequity import seeds, tables
    from genequity.coding import compare

    merged = compare.restored(tables.read(sources), tables.read(segments))
    codes = compare.codes_to_compare(tables.read(codebook, "interviews/codebook"))
    rng = seeds.generator(seed, "interviews_agreement")
    table = compare.without_counts(compare.table(merged, codes, unit, level, rng))
    tables.write(table, agreement, "interviews/agreement")
    tables.write(compare.disagreements(merged, codes, unit), disagreements)


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
