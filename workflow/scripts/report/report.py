"""Write the whole report in three formats. How: see genequity.publish.build."""


def main(sections: list, sources: list, frame: list, study: str, staged: list, html: str, pdf: str, docx: str) -> None:
    from genequity.publish.build import build

    build(frame[0], study, sections, {"html": html, "pdf": pdf, "docx": docx})


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
