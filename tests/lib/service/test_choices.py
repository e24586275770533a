"""The figure of choices: one line for each choice that differs from the reported one, none twice."""

import pandas as pd
from genequity.service import figures_choices
from genequity.service.unknown import COMPLETE, OWN_GROUP


def rows(**columns):
    values = {"risk_difference": -0.05, "risk_difference_low": -0.06, "risk_difference_high": -0.04}
    people = [{"outcome": "accepted", "group": group} | values | columns for group in ("Asian", "White", "Not known")]
    return people


ADJUSTED = pd.DataFrame(
    rows(region="All", final=True, covariates="age, sex")
    + rows(region="All", final=False, covariates=None)
    + rows(region="North", final=True, covariates="age")
)
RULES = pd.DataFrame(rows(chosen=True, rule_label="Latest") + rows(chosen=False, rule_label="Most frequent"))
UNKNOWN = pd.DataFrame(rows(treatment=OWN_GROUP) + rows(treatment=COMPLETE))


def test_each_choice_that_differs_from_the_report_has_one_line_and_known_groups_alone():
    found = figures_choices.lines(ADJUSTED, RULES, UNKNOWN, "accepted", "All")
    asian = found[found["group"] == "Asian"]["choice"].tolist()
    assert asian == ["As reported", "Not adjusted", "Rule: Most frequent", f"Unknown: {COMPLETE}"]
    assert set(found["group"]) == {"Asian", "White"}


def test_the_comparator_has_no_panel_and_what_is_not_given_no_mark():
    found = figures_choices.lines(ADJUSTED, RULES, UNKNOWN, "accepted", "All")
    figure = figures_choices.choices(found, "White")
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["Asian"]
    assert next(label.get_text() for label in figure.axes[0].get_yticklabels()) == "As reported"
    nothing = figures_choices.choices(found.assign(risk_difference=float("nan")), "White")
    assert nothing == "No difference can be given at this stage."


def test_titles_of_many_groups_with_long_names_do_not_touch():
    """Seventeen groups, as the finest scheme of the census names them, beside long names of choices."""
    names = [f"Any other background of the {word} group" for word in "ABCDEFGHIJKLMNOPQ"]
    found = figures_choices.lines(ADJUSTED, RULES, UNKNOWN, "accepted", "All")
    every = pd.concat([found[found["group"] == "Asian"].assign(group=name) for name in names])
    figure = figures_choices.choices(every, "White")
    figure.draw_without_rendering()
    boxes = [ax._left_title.get_window_extent() for ax in figure.axes if ax.get_visible()]
    assert len(boxes) == len(names)
    assert not any(first.overlaps(second) for i, first in enumerate(boxes) for second in boxes[i + 1 :])
    assert all(box.x0 >= 0 and box.x1 <= figure.bbox.x1 for box in boxes)
