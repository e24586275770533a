"""What the notebook prints of the integration."""

import pandas as pd
from genequity.synthesis import text

DISPLAY = pd.DataFrame(
    {
        "theme": "trust",
        "label": "Trust",
        "strand": ["policy", "survey", "evidence", "service", "interviews"],
        "stance": ["absent", "difference", "not supplied", "silent", "described"],
        "n_higher": 0,
        "n_lower": [0, 2, 0, 0, 0],
        "n_no_clear_difference": [0, 1, 0, 0, 0],
        "n_described": [0, 0, 0, 0, 1],
        "n_not_measurable": 0,
        "n_absent": [1, 0, 0, 0, 2],
        "lead_finding": ["policy.trust", "survey.trust", None, None, "interviews.trust"],
        "lead_statement": ["None of 9.", "Lower in *one* group.", None, None, "Six of 9."],
    }
)


def test_cells_of_the_joint_display():
    row = text.cells(DISPLAY).iloc[0]
    assert row["survey"] == "lower 2, no clear difference 1"
    assert row["interviews"] == "described 1, absent 2"
    assert (row["policy"], row["evidence"], row["service"]) == ("absent", "not supplied", "silent")


def test_only_strands_that_speak_are_quoted_and_markup_is_printed_as_it_is():
    assert text.side_by_side(DISPLAY) == (
        "**Trust.** *Survey*: Lower in \\*one\\* group. (`survey.trust`) *Interviews*: Six of 9. (`interviews.trust`)\n"
    )


def test_what_was_not_supplied_is_said():
    assert text.strands(DISPLAY) == "Not supplied: evidence. Nothing can be said of what they would have shown."


def test_a_dissonance_without_an_explanation_is_open():
    row = {"label": "Trust", "strand_a": "survey", "strand_b": "service", "code": "dissonance", "open": True}
    row |= {"reason": "opposite directions for Black", "explanation": None, "explained_by": None}
    assert text.dissonances(pd.DataFrame([row])) == (
        "- *Trust, Survey and Service data*: opposite directions for Black. **Open: nobody has explained it yet.**"
    )


def test_statistics_by_themes_say_which_fit_is_the_rules_and_which_the_teams():
    frame = pd.DataFrame(
        {
            "label": ["Trust", "Access"],
            "counted": ["survey.a", None],
            "counted_statement": ["Lower.", None],
            "said": ["interviews.a", "policy.a"],
            "said_statement": ["Raised.", "Named."],
            "fit": ["confirm", "one-sided"],
            "fit_computed": ["expand", "one-sided"],
            "fit_reason": ["they do not meet", None],
            "meta_inference": ["Both.", None],
            "written_by": ["Ann, 2026-03-01", None],
        }
    )
    assert text.by_themes(frame).to_numpy().tolist() == [
        ["Access", "nothing", "Named. (policy.a)", "one-sided (by the rule)", "not written yet", ""],
        [
            *("Trust", "Lower. (survey.a)", "Raised. (interviews.a)"),
            *("confirm (by the rule: expand)", "Both. (Ann, 2026-03-01)", "they do not meet"),
        ],
    ]
    assert text.reasons(frame) == ""
    frame["fit_computed"], frame["fit_reason"] = ["confirm", "discord"], ["they meet at “Test”", "they part"]
    assert text.reasons(frame) == "- *Access*, discord: they part.\n- *Trust*, confirm: they meet at “Test”."
    assert text.meta_inferences(frame) == "- **Trust** (*confirm*): Both. (Ann, 2026-03-01)"
    assert text.fits(frame)[["fit", "n"]].to_numpy().tolist()[0] == ["confirm", 1]
