"""Write the page of what changed since an earlier build. How: see genequity.synthesis.changes."""


def main(changes: list[str], study: str, earlier: str, frame: list[str], page: str) -> None:
    from pathlib import Path

    from genequity.files import read_json
    from genequity.notebook import open_release
    from genequity.publish.book import read_study
    from genequity.synthesis import changes as compared

    compared.page(open_release(Path(study).parent), read_study(study), read_json(earlier), page)


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
