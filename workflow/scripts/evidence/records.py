"""Read all exports of the search log and find duplicates. See genequity.evidence.searches and .deduplicate."""


def main(search_log: str, exports: list[str], records: str, searches: str, merges: str, unsure: str) -> None:
    from genequity import tables
    from genequity.evidence import deduplicate
    from genequity.evidence import searches as log

    found, counts = log.collect(search_log, [exports] if isinstance(exports, str) else exports)
    merged, open_pairs = deduplicate.find(found)
    kept = dict(zip(merged["record"], merged["kept"], strict=True))
    tables.write(found.assign(kept=[kept.get(record, record) for record in found["record"]]), records)
    tables.write(counts, searches, "evidence/searches")
    tables.write(merged, merges, "evidence/merges")
    tables.write(open_pairs, unsure, "evidence/unsure")
    print(f"{len(found)} records of {len(counts)} exports; {len(merged)} duplicates, {len(open_pairs)} unsure pairs")


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
