"""Write the release pack. What it holds, and what stops it: see genequity.pack.build."""


def main(
    released: list,
    limits: str,
    folder: str,
    archive: str,
    *,
    release_folder: str,
    profile: str,
    populations: dict,
) -> None:
    from genequity.pack.build import build

    build(
        released,
        folder,
        archive,
        release_folder=release_folder,
        profile=profile,
        populations=populations,
        limits_file=limits,
    )


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
