"""Write the whole report in three formats, and the joint displays. How: see genequity.publish.build."""


def main(
    sections: list,
    sources: list,
    frame: list,
    study: str,
    staged: list,
    primary: list,
    synthesis: list,
    html: str,
    pdf: str,
    docx: str,
    alternatives: str | None = None,
    joint_html: str | None = None,
    joint_docx: str | None = None,
    joint_xlsx: str | None = None,
    *,
    cache: str,
) -> None:
    from genequity.publish.build import build

    if alternatives:
        from genequity.files import read_json
        from genequity.primary import spreadsheet

        spreadsheet.write(primary, read_json(study), alternatives)
    if joint_html:
        from pathlib import Path

        from genequity.publish.book import read_study
        from genequity.synthesis import joint

        outputs = {"html": joint_html, "docx": joint_docx, "xlsx": joint_xlsx}
        joint.write(read_study(study), Path(study).parent, outputs)
    build(frame[0], study, sections, {"html": html, "pdf": pdf, "docx": docx}, maps=f"{cache}/word")


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
