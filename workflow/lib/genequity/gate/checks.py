"""Check released tables, numbers and findings against their profile, knowing nothing but what was released.

Sources: OpenSAFELY documentation (outputs/sdc.md, outputs/output-checking.md), NHS England's guide to the analysis of
Hospital Episode Statistics, ACRO. See ``config/release/profiles.yaml``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from genequity import findings as register
from genequity import release, tables
from genequity.errors import Problem
from genequity.gate import schemas
from genequity.release import Profile
from genequity.tables import SUPPRESSED, TableSchema

if TYPE_CHECKING:
    import pandas as pd


def table_problems(frame: pd.DataFrame, table: TableSchema, rule: Profile, file: str) -> list[Problem]:
    """List why an output checker would refuse a released table.

    Parameters
    ----------
    frame : pandas.DataFrame
        The released table as read from its file.
    table : TableSchema
        Its schema.
    rule : Profile
        The study's profile.
    file : str
        Its path, for messages.
    """
    found = [Problem(file, fault, do="mend the table's schema") for fault in schemas.faults(table)]
    if table.about == "people":
        for check in (_counts, _ratios, _blanks, _sums, _models, _quantiles):
            found += [Problem(file, **problem) for problem in check(frame, table, rule)]
    return found


def _counts(frame: pd.DataFrame, table: TableSchema, rule: Profile) -> Iterator[dict]:
    """Yield counts that are small or not rounded."""
    import pandas as pd

    protected = release.protected_rows(frame, table, rule)
    for column in table.columns.values():
        if not column.is_count:
            continue
        shown = pd.to_numeric(frame[column.name]).astype(float)[protected].dropna()
        # A rounded count may fall into the hidden range only where rounding makes it one of the values it may show.
        small = shown[rule.hides(shown)]
        if len(small):
            yield {
                "message": f"{len(small)} counts are small enough to be withheld ({rule.name})",
                "where": f"column {column.name}, rows {_rows(small)}",
                "do": "let the table pass the release step",
            }
        raw = shown[rule.rounded(shown) != shown]
        if len(raw):
            yield {
                "message": f"{len(raw)} counts are not rounded ({rule.name})",
                "where": f"column {column.name}, rows {_rows(raw)}",
                "do": "let the table pass the release step",
            }


def _ratios(frame: pd.DataFrame, table: TableSchema, rule: Profile) -> Iterator[dict]:
    """Yield ratios that do not follow from the counts beside them: they would reveal the counts before rounding."""
    import pandas as pd

    protected = release.protected_rows(frame, table, rule)
    for column in table.columns.values():
        if not isinstance(column.protect, dict) or "ratio" not in column.protect:
            continue
        expected = release.ratio_of(frame, column)
        slack = 0.5000001 * 10.0 ** -(6 if column.decimals is None else column.decimals)
        shown = pd.to_numeric(frame[column.name]).astype(float)
        off = protected & shown.notna() & ~((shown - expected).abs() <= slack)
        if off.any():
            yield {
                "message": f"{int(off.sum())} values are not the ratio of the counts shown beside them",
                "where": f"column {column.name}, rows {_rows(frame[off])}",
                "expected": "round first, then derive",
            }


def _blanks(frame: pd.DataFrame, table: TableSchema, rule: Profile) -> Iterator[dict]:
    """Yield blanks without a reason, and values that outlived the count they rest on."""
    reasons = frame[SUPPRESSED] if SUPPRESSED in frame.columns else None
    if reasons is None:
        yield {"message": "the column 'suppressed' is missing", "do": "let the table pass the release step"}
        return
    for column in table.columns.values():
        if column.is_count:
            bare = frame[column.name].isna() & reasons.isna() & (not column.nullable)
            if bare.any():
                yield {
                    "message": f"{int(bare.sum())} counts are blank without a reason",
                    "where": f"column {column.name}, rows {_rows(frame[bare])}",
                }
        for base in column.bases:
            orphan = frame[column.name].notna() & frame[base].isna()
            if orphan.any():
                yield {
                    "message": f"{int(orphan.sum())} values stand although the count '{base}' they rest on is withheld",
                    "where": f"column {column.name}, rows {_rows(frame[orphan])}",
                }


def _sums(frame: pd.DataFrame, table: TableSchema, rule: Profile) -> Iterator[dict]:
    """Yield totals that give a withheld part away, and totals that do not agree with their parts."""
    import pandas as pd

    if not rule.levels:
        return
    protected = release.protected_rows(frame, table, rule)
    step = 1 if rule.rounding["method"] == "none" else rule.rounding["base"]
    counts = {c.name: pd.to_numeric(frame[c.name]).astype(float) for c in table.columns.values() if c.is_count}
    for parts, total, columns in release.sums(frame, table):
        if not (protected[parts].any() or protected[total].any()):
            continue
        for name in columns:
            shown, whole = counts[name][parts].to_numpy(), counts[name][total].iloc[0]
            hidden = int((shown != shown).sum())
            if whole != whole:
                continue
            gap = float(whole - shown[shown == shown].sum())
            rounding = step / 2 * (len(parts) + 1) + 1e-9
            if rule.totals == "sum" and protected[total].all():
                wrong = abs(gap) > 1e-9
            else:
                wrong = gap < -rounding or (hidden == 0 and gap > rounding)
                if hidden == 1 and rule.totals == "rounded":
                    yield {
                        "message": "a total and its other parts give a withheld count away",
                        "where": f"column {name}, row {_rows(frame.loc[total])}",
                        "do": "withhold a second part, or the total",
                    }
            if wrong:
                yield {
                    "message": "a total does not agree with its parts, rounding allowed for",
                    "where": f"column {name}, row {_rows(frame.loc[total])}",
                }


def _models(frame: pd.DataFrame, table: TableSchema, rule: Profile) -> Iterator[dict]:
    """Yield saturated models, models without events, and estimates whose reference is withheld."""
    import pandas as pd

    facts = table.model
    estimates = [column.name for column in table.columns.values() if column.unit in release.ESTIMATES]
    if not facts or not len(frame):
        return
    shown = frame[estimates].notna().any(axis=1) if estimates else pd.Series(True, index=frame.index)
    bad = {"estimates stand although the count of their reference is withheld": release.without_reference(frame, table)}
    if "table" not in facts:
        events, n = (pd.to_numeric(frame[facts[word]]).astype(float) for word in ("events", "n"))
        used = pd.to_numeric(frame[facts["parameters"]]).astype(float) if "parameters" in facts else 0
        df = pd.to_numeric(frame[facts["df"]]).astype(float) if "df" in facts else n - used
        bad["estimates stand without their number of observations and events"] = events.isna() | n.isna()
        bad["a model has no residual degrees of freedom: its estimates are the data themselves"] = df <= 0
    for message, rows in bad.items():
        if (rows & shown).any():
            yield {"message": message, "where": f"rows {_rows(frame[rows & shown])}"}


def _quantiles(frame: pd.DataFrame, table: TableSchema, rule: Profile) -> Iterator[dict]:
    """Yield medians and other quantiles with too few people behind them."""
    import pandas as pd

    protected = release.protected_rows(frame, table, rule)
    for column in table.columns.values():
        if not column.quantile:
            continue
        for base in column.bases:
            few = protected & frame[column.name].notna() & (pd.to_numeric(frame[base]) < rule.quantiles_from)
            if few.fillna(False).any():
                yield {
                    "message": f"a quantile has fewer than {rule.quantiles_from} people behind it",
                    "where": f"column {column.name}, rows {_rows(frame[few.fillna(False)])}",
                }


def number_problems(numbers: pd.DataFrame, released: Mapping[str, pd.DataFrame], file: str) -> list[Problem]:
    """List the numbers for prose that are not a cell of a released table.

    Parameters
    ----------
    numbers : pandas.DataFrame
        One strand's ``numbers.csv``.
    released : mapping
        Table name -> released table.
    file : str
        Its path, for messages.
    """
    found = []
    for entry in numbers.to_dict("records"):
        if entry["source_table"] not in released:
            found.append(Problem(file, f"number {entry['key']}: no released table {entry['source_table']}"))
            continue
        table = released[entry["source_table"]]
        rows = register.source(entry, table) if isinstance(entry["source_row"], str) else table
        column = entry["source_column"]
        if rows.empty or (isinstance(column, str) and column not in table.columns):
            found.append(Problem(file, f"number {entry['key']}: its source row or column was not released"))
    return found


def finding_problems(
    findings: pd.DataFrame, released: Mapping[str, pd.DataFrame], rule: Profile, file: str
) -> list[Problem]:
    """List the findings that do not rest on a released row, or that carry a count the profile withholds."""
    found = []
    for entry in findings.to_dict("records"):
        name = entry["source_table"]
        rows = register.source(entry, released[name]) if name in released else None
        if rows is None or rows.empty:
            found.append(Problem(file, f"finding {entry['id']}: no released row {name}, {entry['source_row']}"))
            continue
        table = tables.schema(name)
        if entry["n"] == entry["n"] and table.about == "people" and rule.levels:
            local = release.protected_rows(rows, table, rule).all()
            if local and rule.hide["from"] <= entry["n"] <= rule.hide["to"]:
                found.append(Problem(file, f"finding {entry['id']}: its n is small enough to be withheld"))
    return found


def _rows(frame: pd.DataFrame | pd.Series) -> str:
    lines = [str(row + 2) for row in frame.index[:5]]
    return ", ".join(lines) + (" and more" if len(frame) > 5 else "")
