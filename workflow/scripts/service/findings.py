"""Findings and numbers of the service strand, from released tables only. See genequity.service.findings."""


def main(
    tables: list, findings: str, numbers: str, *, section: dict, comparator: str, national: str, concept: str
) -> None:
    from genequity import findings as register
    from genequity import numbers as values
    from genequity.service import findings as service
    from genequity.service import key_numbers

    released = service.read_released(tables)
    register.write(service.findings(released, section, comparator, national, concept), findings)
    values.write(key_numbers.numbers(released, section, national), numbers)


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
