"""Numbers of the recommendations, from their released counts. See genequity.recommendations.trace."""


def main(tally: str, rounds: str, numbers: str) -> None:
    from genequity import numbers as store
    from genequity import tables
    from genequity.recommendations.trace import numbers as counted

    of_rounds = tables.read(rounds, "recommendations/rounds")
    store.write(counted(tables.read(tally, "recommendations/tally"), of_rounds), numbers)


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
