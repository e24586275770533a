"""Synthetic referrals with planted truth, and census denominators. See genequity.demo.service."""


def main(truth: str, extract: str, denominators: str, *, seed: int, section: dict) -> None:
    import yaml

    from genequity import seeds
    from genequity.config import ROOT
    from genequity.demo import service

    with open(truth, encoding="utf-8") as handle:
        planted = yaml.safe_load(handle)["service"]
    census = service.census(planted, ROOT / planted["census"]["counts"])
    service.write_denominators(census, denominators)
    service.write_referrals(planted, census, seeds.generator(seed, "demo_service"), extract, section["period"])


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
