"""Settle screening decisions, give every record its fate, derive the flow. See genequity.evidence.review."""


def main(
    records: str,
    merges: str,
    unsure: str,
    themes: str,
    ledger: str,
    agreement: str,
    flow: str,
    reports: str,
    *,
    settings: dict,
    methods: dict,
    screening: str | None = None,
    studies: str | None = None,
) -> None:
    from genequity import tables
    from genequity.evidence import review

    found = review.settle(
        review.text(records),
        tables.read(merges, "evidence/merges"),
        len(tables.read(unsure, "evidence/unsure")),
        screening,
        studies,
        themes,
        settings,
        methods,
    )
    tables.write(found.ledger, ledger, "evidence/ledger")
    tables.write(found.agreement, agreement, "evidence/agreement")
    tables.write(found.flow, flow, "evidence/flow")
    tables.write(found.reports, reports)


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
