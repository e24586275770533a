"""Findings and numbers of the policy strand, from released tables only. Rules: genequity.policy.findings."""


def main(tables: list, themes: str, findings: str, numbers: str) -> None:
    from genequity import findings as register
    from genequity import numbers as book
    from genequity import tables as files
    from genequity.coding import load
    from genequity.files import table_of
    from genequity.policy import findings as rules

    held = {table_of(path): files.read(path, f"policy/{table_of(path)}") for path in tables}
    labels = load.themes(themes).set_index("theme")["label"]
    register.write(rules.findings(held, labels), findings)
    book.write(rules.numbers(held), numbers)


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
