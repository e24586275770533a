"""Find the records that are one publication: candidate pairs, verdicts, groups, and the pairs left to a person."""

from collections import defaultdict
from itertools import combinations

import pandas as pd

from genequity.evidence import match

LARGEST_BLOCK = 300  # records; a larger block (same page 1 and year, say) says too little to be worth its pairs
BARS = (match.CONFLICT, match.UNSURE)  # between any two records of two groups: they are not joined by a third
MERGE_COLUMNS = ["record", "kept", "matched", "reason"]
UNSURE_COLUMNS = ["record", "other", "reason"]


def candidates(prepared: list[match.Features]) -> list[tuple[int, int]]:
    """Pairs worth comparing: alike in one of eight keys (DOI, title start, volume and page, author and word, …)."""
    blocks = defaultdict(list)
    for i, r in enumerate(prepared):
        words = [w for w in r.title.split() if len(w) > 3]
        if r.doi:
            blocks["doi", r.doi].append(i)
        if r.pmid:
            blocks["pmid", r.pmid].append(i)
        if r.title:
            blocks["title", r.title[:30]].append(i)
        if r.page and r.volume:
            blocks["volume and page", r.page, r.volume].append(i)
        if r.surname:
            for word in words[:2]:
                blocks["author and word", r.surname, word].append(i)
            if r.page:
                blocks["author and page", r.surname, r.page].append(i)
            blocks["author and year", r.surname, r.year].append(i)
        if r.page:
            blocks["year and page", r.year, r.page].append(i)
        if len(words) > 3:
            blocks["long words", tuple(sorted(words, key=len)[-4:])].append(i)
    pairs = set()
    for members in blocks.values():
        members = list(dict.fromkeys(members))
        if 1 < len(members) <= LARGEST_BLOCK:
            pairs.update(combinations(members, 2))
    return sorted(pairs)


def find(records: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Find duplicates.

    Parameters
    ----------
    records : one row a record, columns `record` (unique id) and those of `genequity.evidence.fields.FIELDS`.

    Returns
    -------
    merges : one row a record that is taken out: `record`, `kept` (the one that stays), `matched` (the record it was
        found equal to) and `reason`.
    unsure : pairs of records that stay and that a person should judge: `record`, `other`, `reason`.

    Notes
    -----
    Groups grow pair by pair, surest first (as in `match.compare`); a pair is not joined when any two records of the
    two groups conflict or are unsure themselves, since a chain A = B = C must not bridge A ≠ C. Such pairs are unsure.
    """
    rows = records.fillna("").to_dict("records")
    prepared = [match.features(row) for row in rows]
    verdicts = {pair: match.compare(prepared[pair[0]], prepared[pair[1]]) for pair in candidates(prepared)}
    group = {i: [i] for i in range(len(rows))}
    joined: dict[int, tuple[int, str]] = {}
    unsure: list[tuple[int, int, str]] = []
    order = sorted(verdicts, key=lambda pair: (not verdicts[pair][1].startswith("same DOI"), pair))
    for pair in order:
        verdict, reason = verdicts[pair]
        if verdict == match.UNSURE:
            unsure.append((*pair, reason))
        if verdict != match.SAME or group[pair[0]] is group[pair[1]]:
            continue
        left, right = group[pair[0]], group[pair[1]]
        if any(_verdict(verdicts, prepared, i, j) in BARS for i in left for j in right):
            unsure.append((*pair, "would join records that conflict"))
            continue
        left.extend(right)
        for member in right:
            group[member] = left
        joined.setdefault(pair[1], (pair[0], reason))
        joined.setdefault(pair[0], (pair[1], reason))
    names = [row["record"] for row in rows]
    stays = list(range(len(rows)))
    merges = []
    for members in {id(g): g for g in group.values() if len(g) > 1}.values():
        kept = min(members, key=lambda i: (-_completeness(rows[i]), i))
        for i in sorted(members):
            stays[i] = kept
            if i != kept:
                other, reason = joined[i]
                merges.append((names[i], names[kept], names[other], reason))
    open_pairs = {}
    for i, j, reason in unsure:
        if stays[i] != stays[j]:
            open_pairs.setdefault(tuple(sorted((names[stays[i]], names[stays[j]]))), reason)
    return (
        pd.DataFrame(sorted(merges), columns=MERGE_COLUMNS),
        pd.DataFrame(sorted((*pair, why) for pair, why in open_pairs.items()), columns=UNSURE_COLUMNS),
    )


def _verdict(verdicts: dict, prepared: list, i: int, j: int) -> str:
    pair = (i, j) if i < j else (j, i)
    if pair not in verdicts:
        verdicts[pair] = match.compare(prepared[pair[0]], prepared[pair[1]])
    return verdicts[pair][0]


def _completeness(row: dict) -> int:
    """How many of the fields that a screener needs are filled."""
    return sum(bool(row[name]) for name in ("abstract", "doi", "authors", "year", "journal", "volume", "pages"))
