"""Stage the executed notebooks for Quarto and render them where Quarto is installed: see genequity.publish.quarto."""


def main(sections: list, frame: list, study: str, staged: str) -> None:
    from genequity.publish import quarto

    quarto.stage(frame[0], study, sections, staged)
    print(quarto.render(staged))


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
