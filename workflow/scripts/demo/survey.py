"""Write the demonstration's survey file. What is planted: config/demo/truth.yaml; how: genequity.demo.survey."""


def main(truth: str, responses: str, *, seed: int, section: dict) -> None:
    from genequity import config
    from genequity.demo import survey as demo
    from genequity.seeds import generator
    from genequity.survey import codebook, margins

    questions = codebook.read(section["inputs"]["codebook"])
    population = margins.read(section["inputs"]["margins"])
    planted = config.read(truth)["survey"]
    people = demo.respondents(planted, population, questions, generator(seed, "demo_survey"))
    demo.write_sav(people, questions, responses)


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
