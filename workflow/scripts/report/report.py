"""Write the whole report in three formats. How: see genequity.publish.build."""


def main(
    sections: list,
    sources: list,
    frame: list,
    study: str,
    staged: list,
    primary: list,
    html: str,
    pdf: str,
    docx: str,
    alternatives: str | None = None,
    *,
    cache: str,
) -> None:
    from genequity.publish.build import build

    if alternatives:
        from genequity.files import read_json
        from genequity.primary import spreadsheet

        spreadsheet.write(primary, read_json(study), alternatives)
    build(frame[0], study, sections, {"html": html, "pdf": pdf, "docx": docx}, maps=f"{cache}/word")


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
