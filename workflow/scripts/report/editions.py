"""Write the executive summary alone, and two pages for each region. How: genequity.publish.build, service.editions."""


def main(
    sections: list,
    sources: list,
    frame: list,
    study: str,
    service: list,
    html: str,
    pdf: str,
    docx: str,
    regions_html: list = (),
    regions_docx: list = (),
    *,
    cache: str,
) -> None:
    from pathlib import Path

    from genequity.publish.build import build

    outputs = {"html": html, "pdf": pdf, "docx": docx}
    build(frame[0], study, sections, outputs, only="executive-summary", maps=f"{cache}/word")
    if regions_html:
        from genequity.service import editions

        pages = zip(regions_html, regions_docx, strict=True)
        written = {Path(page).stem: {"html": page, "docx": word} for page, word in pages}
        editions.write(Path(study).parent, written)


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
