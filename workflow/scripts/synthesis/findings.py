"""Numbers of the integration, from its released counts. See genequity.synthesis.tally."""


def main(tally: str, numbers: str) -> None:
    from genequity import numbers as store
    from genequity import tables
    from genequity.synthesis.tally import numbers as counted

    store.write(counted(tables.read(tally, "synthesis/tally")), numbers)


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
