"""The inputs of the interviews in the demonstration, as teams have them. Planted truth: genequity.demo.interviews."""


def main(
    truth: str,
    participants: str,
    projects: list,
    summaries: str,
    translations: str,
    redactions: str,
    *,
    seed: int,
    section: dict,
) -> None:
    from genequity import config, seeds, tables
    from genequity.coding import writer
    from genequity.demo import interviews

    planted = config.read(truth)["interviews"]
    rng = seeds.generator(seed, "demo_interviews")
    people = interviews.participants(planted, rng)
    tables.write(interviews.withdrawing(people, planted["withdrew_later"]), participants)
    coded = interviews.projects(people, planted, rng)
    for content, path in zip(coded, projects, strict=True):
        writer.write(content, path)
    tables.write(interviews.summaries(people, coded[0], planted), summaries)
    tables.write(interviews.translations(people, coded[0]), translations)
    tables.write(interviews.redactions(coded[0]), redactions)


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
