"""Write the executive summary alone, in three formats. How: see genequity.publish.build."""


def main(sections: list, sources: list, frame: list, study: str, html: str, pdf: str, docx: str, *, cache: str) -> None:
    from genequity.publish.build import build

    outputs = {"html": html, "pdf": pdf, "docx": docx}
    build(frame[0], study, sections, outputs, only="executive-summary", maps=f"{cache}/word")


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
