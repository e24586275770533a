"""Records to counts: checks, exclusions, resolved ethnicity, covariate-pattern cells. See genequity.service.records."""


def main(
    extract: str,
    scheme: str,
    lookup: list,
    other_sources: list,
    targets: list,
    cells: str,
    first_events: str,
    problems: str,
    flow: str,
    quality: str,
    completeness: str,
    characteristics: str,
    groups: str,
    resolution: str,
    resolution_rules: str,
    rule_cells: str,
    recording: str,
    durations: str,
    cascade: str,
    relatives: str,
    adequacy: str,
    values: list,
    *,
    section: dict,
    grouping: str,
    comparator: str,
    national: str,
) -> None:
    from pathlib import Path

    from genequity import tables
    from genequity.errors import raise_if
    from genequity.groups import Scheme
    from genequity.service import adequacy as card
    from genequity.service import characteristics as entered
    from genequity.service import check, continuous
    from genequity.service import extract as source
    from genequity.service import rates as estimate
    from genequity.service import family, held, records, rules, sources, stages, suspects, survival
    from genequity.service import recording as recorded
    from genequity.service import targets as allowed

    raise_if(check.settings_problems(section))
    declared, section = section, allowed.resolved(stages.measured(section))
    fields, methods = section["fields"], section["methods"]
    codes = Scheme.read(scheme)
    regions = check.read_regions(lookup[0] if lookup and fields.get("region") else None)
    measures = estimate.counted(section)
    with source.opened(extract, section["extract"], Path(cells).parent) as connection:
        source.read_records(connection, extract, fields, card.wanted(section), section["extract"])
        sources.load(connection, section)
        records.prepare(connection, section, codes, grouping, regions, national)
        rows = records.offending_rows(connection, fields)
        # Snakemake removes the outputs of a step that stops, so the rows behind the stop get a file that is none.
        kept = str(Path(problems).with_name("problems-stopped.csv"))
        stops = suspects.problems(connection, extract, section, codes, regions, kept)
        if stops:
            tables.write(rows, kept)
        raise_if(stops)
        Path(kept).unlink(missing_ok=True)
        tables.write(rows, problems)
        records.write_cells(connection, section, cells)
        records.write_first_events(connection, measures, first_events, methods["age_bands"])
        survival.write_durations(connection, section, durations)
        for path in values:
            continuous.write_records(connection, section, path)
        tables.write(family.cascade(connection, section, comparator), cascade, "service/cascade")
        apart = family.relatives(connection, section, codes, grouping)
        tables.write(apart, relatives, "service/relatives")
        tables.write(card.scorecard(connection, section, declared, national), adequacy, "service/adequacy")
        tables.write(records.flow(connection), flow, "service/flow")
        tables.write(records.quality(connection, section), quality, "service/quality")
        tables.write(entered.table(connection, section, national), characteristics, "service/characteristics")
        tables.write(records.completeness(connection, national), completeness, "service/completeness")
        tables.write(held.of_study(codes, grouping, section), groups, "service/groups")
        compared = rules.sizes(connection, codes, grouping, methods, bool(fields.get("date")))
        tables.write(compared, resolution, "service/resolution")
        tables.write(recorded.counts(connection, section, codes, national), recording, "service/recording")
        offered = rules.count_cells(connection, codes, grouping, section)
        rules.write_cells(connection, rule_cells)
        moved = rules.outcomes(connection, codes, grouping, section, comparator, offered)
        tables.write(moved, resolution_rules, "service/resolution_rules")


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
