"""Each rule on one person's codes, and against a plain rewriting of its words on random people."""

import duckdb
import numpy as np
import pytest
from genequity.service import resolve

KINDS = {"A": "valid", "H": "valid", "J": "valid", "S": "valid", "Z": "declined", "99": "unknown"}


def settle(codes, rule, unspecific=("S",)):
    """codes: (date, code of the first column, code of the second) of one person, in order."""
    connection = duckdb.connect()
    connection.execute("CREATE TABLE records (person_id VARCHAR, date DATE, code_1 VARCHAR, code_2 VARCHAR)")
    connection.executemany("INSERT INTO records VALUES ('p', ?, ?, ?)", [list(code) for code in codes])
    import pandas as pd
    from genequity.groups import Scheme

    table = pd.DataFrame({"code": list(KINDS), "kind": list(KINDS.values()), "label": list(KINDS), "five": list(KINDS)})
    table["other"], table["census_order"] = ["", "", "", "yes", "", ""], ["1", "2", "3", "4", "", ""]
    resolve.load_codes(connection, Scheme("scheme.csv", table), 2)
    resolve.resolve(connection, rule, list(unspecific), "people")
    return connection.execute("SELECT code, status FROM people").fetchall()[0]


@pytest.mark.parametrize(
    ("rule", "codes", "expected"),
    [
        ("most_recent_valid", [("2020-01-01", "A", None), ("2021-01-01", "H", None)], ("H", "valid")),
        # A later "declined" or "not known" does not undo a known answer.
        ("most_recent_valid", [("2020-01-01", "A", None), ("2021-01-01", "Z", "99")], ("A", "valid")),
        # Same day: the earlier configured column wins.
        ("most_recent_valid", [("2020-01-01", "H", "A")], ("H", "valid")),
        # Same day, same column, two codes: the rule does not break the tie.
        ("most_recent_valid", [("2020-01-01", "H", None), ("2020-01-01", "A", None)], (None, "unresolved")),
        ("modal", [("2020-01-01", "A", "A"), ("2021-01-01", "H", None)], ("A", "valid")),
        ("modal", [("2020-01-01", "A", None), ("2021-01-01", "H", None)], ("H", "valid")),
        ("modal", [("2020-01-01", "S", "S"), ("2021-01-01", "H", None)], ("S", "valid")),
        ("prefer_specific", [("2020-01-01", "S", "S"), ("2021-01-01", "H", None)], ("H", "valid")),
        ("prefer_specific", [("2020-01-01", "S", None)], ("S", "valid")),
        ("modal", [("2020-01-01", "99", "Z")], (None, "declined")),
        ("modal", [("2020-01-01", "99", None)], (None, "unknown")),
        ("modal", [("2020-01-01", "QQ", None)], (None, "unknown")),
        ("modal", [("2020-01-01", None, None)], (None, "unknown")),
        # Without dates the mode still counts, and a tie between columns goes to the earlier one.
        ("modal", [(None, "A", "H")], ("A", "valid")),
    ],
)
def test_rule(rule, codes, expected):
    assert settle(codes, rule) == expected


def in_words(codes, rule, unspecific=("S",)):
    """The rule as its docstring says it, in plain Python."""
    long = [
        (date, place, code) for date, *both in codes for place, code in enumerate(both) if KINDS.get(code) == "valid"
    ]
    if not long:
        return (None, "declined" if any("Z" in code[1:] for code in codes) else "unknown")
    rank = {}
    for code in {code for _, _, code in long}:
        mine = [(date, place) for date, place, other in long if other == code]
        latest = max(date for date, _ in mine)
        source = min(place for date, place in mine if date == latest)
        recent = (*(-int(part) for part in latest.split("-")), source)
        count = len(mine)
        rank[code] = {
            "most_recent_valid": recent,
            "modal": (-count, *recent),
            "prefer_specific": (code in unspecific, -count, *recent),
            "gdppr_modal": (-count,),
            "ohid": (code == "S", -count, *recent, "AHJS".index(code)),
        }[rule]
    best = min(rank.values())
    winners = [code for code, value in rank.items() if value == best]
    return (winners[0], "valid") if len(winners) == 1 else (None, "unresolved")


@pytest.mark.parametrize("rule", sorted(resolve.RULES))
def test_rule_equals_its_words_on_random_people(rule):
    rng = np.random.default_rng(7)
    pool = [None, *KINDS, "QQ"]
    for _ in range(12):
        codes = [
            (f"202{rng.integers(0, 3)}-01-01", pool[rng.integers(0, len(pool))], pool[rng.integers(0, len(pool))])
            for _ in range(rng.integers(1, 5))
        ]
        assert settle(codes, rule) == in_words(codes, rule), codes


@pytest.mark.parametrize(
    ("rule", "codes", "expected"),
    [
        # GDPPR, modal: two modes are not known, whatever their dates (c); one mode is kept (b).
        ("gdppr_modal", [("2020-01-01", "A", None), ("2021-01-01", "H", None)], (None, "unresolved")),
        ("gdppr_modal", [("2020-01-01", "A", "A"), ("2021-01-01", "H", "Z")], ("A", "valid")),
        # OHID, steps 1 to 3: frequency, then date, then source.
        ("ohid", [("2020-01-01", "A", "A"), ("2021-01-01", "H", None)], ("A", "valid")),
        ("ohid", [("2020-01-01", "A", None), ("2021-01-01", "H", None)], ("H", "valid")),
        ("ohid", [("2020-01-01", "J", "A")], ("J", "valid")),
        # Step 4: same frequency, date and source: the code more common in the census (A before H before J).
        ("ohid", [("2020-01-01", "J", None), ("2020-01-01", "H", None)], ("H", "valid")),
        # Step 6: "Other" gives way to any other valid code, and stands when there is none.
        ("ohid", [("2020-01-01", "S", "S"), ("2019-01-01", "J", None)], ("J", "valid")),
        ("ohid", [("2020-01-01", "S", "Z")], ("S", "valid")),
        # Step 5: unknown only when nothing is known; declined stays apart from not known.
        ("ohid", [("2020-01-01", "Z", "99")], (None, "declined")),
        ("ohid", [("2020-01-01", "99", None)], (None, "unknown")),
    ],
)
def test_published_rule(rule, codes, expected):
    assert settle(codes, rule) == expected


def test_the_scheme_of_the_nhs_has_what_the_published_rules_need():
    from genequity.config import ROOT
    from genequity.groups import Scheme

    scheme = Scheme.read(ROOT / "config" / "schemes" / "nhs2001.csv")
    assert resolve.offered(scheme, dated=True) == list(resolve.RULES)
    assert resolve.offered(scheme, dated=False) == ["modal", "prefer_specific", "gdppr_modal"]
    assert scheme.groupings == ["five_2001", "five_2021", "sixteen", "six"]
    table = scheme.table.set_index("code")
    assert table.index[table["other"] == "yes"].tolist() == ["S"]
    assert sorted(table.loc[table["kind"] == "valid", "census_order"].astype(int)) == list(range(1, 17))


def test_a_scheme_without_an_order_is_told(scheme):
    assert "ohid" not in resolve.offered(scheme, dated=True)
    (problem,) = resolve.rule_problems(scheme, "ohid")
    assert "the rule 'ohid' needs the columns other and census_order" in str(problem)
    assert resolve.rule_problems(scheme, "modal") == []
