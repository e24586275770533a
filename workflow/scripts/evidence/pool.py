"""Effect sizes of single studies and pooled estimates. See genequity.evidence.extraction and .pooling."""


def main(
    reports: str,
    effects: str,
    pooled: str,
    sensitivity: str,
    *,
    settings: dict,
    methods: dict,
    outcomes: list,
    table: str | None = None,
) -> None:
    from genequity import tables
    from genequity.evidence import pooling, review

    single = pooling.single_studies(table, reports, settings)
    choice = {"method": methods["estimator"], "test": methods["test"], "level": methods["level"]}
    pools = pooling.pooled(
        single,
        **choice,
        fewest=methods["fewest_studies"],
        traced=settings["traced"] and len(review.text(reports)) > 0,
        outcomes={entry["outcome"]: entry for entry in outcomes},
    )
    weighted = single.assign(weight=pooling.weights(single, pools, method=methods["estimator"]))
    tables.write(weighted, effects, "evidence/effects")
    tables.write(pools, pooled, "evidence/pooled")
    tables.write(pooling.variations(single, pools, **choice), sensitivity, "evidence/sensitivity")


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
