"""The executive summary's table can be matched to pages and trace by the recommendations' numbers."""

from types import SimpleNamespace

import pandas as pd
from genequity.publish import summary


def test_the_table_at_a_glance_begins_with_the_number_and_tells_of_disagreement():
    register = {"organisation": "Body A", "title": "Title", "by_when": "2027-03-31", "support": "2 strands"}
    tables = {
        "recommendations/register": pd.DataFrame([{"recommendation": name, **register} for name in ("R1", "R2")]),
        "recommendations/decisions": pd.DataFrame(
            [
                {"recommendation": "R1", "final": False, "decision": "agreed", "disagreement": True},
                {"recommendation": "R1", "final": True, "decision": "agreed", "disagreement": False},
                {"recommendation": "R2", "final": True, "decision": "no consensus", "disagreement": True},
            ]
        ),
    }
    shown = []

    def show(frame, columns):
        shown.append(frame[list(columns)].rename(columns=columns))
        return "<table></table>"

    summary.recommendations(SimpleNamespace(supplied=lambda _: True, table=tables.get, show=show))
    assert list(shown[0].columns)[:2] == ["No.", "Addressed to"]
    assert shown[0][["No.", "Panel"]].to_numpy().tolist() == [
        ["R1", "agreed"],
        ["R2", "no consensus, with disagreement"],
    ]
