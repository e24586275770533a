"""Tables of the recommendations and their panel through the release step, and numbers from the released counts."""


def main(tables: list[str], released: list[str], numbers: str, *, profile: str) -> None:
    from genequity import files
    from genequity import numbers as store
    from genequity import tables as stored
    from genequity.recommendations.trace import numbers as counted
    from genequity.release import release_tables

    release_tables(tables, released, profile, "recommendations")
    by_name = {files.table_of(path): path for path in released}
    tally, rounds = (stored.read(by_name[name], f"recommendations/{name}") for name in ("tally", "rounds"))
    store.write(counted(tally, rounds), numbers)


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
