"""Tables of the integration through the release step, and numbers from the released counts. See genequity.release."""


def main(tables: list[str], released: list[str], numbers: str, *, profile: str) -> None:
    from genequity import files
    from genequity import numbers as store
    from genequity import tables as stored
    from genequity.release import release_tables
    from genequity.synthesis.tally import numbers as counted

    release_tables(tables, released, profile, "synthesis")
    by_name = {files.table_of(path): path for path in released}
    store.write(counted(stored.read(by_name["tally"], "synthesis/tally")), numbers)


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
