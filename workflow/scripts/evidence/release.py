"""Tables of the evidence synthesis through the release step. See genequity.release."""


def main(tables: list[str], released: list[str], *, profile: str) -> None:
    from genequity.release import release_tables

    release_tables(tables, released, profile, "evidence")


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
