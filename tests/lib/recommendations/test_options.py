"""From barrier to owner."""

import pandas as pd
from genequity.recommendations.options import chain

FINDINGS = pd.DataFrame(
    [
        ("interviews.trust", "interviews", "trust", "patient", "described", None),
        ("evidence.trust", "evidence", "trust", "documents", "lower", 0.7),
        ("policy.travel", "policy", "travel", "documents", "described", 0.0),
    ],
    columns=["id", "strand", "theme", "voice", "direction", "estimate"],
).assign(certainty="low")
DISPLAY = pd.DataFrame({"theme": ["trust", "travel", "trust"], "label": ["Trust", "Travel", "Trust"]})
ASKED = pd.DataFrame(
    [("R01", "Say it plainly", "Body A", "interviews.trust; evidence.trust"), ("R02", "Listen", "Body B", "interviews.trust")],
    columns=["recommendation", "title", "organisation", "evidence"],
)  # fmt: skip
JUDGED = pd.DataFrame(
    [("R01", "APEASE", "effectiveness", "uncertain", "No study."), ("R01", "evidence to decision", "desirable effects", "not assessed", None)],
    columns=["recommendation", "framework", "criterion", "judgement", "reason"],
)  # fmt: skip


def test_each_barrier_has_its_options_what_is_known_of_them_and_their_owner():
    assert chain(FINDINGS, DISPLAY, ASKED, JUDGED).to_numpy().tolist() == [
        ["Travel", "nobody; documents or data only", "no recommendation rests on a finding on it", "–", "–"],
        [
            "Trust",
            "patient",
            "R01: Say it plainly",
            "judged uncertain (APEASE: No study.); published estimate cited: evidence.trust, certainty low",
            "Body A",
        ],
        ["Trust", "patient", "R02: Listen", "not assessed; no published estimate cited", "Body B"],
    ]
