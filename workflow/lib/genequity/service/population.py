"""Denominators of rates: residents, eligible people or new cases, and the standard population.

A file of denominators has one row an ethnic code, age band, sex and region, in the team's own columns. Its scheme of
ethnicity may differ from the records'; both are brought to the study's grouping.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genequity import authored
from genequity.errors import InputError, Problem, nearest, raise_if

if TYPE_CHECKING:
    import pandas as pd

    from genequity.groups import Scheme

HOLE = "the denominators have no row for"  # so begins the reason of a rate that a missing stratum withholds


def denominators(section: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return each measure's denominators: the study's description, with what the measure says of its own.

    Returns
    -------
    dict
        Measure -> ``file, kind, source, scheme, columns, sex_values``; empty where the study has no denominators.
    """
    given = section.get("rates") or {}
    path, usual = section["inputs"].get("denominators"), given.get("denominators")
    if not path or not usual:
        return {}
    chosen = given.get("measures") or [section["start"]]
    return {m["id"]: {"file": path} | usual | (m.get("denominators") or {}) for m in chosen}


def populations(
    section: dict[str, Any], grouping: str, regions: dict[str, str], national: str
) -> dict[str, pd.DataFrame] | None:
    """Return each measure's denominators, read and checked against the standard population; None without any.

    Parameters
    ----------
    section : dict
        The config section.
    grouping : str
        The study's grouping.
    regions : dict
        Region code -> label; empty when the study has no regions.
    national : str
        Label of all regions together.

    Raises
    ------
    InputError
        As :func:`read_population`; and where residents and people would stand in different strata.
    """
    from genequity.groups import Scheme

    found: dict[str, pd.DataFrame] = {}
    for measure, own in denominators(section).items():
        scheme, weights = Scheme.read(own["scheme"]), section["inputs"]["standard"]
        found[measure] = read_population(own["file"], own, scheme, grouping, regions, national)
        raise_if(mismatches(section, found[measure], read_standard(weights), own["file"], weights))
    return found or None


def read_standard(path: str) -> pd.DataFrame:
    """Read a standard population: ``age_from`` (lower bound of the band, years) and ``weight``."""
    import pandas as pd

    standard = authored.cells(path, ("age_from", "weight"), comment="#")
    raise_if(
        Problem(path, f"column '{column}' is missing", expected="age_from, weight")
        for column in ("age_from", "weight")
        if column not in standard.columns
    )
    standard = standard[["age_from", "weight"]].apply(pd.to_numeric, errors="coerce")
    if standard.isna().any().any():
        rows = ", ".join(str(row) for row in standard.index[standard.isna().any(axis=1)][:5])
        raise InputError(
            Problem(path, "not a number", where=f"row {rows}, columns age_from, weight", expected="numbers")
        )
    bad = standard.index[(standard["weight"] <= 0) | standard["age_from"].duplicated()]
    if len(bad):
        where = f"row {', '.join(map(str, bad[:5]))}, columns age_from, weight"
        raise InputError(Problem(path, "weights must be positive and age bands stand once", where=where))
    return standard[["age_from", "weight"]].sort_values("age_from").reset_index(drop=True)


def read_population(
    path: str, spec: dict[str, Any], scheme: Scheme, grouping: str, regions: dict[str, str], national: str
) -> pd.DataFrame:
    """Read denominators and sum them to the study's groups.

    Parameters
    ----------
    path : str
        CSV in the team's columns, one row an ethnic code, age band, sex and region.
    spec : dict
        ``columns`` (code, age_from, sex, region, population) and ``sex_values`` of the config.
    scheme, grouping
        Scheme of the denominators (it may differ from the records') and the study's grouping, which both must have.
    regions : dict
        Region code -> label.
    national : str
        Label of all regions together, used when the study has no regions.

    Raises
    ------
    InputError
        With every problem: missing file or column, unknown codes or regions, populations that are not counts; and
        where a stratum of a code stands more than once, since its sum would count the same people again.
    """
    frame = _rows(path, spec, scheme, grouping, regions, national)
    return frame.groupby(["group", "region", "age_from", "sex"], as_index=False)["population"].sum()


def _rows(
    path: str, spec: dict[str, Any], scheme: Scheme, grouping: str, regions: dict[str, str], national: str
) -> pd.DataFrame:
    """Return the checked rows of a file of denominators in our columns, one a code, and the group of each."""
    import pandas as pd

    columns = {ours: theirs for ours, theirs in spec["columns"].items() if theirs}
    raw = authored.cells(path, columns.values(), comment="#")
    raw = raw[(raw != "").any(axis=1)]
    raise_if(
        Problem(
            path,
            f"column '{theirs}' is missing.{nearest(theirs, raw.columns)}",
            where=f"named by service.rates.denominators.columns.{ours}",
        )
        for ours, theirs in columns.items()
        if theirs not in raw.columns
    )
    if raw.empty:
        raise InputError(Problem(path, "there is no row below the header", do="export the counts again"))
    frame = pd.DataFrame({ours: raw[theirs].str.strip() for ours, theirs in columns.items()})
    frame["group"] = scheme.to_group(frame["code"], grouping)
    number = pd.to_numeric(frame["population"], errors="coerce")
    age = pd.to_numeric(frame["age_from"], errors="coerce")
    tests = [
        (
            frame["group"].isna(),
            "code",
            "an ethnicity code that the denominators' scheme does not have",
            f"a code of {scheme.file}",
        ),
        (~(number >= 0), "population", "a population that is not a count", "0 or more, digits alone"),
        (~(age >= 0), "age_from", "an age that is not a number of years", "the lower bound of the band"),
    ]
    if regions:
        frame["region"] = frame["region"].map(regions) if "region" in frame else None
        tests.append(
            (frame["region"].isna(), "region", "a region that is not in the look-up", f"one of {', '.join(regions)}")
        )
    else:
        frame["region"] = national
    if "sex" in frame:
        frame["sex"] = frame["sex"].map(spec["sex_values"])
        tests.append(
            (frame["sex"].isna(), "sex", "a sex that is not in sex_values", f"one of {', '.join(spec['sex_values'])}")
        )
    else:
        frame["sex"] = "All"
    raise_if(
        Problem(
            path,
            f"{what}: {int(bad.sum())} rows",
            where=f"first in row {bad.idxmax()}, column {columns.get(ours, ours)}",
            expected=expected,
        )
        for bad, ours, what, expected in tests
        if bad.any()
    )
    raise_if(_repeated(path, raw, columns))
    if not number.sum() > 0:
        told = "nobody is counted: every row holds 0"
        raise InputError(Problem(path, told, where=f"column {columns['population']}", do="name the column of counts"))
    return frame.assign(population=number, age_from=age.astype(int))


def codes_left_out(
    section: dict[str, Any], grouping: str, regions: dict[str, str], national: str
) -> dict[str, pd.DataFrame]:
    """Return, by measure, the strata in which one code of a group has no row while other codes of it have.

    Parameters
    ----------
    section, grouping, regions, national
        As in :func:`populations`.

    Returns
    -------
    dict
        Measure -> ``group, label, region, age_from, sex, share``: the code's label in the denominators' scheme, and the
        part of the group's residents that it would be there, if it were as in the strata that have it.
    """
    from genequity.groups import Scheme

    found = {}
    for measure, own in denominators(section).items():
        scheme = Scheme.read(own["scheme"])
        rows = _rows(own["file"], own, scheme, grouping, regions, national)
        valid = scheme.table[scheme.table["kind"] == "valid"]
        labels = dict(zip(scheme.table["code"], scheme.table["label"], strict=True))
        known = {group: set(part["label"]) for group, part in valid.groupby(scheme.to_group(valid["code"], grouping))}
        found[measure] = code_holes(rows.assign(label=rows["code"].map(labels)), known)
    return found


def code_holes(rows: pd.DataFrame, known: dict[str, set[str]] | None = None) -> pd.DataFrame:
    """Return the strata that lack one code of a group of which they have others.

    Parameters
    ----------
    rows : pandas.DataFrame
        ``label, group, region, age_from, sex, population``, one row a code and stratum.
    known : dict, optional
        Group -> labels of its valid codes in the scheme: one that the whole file leaves out lacks every stratum.
    """
    import pandas as pd

    keys = ["region", "age_from", "sex"]
    strata = pd.MultiIndex.from_product([sorted(rows[key].unique()) for key in keys], names=keys)
    parts = []
    for group, own in rows.groupby("group", sort=True):
        # One column a code: blank where it has no row. Codes of the same label are one category.
        wide = own.pivot_table(index=keys, columns="label", values="population", aggfunc="sum").reindex(strata)
        wide = wide.reindex(columns=sorted({*wide.columns, *(known or {}).get(group, ())}))
        for label in wide.columns:
            lacks = wide[label].isna() & wide.notna().any(axis=1)
            if lacks.any():
                there = wide[~wide[label].isna()]
                others = there.drop(columns=label).sum(axis=1).sum()
                ratio = there[label].sum() / others if others else float("nan")
                missing = wide[lacks].index.to_frame(index=False)
                parts.append(missing.assign(group=group, label=label, share=ratio / (1 + ratio)))
    columns = ["group", "label", *keys, "share"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _repeated(path: str, raw: pd.DataFrame, columns: dict[str, str]) -> list[Problem]:
    """Return the rows that repeat an earlier one: the same code, age, sex and region."""
    keys = raw[[theirs for ours, theirs in columns.items() if ours != "population"]].apply(
        lambda part: part.str.strip()
    )
    again = keys.duplicated()
    if not again.any():
        return []
    shown = ", ".join(str(row) for row in keys.index[again][:5])
    more = f" and {int(again.sum()) - 5} more" if again.sum() > 5 else ""
    return [
        Problem(
            path,
            f"strata that stand more than once: {int(again.sum())} rows repeat an earlier one",
            where=f"row {shown}{more}, columns {', '.join(keys.columns)}",
            expected="one row a code, age band, sex and region",
            do="delete the repeated rows, or add up those that count different people",
        )
    ]


def holes(population: pd.DataFrame) -> pd.DataFrame:
    """Return the strata that the denominators leave out: ``group, region, age_from, sex``.

    A group with any row should have one in every region, age band and sex of the file. A row that counts 0 says that
    nobody resides there; a row left out says nothing, and the people counted there would have no residents.

    Parameters
    ----------
    population : pandas.DataFrame
        From :func:`read_population`.
    """
    import pandas as pd

    keys = ["group", "region", "age_from", "sex"]
    every = pd.MultiIndex.from_product([sorted(population[key].unique()) for key in keys], names=keys)
    return every.difference(pd.MultiIndex.from_frame(population[keys])).to_frame(index=False)


def hole_told(missing: pd.DataFrame, population: pd.DataFrame) -> str:
    """Say which strata one group lacks: by region, sex and age where they have a common name, or else the first.

    Parameters
    ----------
    missing : pandas.DataFrame
        Rows of :func:`holes` of one group; at least one.
    population : pandas.DataFrame
        The denominators.
    """
    return f"{HOLE} {strata_told(missing, population)}"


def strata_told(missing: pd.DataFrame, population: pd.DataFrame) -> str:
    """Name strata by region, sex and age where they have a common name, or else the first of them and how many more."""
    levels = {key: sorted(missing[key].unique()) for key in ("region", "sex", "age_from")}
    common = len(levels["region"]) * len(levels["sex"]) * len(levels["age_from"]) == len(missing)
    first = {key: values if common else [missing[key].iloc[0]] for key, values in levels.items()}
    parts = [
        ("ages from " if key == "age_from" else "") + ", ".join(map(str, [*values[:3], *(["…"] if values[3:] else [])]))
        for key, values in first.items()
        if len(values) < population[key].nunique()
    ]
    others = "" if common else f" and {len(missing) - 1} more strata"
    return f"{'; '.join(parts)}{others}"


def mismatches(
    section: dict[str, Any], population: pd.DataFrame, standard: pd.DataFrame, path: str, standard_path: str
) -> list[Problem]:
    """Return what would put people and residents into different strata: sexes or age bands that do not match.

    Parameters
    ----------
    section : dict
        The config section.
    population, standard : pandas.DataFrame
        From :func:`read_population` and :func:`read_standard`.
    path, standard_path : str
        Their files, for messages.
    """
    found = []
    if "sex" in section["methods"]["standardise_by"]:
        recorded = set(((section["fields"].get("sex") or {}).get("values") or {}).values())
        if set(population["sex"]) != recorded:
            found.append(
                Problem(
                    path,
                    "the sexes of the denominators are not those of the records: no rate can be standardised by sex",
                    expected=f"the labels {', '.join(sorted(recorded)) or '(none: the records have no sex)'}",
                    do="give service.rates.denominators.sex_values the same labels, or take sex out of standardise_by",
                )
            )
    supplied = (section["fields"].get("age") or {}).get("bands")
    for ours, ages, where in (
        ("the records' age bands", section["methods"]["age_bands"], "service.methods.age_bands"),
        *([("the ages, as supplied,", supplied.values(), "service.fields.age.bands")] if supplied else []),
        ("the denominators", population["age_from"].unique(), path),
    ):
        missing = sorted(set(standard["age_from"]) - set(ages))
        if missing:
            found.append(
                Problem(
                    standard_path,
                    f"{ours} have no band that begins at {', '.join(map(str, missing))}",
                    expected="every band of the standard population begins a band there too",
                    do=f"use a standard population with wider bands, or narrower bands in {where}",
                )
            )
    return found
