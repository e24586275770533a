"""Say why coders are not compared: the study's method makes no claim of agreement. See genequity.interviews.methods."""


def main(sources: str, segments: str, codebook: str, *, unit: str, level: float, seed: int, **outputs: str) -> None:
    from genequity import tables
    from genequity.interviews import methods

    for name, path in outputs.items():
        tables.write(*methods.without_agreement(name, path, unit))


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
