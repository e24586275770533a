"""The demonstration's coded policy documents: two coders' REFI-QDA projects. Planted truth: genequity.demo.policy."""


def main(truth: str, projects: list, commitments: str, *, seed: int, section: dict) -> None:
    from genequity import config, files, seeds
    from genequity.coding import writer
    from genequity.demo import policy

    planted = config.read(truth)["policy"]
    made = policy.projects(planted, seeds.generator(seed, "demo_policy"))
    for content, path in zip(made, projects, strict=True):
        writer.write(content, path)
    with files.writing(commitments) as part:
        policy.commitments(made[0], planted).to_csv(part, index=False, lineterminator="\n")


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
