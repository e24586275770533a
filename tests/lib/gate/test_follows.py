"""A table that counts the same people as another shows nothing that the other withholds."""

import pandas as pd
from genequity.gate import everything

RESPONDENTS = pd.DataFrame(
    {"group": ["Mixed", "White"], "n": [None, 90], "suppressed": ["protects another cell", None]}
)


def shares(n):
    return pd.DataFrame({"item": "trust", "group": ["Mixed", "White"], "n": [n, 85], "suppressed": [None, None]})


def test_a_count_that_outlives_its_table_is_refused():
    path = "release/survey/shares.csv"
    released = {"survey/respondents": RESPONDENTS, "survey/shares": shares(10)}
    (problem,) = everything._unfollowed(path, released)
    assert "1 rows show counts of people whom survey/respondents withholds" in problem.message
    assert everything._unfollowed(path, released | {"survey/shares": shares(None)}) == []
    assert everything._unfollowed(path, {"survey/shares": shares(10)}) == []
