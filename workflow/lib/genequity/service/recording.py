"""How ethnicity is recorded, by provider, region and year: does a record say who, and is its code one of the scheme.

Here records are counted, not people, and the codes that stand in a record, before a rule chooses among a person's.

- *Answers*: Known when any of a record's own columns holds a valid code; else Not stated when one says that the person
  was asked and declined (Z); else Not known (99, X, a code that the scheme does not have, or none). **Completeness** is
  the share of records that are Known.
- *Codes*: in the scheme when all of a record's codes are, whatever they say; not in the scheme when any is not; or no
  code. **Validity** is the share in the scheme of the records with a code.

The two are counted apart, so that a handful of foreign codes, which have to be withheld, takes no answer with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from genequity.release import SMALL
from genequity.service import sql

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

    from genequity.groups import Scheme

ANSWERS, CODES = "answers", "codes"
KNOWN, DECLINED, UNKNOWN = "Known", "Not stated", "Not known"
LISTED, FOREIGN, BLANK = "Code in the scheme", "Code not in the scheme", "No code"
PARTS = {ANSWERS: (KNOWN, DECLINED, UNKNOWN), CODES: (LISTED, FOREIGN, BLANK)}
ALL_RECORDS, ALL_PROVIDERS, NO_PROVIDER = "All records", "All providers", "No provider given"
UNIT = ["dimension", "region", "unit"]
COLUMNS = [*UNIT, "part", "status", "records", "all_records", "share", "of_codes"]


def counts(
    connection: duckdb.DuckDBPyConnection, section: dict[str, Any], scheme: Scheme, national: str
) -> pd.DataFrame:
    """Return the records analysed by status, for each provider, region and year.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        After :func:`genequity.service.records.prepare`.
    section : dict
        The config section: which columns hold codes, and whether there are providers and dates.
    scheme : Scheme
        The study's scheme.
    national : str
        Label of all regions together.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`COLUMNS`. ``dimension`` is ``provider`` (with a row :data:`ALL_PROVIDERS` for each region and
        for all regions) or ``year`` (all regions together).
    """
    import pandas as pd

    fields = section["fields"]
    kinds = dict(zip(scheme.table["code"], scheme.table["kind"], strict=True))
    codes = [f"code_{i}" for i in range(1, len(fields["ethnicity"]) + 1)]
    # Codes are classed after they are counted: a class is looked up once a distinct code, not once a record.
    found = connection.execute(f"""
        SELECT region, provider, year, {_answer(codes, kinds)} AS {ANSWERS}, {_listed(codes, kinds)} AS {CODES},
               sum(records)::BIGINT AS records
        FROM (SELECT region, coalesce(provider, {sql.text(NO_PROVIDER)}) AS provider, year(date) AS year,
                     {", ".join(codes)}, count(*) AS records
              FROM records WHERE reason IS NULL GROUP BY ALL)
        GROUP BY ALL
    """).df()
    everyone = found.assign(dimension="provider", unit=ALL_PROVIDERS)
    rows = [everyone]
    if set(found["region"]) != {national}:
        rows.append(everyone.assign(region=national))
    if fields.get("provider"):
        rows.append(found.assign(dimension="provider", unit=found["provider"]))
    if fields.get("date"):
        dated = found[found["year"].notna()]
        rows.append(dated.assign(dimension="year", region=national, unit=dated["year"].astype(int).astype(str)))
    long = pd.concat(rows, ignore_index=True)
    tables = []
    for part, statuses in PARTS.items():
        wide = long.pivot_table(index=UNIT, columns=part, values="records", aggfunc="sum", fill_value=0)
        wide = wide.reindex(columns=list(statuses), fill_value=0)
        wide[ALL_RECORDS] = wide.sum(axis=1)
        tables.append(wide.rename_axis(columns="status").stack().rename("records").reset_index().assign(part=part))
    return shares(pd.concat(tables, ignore_index=True).astype({"records": int}))[COLUMNS]


def _answer(codes: list[str], kinds: dict[str, str]) -> str:
    """Return the CASE that says what a record's codes answer; the best of them counts."""
    of_kind = {kind: sql.listed(code for code, its in kinds.items() if its == kind) for kind in ("valid", "declined")}
    cases = [
        f"WHEN {' OR '.join(f'{code} IN {of_kind[kind]}' for code in codes)} THEN {sql.text(label)}"
        for kind, label in (("valid", KNOWN), ("declined", DECLINED))
    ]
    return f"CASE {' '.join(cases)} ELSE {sql.text(UNKNOWN)} END"


def _listed(codes: list[str], kinds: dict[str, str]) -> str:
    """Return the CASE that says whether the scheme has a record's codes."""
    foreign = " OR ".join(f"{code} NOT IN {sql.listed(kinds)}" for code in codes)
    given = " OR ".join(f"{code} IS NOT NULL" for code in codes)
    return (
        f"CASE WHEN {foreign} THEN {sql.text(FOREIGN)} WHEN {given} THEN {sql.text(LISTED)} ELSE {sql.text(BLANK)} END"
    )


def shares(frame: pd.DataFrame) -> pd.DataFrame:
    """Add what follows from the counts: ``all_records``, ``share`` of them, ``of_codes`` of those with a code.

    Used again on the protected counts, so that what is released is derived from what is released: a withheld count
    leaves blanks where it would be a difference.
    """
    counted = frame["records"].astype("Float64")
    at = counted.set_axis(_index(frame, [*UNIT, "part", "status"]))
    blank = at.xs((CODES, BLANK), level=("part", "status")).reindex(_index(frame, UNIT))
    everyone = at.xs(ALL_RECORDS, level="status").reindex(_index(frame, [*UNIT, "part"]))
    records, blank, everyone = (column.to_numpy(float, na_value=np.nan) for column in (counted, blank, everyone))
    with np.errstate(divide="ignore", invalid="ignore"):
        # Independent rounding may lift a part above the whole by one step.
        share = np.where(everyone > 0, np.minimum(records / everyone, 1.0), np.nan)
        of_codes = np.where(everyone > blank, np.minimum(records / (everyone - blank), 1.0), np.nan)
    with_code = frame["status"].isin([LISTED, FOREIGN])
    return frame.assign(
        all_records=_whole(everyone, frame), share=share, of_codes=np.where(with_code, of_codes, np.nan)
    )


def _index(frame: pd.DataFrame, columns: list[str]) -> pd.MultiIndex:
    import pandas as pd

    return pd.MultiIndex.from_frame(frame[columns])


def _whole(values: np.ndarray, frame: pd.DataFrame) -> pd.Series:
    import pandas as pd

    return pd.Series(values, index=frame.index).astype("Int64")


def measures(released: pd.DataFrame, dimension: str) -> pd.DataFrame:
    """Return completeness and validity of each unit of a dimension, from the released table.

    Returns
    -------
    pandas.DataFrame
        ``region, unit, records, complete, not_stated, not_known, valid``: shares, blank where a count is withheld.
        ``few`` marks units whose foreign codes are withheld as a small number: nearly all of their codes are valid.
    """
    import pandas as pd

    here = released[released["dimension"] == dimension]
    if here.empty:
        return pd.DataFrame(columns=[*UNIT[1:], "records", "complete", "not_stated", "not_known", "valid", "few"])
    keys = ["region", "unit"]
    share = here.pivot(index=keys, columns=["part", "status"], values="share").astype(float)
    codes = here[here["part"] == CODES].pivot(index=keys, columns="status", values=["of_codes", "suppressed"])
    whole = here[(here["status"] == ALL_RECORDS) & (here["part"] == ANSWERS)].set_index(keys)["records"]
    frame = {"records": whole}
    for name, status in (("complete", KNOWN), ("not_stated", DECLINED), ("not_known", UNKNOWN)):
        frame[name] = share[ANSWERS, status]
    foreign = codes["of_codes", FOREIGN].astype(float)
    frame |= {"valid": 1 - foreign, "few": codes["suppressed", FOREIGN] == SMALL}
    return pd.DataFrame(frame).reset_index()
