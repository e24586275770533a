"""Service tables through the release step, with shares and intervals derived from the protected counts."""


def main(tables: list, released: list, *, profile: str, level: float, seed: int) -> None:
    from genequity.service import release

    release.release(tables, released, profile, level, seed)


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
