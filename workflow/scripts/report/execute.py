"""Execute one section of the report. How, and what is kept: see genequity.publish.execute."""


def main(notebook: str, release: list, executed: str, *, cache: str, date: str) -> None:
    from pathlib import Path

    from genequity.publish.execute import execute

    study = next(path for path in release if Path(path).name == "study.json")
    parameters = {"release_folder": str(Path(study).parent)}
    ran = execute(notebook, executed, parameters=parameters, inputs=release, cache=cache, date=date)
    print("executed" if ran else "nothing that outputs rest on has changed: reused")


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
