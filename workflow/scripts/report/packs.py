"""The way from each recommendation to its evidence, and a page for each organisation. How: genequity.packs."""


def main(
    release: list,
    inputs: str,
    study: str,
    frame: list,
    brief: str,
    report: list,
    trace: str,
    trace_table: str,
    trace_prov: str,
    organisations: str,
    tracker: str,
    coverage: str,
    register: str,
) -> None:
    import json
    from pathlib import Path

    from genequity.errors import raise_if
    from genequity.files import table_of
    from genequity.notebook import open_release
    from genequity.packs import coverage as asked
    from genequity.packs import graph, page, table
    from genequity.packs import organisations as pages
    from genequity.packs import tracker as workbook
    from genequity.publish.book import read_study
    from genequity.recommendations import workbook as register_workbook
    from genequity.synthesis.register import read_tables

    facts = read_study(study)
    tables = read_tables(path for path in [*release, inputs] if table_of(path) not in ("findings", "numbers"))
    gate = json.loads((Path(study).parent / "gate.json").read_text(encoding="utf-8"))
    way = graph.build(tables, gate.get("inputs"))
    raise_if(way.problems)
    page.write(way, facts, trace)
    table.write_csv(way, facts, trace_table)
    table.write_prov(way, facts, trace_prov)
    opened = open_release(Path(study).parent)
    pages.write(way, opened, facts, organisations)
    workbook.write(way, facts, tracker)
    register_workbook.write(opened.folder, register)
    asked.write(asked.parts(asked.read(brief), tables, Path(trace).parent), facts, coverage)
    print(
        f"{len(way.nodes)} things on the way from {len(way.of(graph.RECOMMENDATION))} recommendations to their inputs"
    )


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
