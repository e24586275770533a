"""Findings of all strands in one register, each traced to its released row. See genequity.synthesis.register."""


def main(findings: list[str], tables: list[str], themes: str, register: str, *, supplied: list[str]) -> None:
    from genequity import findings as contract
    from genequity import tables as store
    from genequity.synthesis import inputs
    from genequity.synthesis.register import gather, read_tables

    ids = list(inputs.themes(themes)["theme"])
    gathered = gather(contract.read(findings), read_tables(tables), ids, supplied)
    store.write(gathered, register, "synthesis/register")


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
