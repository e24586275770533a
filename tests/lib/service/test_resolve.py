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
