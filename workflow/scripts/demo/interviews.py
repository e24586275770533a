"""The demonstration's participants and two coders' REFI-QDA projects. Planted truth: genequity.demo.interviews."""


def main(truth: str, participants: str, projects: list, *, seed: int, section: dict) -> None:
    from genequity import config, seeds, tables
    from genequity.coding import writer
    from genequity.demo import interviews

    planted = config.read(truth)["interviews"]
    rng = seeds.generator(seed, "demo_interviews")
    people = interviews.participants(planted, rng)
    tables.write(people, participants)
    for content, path in zip(interviews.projects(people, planted, rng), projects, strict=True):
        writer.write(content, path)


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
