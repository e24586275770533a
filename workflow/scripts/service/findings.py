"""Findings and numbers of the service strand, from released tables only. See genequity.service.findings."""


def main(
    tables: list, findings: str, numbers: str, *, section: dict, comparator: str, national: str, concept: str
) -> None:
    from genequity import findings as register
    from genequity import numbers as values
    from genequity.service import findings as service
    from genequity.service import key_numbers, stages

    released, measured = service.read_released(tables), stages.measured(section)
    register.write(service.findings(released, measured, comparator, national, concept, section), findings)
    values.write(key_numbers.numbers(released, measured, national), numbers)


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
