"""Write the release pack. What it holds, and what stops it: see genequity.pack.build."""


def main(
    released: list,
    study: str,
    limits: str,
    folder: str,
    archive: str,
    *,
    profile: str,
    populations: dict,
) -> None:
    from pathlib import Path

    from genequity.pack.build import build

    build(
        [*released, study],
        folder,
        archive,
        release_folder=str(Path(study).parent),
        profile=profile,
        populations=populations,
        limits_file=limits,
    )


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
