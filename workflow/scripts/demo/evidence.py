"""Search exports, screening decisions and extraction tables of the demonstration. See genequity.demo.evidence."""

EFFECT_COLUMNS = [
    "study",
    "outcome",
    "group",
    "comparator",
    "measure",
    "adjusted",
    "how_ethnicity_assigned",
    "ai",
    "n1i",
    "ci",
    "n2i",
    "m1i",
    "sd1i",
    "m2i",
    "sd2i",
    "yi",
    "vi",
    "est",
    "lo",
    "hi",
]


def main(
    truth: str,
    search_log: str,
    exports: list[str],
    screening: str,
    studies: str,
    effects: str,
    participants: str,
    *,
    seed: int,
    section: dict,
) -> None:
    from pathlib import Path

    import pandas as pd
    import yaml

    from genequity import files, tables
    from genequity.demo import evidence
    from genequity.seeds import generator

    plan = yaml.safe_load(Path(truth).read_text(encoding="utf-8"))["evidence"]
    rng = generator(seed, "demo_evidence")
    works = evidence.works(plan, rng)
    log = []
    for path, (source, (hits, text)) in zip(exports, evidence.exports(works, rng).items(), strict=True):
        with files.writing(path) as part:
            part.write_bytes(text.encode("utf-8"))
        log.append(
            {
                "source": source,
                "kind": "database",
                "platform": f"Fictional platform {source[-1]}",
                "date": "2026-02-02",
                "strategy": "(genom* OR genetic*) AND (ethnic* OR minorit*) AND (access OR uptake OR referral)",
                "hits": hits,
                "file": Path(path).name,
            }
        )
    tables.write(pd.DataFrame(log), search_log)
    fates = evidence.fates(works, plan, rng)
    tables.write(pd.DataFrame(evidence.decisions(works, fates, plan, rng)), screening)
    reports = evidence.studies(works, fates, plan, rng)
    tables.write(pd.DataFrame(reports), studies)
    assigned: dict[str, str] = {}
    for row in reports:
        assigned.setdefault(row["study"], row["how_ethnicity_assigned"])
    table = pd.DataFrame(evidence.effects(assigned, plan, rng), columns=EFFECT_COLUMNS)
    for name in ("ai", "n1i", "ci", "n2i"):
        table[name] = table[name].astype("Int64")
    tables.write(table, effects)
    tables.write(pd.DataFrame(evidence.participants(reports, plan)), participants)


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
