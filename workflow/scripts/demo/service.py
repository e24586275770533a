"""Synthetic referrals with planted truth, and census denominators. See genequity.demo.service."""


def main(truth: str, extract: str, denominators: str, *, seed: int, section: dict) -> None:
    import yaml

    from genequity import seeds
    from genequity.config import ROOT
    from genequity.demo import service
    from genequity.service import targets

    with open(truth, encoding="utf-8") as handle:
        planted = yaml.safe_load(handle)["service"]
    census = service.census(planted, ROOT / planted["census"]["counts"])
    service.write_denominators(census, denominators)
    allowed = targets.read(section["inputs"]["targets"])
    drawn = seeds.generator(seed, "demo_service")
    service.write_referrals(planted, census, drawn, extract, section["period"], allowed)


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
