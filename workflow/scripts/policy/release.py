"""Tables of the policy strand through the release step, then findings and numbers from what was released.

See genequity.release and genequity.policy.findings.
"""


def main(tables: list, released: list, themes: str, findings: str, numbers: str, *, profile: str) -> None:
    from genequity import findings as register
    from genequity import numbers as book
    from genequity import tables as files
    from genequity.coding import load
    from genequity.files import table_of
    from genequity.policy import findings as rules
    from genequity.release import release_tables

    release_tables(tables, released, profile, "policy")
    held = {table_of(path): files.read(path, f"policy/{table_of(path)}") for path in released}
    labels = load.themes(themes).set_index("theme")["label"]
    register.write(rules.findings(held, labels), findings)
    book.write(rules.numbers(held), numbers)


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
