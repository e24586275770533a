"""Votes of the demonstration's panel, with what truth.yaml plants. See genequity.demo.recommendations."""


def main(truth: str, members: str, panel_ratings: str, *, seed: int) -> None:
    from genequity import config, seeds, tables
    from genequity.demo import recommendations as demo
    from genequity.recommendations import panel

    planted = config.read(truth)["recommendations"]
    votes = demo.ratings(planted, panel.members(members), seeds.generator(seed, "demo_recommendations"))
    tables.write(votes, panel_ratings)


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
