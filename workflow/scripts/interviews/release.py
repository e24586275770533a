"""Tables of the interviews strand through the release step. See genequity.release."""


def main(tables: list, released: list, *, profile: str) -> None:
    from genequity.release import release_tables

    release_tables(tables, released, profile, "interviews")


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
