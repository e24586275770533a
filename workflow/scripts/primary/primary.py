"""Declared estimates, every alternative and all changes, from released rows. See genequity.primary.answers."""


def main(
    declaration: str,
    findings: list[str],
    tables: list[str],
    alternatives: str,
    answers: str,
    changes: str,
    questions: str,
    numbers: str,
    *,
    section: dict,
    comparators: dict,
    levels: dict,
) -> None:
    from genequity import findings as register
    from genequity import numbers as store
    from genequity import tables as read
    from genequity.primary import answers as primary
    from genequity.primary import declaration as declarations
    from genequity.primary.select import Released

    released = Released(primary.read_tables(tables), register.read(findings), comparators)
    found = primary.tables_of(section, declarations.read(declaration), released, levels)
    paths = {"alternatives": alternatives, "answers": answers, "changes": changes, "questions": questions}
    for name, path in paths.items():
        read.write(found[name], path, f"primary/{name}")
    store.write(primary.numbers(found), numbers)


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
