"""Weighted shares, distributions, scores and tests by ethnic group. See genequity.survey.battery."""


def main(
    weighted: str,
    codebook: str,
    scheme: str,
    shares: str,
    distribution: str,
    scores: str,
    tests: str,
    *,
    grouping: str,
    comparator: str,
    methods: dict,
) -> None:
    from genequity import tables
    from genequity.groups import Scheme
    from genequity.survey import battery, sample
    from genequity.survey import codebook as books

    people, book = tables.read(weighted), books.read(codebook)
    design = sample.design_of(people, lonely=methods["lonely_psu"])
    bases = {"small_base": methods["small_base"], "least_base": methods["least_base"]}
    compare = {"comparator": comparator, "level": methods["level"]} | bases
    tables.write(battery.shares(people, design, book, interval=methods["interval"], **compare), shares, "survey/shares")
    tables.write(battery.distribution(people, design, book, **bases), distribution, "survey/distribution")
    tables.write(battery.scores(people, design, book, **compare), scores, "survey/scores")
    valid = Scheme.read(scheme).groups(grouping, valid_only=True)
    tables.write(
        battery.tests(people, design, book, valid=valid, least_base=methods["least_base"]), tests, "survey/tests"
    )


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
