"""Execute one section of the report. How, and what is kept: see genequity.publish.execute."""


def main(notebook: str, release: list, executed: str, *, release_folder: str, cache: str, date: str) -> None:
    from genequity.publish.execute import execute

    parameters = {"release_folder": release_folder}
    ran = execute(notebook, executed, parameters=parameters, inputs=release, cache=cache, date=date)
    print("executed" if ran else "nothing that outputs rest on has changed: reused")


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
