"""What changed since an earlier build; the public table shows what is safe to show. See genequity.synthesis.changes."""


def main(now: list[str], earlier: str, everything: str, changes: str, change_counts: str, *, profile: str) -> None:
    from pathlib import Path

    from genequity import tables
    from genequity.release import profile as rule_of
    from genequity.synthesis import changes as compared

    rule = rule_of(profile)
    least = max(rule.hide["to"] + 1, rule.width) if rule.levels else 0
    release = Path(now[0]).parent.parent
    found = compared.compare(compared.read(release), compared.read(Path(earlier).parent), least)
    tables.write(found, everything, "synthesis/all_changes")
    tables.write(found[~found["held"]].drop(columns="held"), changes, "synthesis/changes")
    tables.write(compared.counts(found), change_counts, "synthesis/change_counts")


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
