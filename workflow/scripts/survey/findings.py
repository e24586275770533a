"""Findings and numbers of the survey, from released tables only. See genequity.survey.findings."""


def main(
    tables: list[str], scheme: str, findings: str, numbers: str, *, grouping: str, comparator: str, voice: str
) -> None:
    from genequity import findings as register
    from genequity import numbers as figures
    from genequity import tables as contracts
    from genequity.files import table_of
    from genequity.groups import Scheme
    from genequity.survey import findings as survey

    released = {table_of(path): contracts.read(path, f"survey/{table_of(path)}") for path in tables}
    valid = Scheme.read(scheme).groups(grouping, valid_only=True)
    register.write(survey.findings(released, valid=valid, comparator=comparator, voice=voice), findings)
    figures.write(survey.numbers(released, comparator=comparator), numbers)


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
