"""The pathway map, statistics by themes, PROGRESS-Plus and GRAMMS."""

import pandas as pd
import pytest
from genequity.errors import InputError
from genequity.synthesis import figures, fit, inferences, progress, reporting, steps

THEMES = pd.DataFrame({"theme": ["access", "trust"], "label": ["Access", "Trust"]})
TABLES = {
    "service/pathway": pd.DataFrame(
        {
            "stage": ["tested", "accepted", "tested"],
            "place": ["2", "1", "2"],
            "label": ["Test done", "Accepted", "Test done"],
            "after": ["Accepted", "Referred", "Accepted"],
        }
    ),
    "service/rates": pd.DataFrame({"measure": ["referred", "tested"], "label": ["People referred", "People tested"]}),
}


def finding(id, **cells):
    blank = dict.fromkeys(["group", "comparator", "region", "pathway_step", "unit", "estimate", "ci_low", "ci_high"])
    known = {"strand": "service", "theme": "access", "voice": "data", "direction": "lower", "headline": False}
    return blank | known | {"id": id, "statement": f"Statement of {id}."} | cells


def register(*rows):
    return pd.DataFrame(rows).astype({"estimate": float, "ci_low": float, "ci_high": float})


def test_steps_stand_in_the_order_of_the_pathway_after_what_is_counted_per_resident():
    assert steps.of_pathway(TABLES) == [
        ("referred", "People referred", ""),
        ("accepted", "Accepted", "Referred"),
        ("tested", "Test done", "Accepted"),
    ]
    assert steps.of_pathway({}) == []


def test_the_gap_of_a_step_is_the_clear_difference_furthest_from_none():
    shares = {"unit": "proportion difference", "pathway_step": "accepted", "comparator": "White"}
    ratios = {"unit": "rate ratio", "pathway_step": "referred", "comparator": "White"}
    found = steps.gaps(
        register(
            finding("s.unclear", group="Mixed", estimate=-0.30, **shares | {"direction": "no_clear_difference"}),
            finding("s.small", group="Asian", estimate=-0.02, **shares),
            finding("s.large", group="Black", estimate=-0.05, **shares),
            finding("s.odds", group="Black", estimate=0.2, **shares | {"unit": "odds ratio"}),
            finding("s.region", group="Other", estimate=-0.5, region="Region A", **shares),
            finding("s.near", group="Asian", estimate=0.9, **ratios),
            finding("s.far", group="Black", estimate=0.6, **ratios),
            finding("s.nobody", estimate=-0.9, **shares),
        ),
        steps.of_pathway(TABLES),
        "All regions",
    ).set_index("step")
    assert found["finding"].fillna("none").to_dict() == {"referred": "s.far", "accepted": "s.large", "tested": "none"}
    assert found.loc["accepted", ["n_compared", "n_differences"]].tolist() == [3, 2]


def test_barriers_are_themes_that_people_raise_and_the_study_or_the_finding_places():
    rows = register(
        finding("i.access", strand="interviews", voice="patient", direction="described"),
        finding("p.trust", strand="policy", theme="trust", voice="documents", direction="described", estimate=0.0),
        finding("s.gap", group="Black", pathway_step="tested"),
    )
    found = steps.barriers(rows, THEMES, steps.of_pathway(TABLES), {"tested": ["access", "trust"]})
    # no document raises trust (0 of n), and what data show is no voice
    assert found[["step", "theme", "voices", "findings"]].to_numpy().tolist() == [
        ["tested", "access", "patient", "i.access"]
    ]


def test_unknown_steps_and_themes_are_named():
    declared = {"testd": ["access"], "tested": ["acces"]}
    found = [str(problem) for problem in steps.problems(declared, ["tested"], ["access"], ["testted"])]
    assert "(synthesis.steps): the pathway has no step 'testd'. Did you mean 'tested'?" in found[0]
    assert "(synthesis.adverse): the pathway has no step 'testted'. Did you mean 'tested'?" in found[1]
    assert "Did you mean 'access'?" in found[2]


def pairs(code, *strands):
    a, b = strands or ("policy", "survey")
    return pd.DataFrame({"theme": ["access"], "strand_a": [a], "strand_b": [b], "code": [code]})


NO_PAIRS = pairs("partial", "service", "interviews")
PATHWAY = steps.of_pathway(TABLES)
VOICED = [finding("interviews.a", strand="interviews", voice="patient", direction="described")]


def computed(counted, said=VOICED, coded=NO_PAIRS, **more):
    return fit.fit(register(*counted), register(*said), coded, PATHWAY, national="All regions", **more)


@pytest.mark.parametrize(
    ("code", "word"),
    [("agreement", "confirm"), ("partial", "expand"), ("dissonance", "discord"), ("silence", "expand")],
)
def test_fit_follows_from_the_pairs_across_the_two_sides(code, word):
    counted = [finding("survey.a", strand="survey", group="Black")]
    said = [finding("policy.a", strand="policy", voice="documents", group="Black")]
    assert computed(counted, said, pairs(code))[0] == word
    assert fit.fit(register(*counted), register(*said).head(0), pairs(code))[0] == "one-sided"
    # Two sides that only describe confirm nothing.
    described = [finding("survey.a", strand="survey", direction="described")]
    assert computed(described, said, pairs(code))[0] == "not compared"


GAP = {"group": "Black", "comparator": "White", "pathway_step": "accepted"}


@pytest.mark.parametrize(
    ("cells", "where", "word"),
    [
        ({}, ["accepted"], "confirm"),
        ({"pathway_step": "Accepted"}, ["accepted"], "confirm"),  # studies name the step in words
        ({}, ["tested"], "expand"),  # the barrier stands at another step
        ({}, [], "expand"),
        ({"group": None}, ["accepted"], "expand"),  # a difference of no group
        ({"region": "Region A"}, ["accepted"], "expand"),
        ({"direction": "no_clear_difference"}, ["accepted"], "expand"),
        ({"direction": "higher"}, ["accepted"], "expand"),  # the group does better there
        ({"direction": "higher", "unit": "days"}, ["accepted"], "confirm"),
        ({"direction": "lower", "unit": "days"}, ["accepted"], "expand"),
    ],
)
def test_a_gap_at_a_step_where_people_voice_the_theme_is_confirmed(cells, where, word):
    said, why = computed([finding("service.a", **GAP | cells)], barrier_at=where)
    assert said == word
    assert ("“Accepted” (Black); voices that speak of it there: patient" in why) == (word == "confirm")


def test_no_pair_at_all_is_no_contradiction():
    assert computed([finding("service.a", **GAP)], coded=NO_PAIRS.head(0), barrier_at=["accepted"])[0] == "confirm"


def test_a_step_at_which_more_is_worse_turns_the_gap_round():
    gap = GAP | {"direction": "higher"}
    assert computed([finding("service.a", **gap)], barrier_at=["accepted"], adverse=["accepted"])[0] == "confirm"
    assert computed([finding("service.a", **GAP)], barrier_at=["accepted"], adverse=["accepted"])[0] == "expand"


@pytest.mark.parametrize(
    ("cells", "word"),
    [
        ({"pathway_step": "Accepted"}, "confirm"),  # the finding itself names the step
        ({"pathway_step": "Test done"}, "expand"),
        ({"pathway_step": "Accepted", "direction": "not_measurable"}, "expand"),
        (
            {"pathway_step": "Accepted", "voice": "documents", "strand": "policy"},
            "expand",
        ),  # documents voice no barrier
    ],
)
def test_voices_may_name_the_step_themselves(cells, word):
    said = [VOICED[0] | cells]
    assert computed([finding("service.a", **GAP)], said)[0] == word


@pytest.mark.parametrize(
    ("direction", "coded", "word"),
    [
        ("lower", pairs("partial", "survey", "service"), "confirm"),
        ("no_clear_difference", pairs("partial", "survey", "service"), "expand"),
        ("higher", pairs("dissonance", "survey", "service"), "discord"),
    ],
)
def test_a_survey_that_shows_the_same_gap_of_a_group_confirms_what_was_recorded(direction, coded, word):
    asked = finding("survey.a", strand="survey", voice="public", group="Black", comparator="White", direction=direction)
    found = computed([finding("service.a", group="Black", comparator="White"), asked], coded=coded)
    assert found[0] == word
    other = asked | {"group": "Asian"}
    assert computed([finding("service.a", group="Black", comparator="White"), other])[0] == "expand"


def test_what_the_team_writes_stands_before_the_computed_fit(tmp_path):
    file = tmp_path / "m.csv"
    file.write_text(
        "theme,fit,meta_inference,author,date\naccess,discord,They part.,Ann,2026-03-01\n", encoding="utf-8"
    )
    rows = register(
        finding("survey.a", strand="survey", group="Black", headline=True),
        finding("survey.b", strand="survey", direction="described"),
        finding("interviews.a", strand="interviews", voice="patient", direction="described"),
    )
    written = inferences.read(str(file), ["access"])
    found = inferences.statistics_by_themes(rows, THEMES, pairs("agreement", "survey", "interviews"), written)
    (row,) = found.to_dict("records")  # nobody speaks of trust
    assert (row["counted"], row["counted_n"], row["said"]) == ("survey.a", 2, "interviews.a")
    assert (row["fit_computed"], row["fit"], row["written_by"]) == ("confirm", "discord", "Ann, 2026-03-01")


def test_wrong_meta_inferences_are_named(tmp_path):
    file = tmp_path / "m.csv"
    file.write_text("theme,fit,meta_inference,author,date\naccess,fits,They part.,Ann,1 March\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        inferences.read(str(file), ["access"])
    assert "unknown fit" in str(caught.value)
    assert "not a date" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "item"),
    [
        ("age_band", "Plus: personal characteristics"),
        ("Language of interview", "Race, ethnicity, culture and language"),
        ("region", "Place of residence"),
        ("religion", "Religion"),
        ("imd_quintile", "Socioeconomic status"),
        ("workplace", ""),
        ("Setting", ""),
    ],
)
def test_a_characteristic_is_known_by_its_own_name(name, item):
    assert progress.item_of(name) == item


def test_progress_plus_is_read_from_what_strands_release():
    tables = {
        "policy/frames": pd.DataFrame(
            {
                "frame": ["PROGRESS-Plus"] * 3 + ["Policy triangle"],
                "category": ["Education", "Religion", "Occupation", "Actors"],
                "state": ["raised", "silent", "without code", "raised"],
                "documents": ["8", "0", "0", "9"],
                "of": ["24"] * 4,
            }
        ),
        "survey/margins": pd.DataFrame({"variable": ["sex", "age_band", "sex"]}),
    }
    found = progress.matrix(tables, ["policy", "survey"]).set_index(["item", "strand"])
    assert found.loc[("Education", "policy"), ["state", "by"]].tolist() == ["reported", "8 of 24 documents"]
    assert found.loc[("Religion", "policy"), "state"] == "silent"
    assert found.loc[("Occupation", "policy"), "state"] == "nobody looked"
    assert found.loc[("Gender and sex", "survey"), ["state", "by"]].tolist() == ["reported", "sex"]
    assert found.loc[("Gender and sex", "service"), "state"] == "not supplied"
    silent = progress.unanswered(found.reset_index())
    assert "Religion" in silent
    assert "Education" not in silent


def test_grams_takes_the_authors_words_first_and_says_what_is_missing():
    facts = reporting.facts(["policy", "survey"], {"policy": "Policy", "survey": "Survey"}, 12, 2, 0)
    found = reporting.filled({"1": "Because one method alone cannot show why."}, facts).set_index("item")
    assert found["state"].to_dict() == {
        1: "reported by the authors",
        2: "reported",
        3: "reported",
        4: "reported",
        5: "not reported",
        6: "not reported",  # no meta-inference was written
    }
    assert "12 pairs were coded by a computed rule and 2 analysts" in found.loc[4, "answer"]
    assert "evidence synthesis" not in found.loc[2, "answer"]  # there is none, whose focus the policy review could set
    both = reporting.facts(["policy", "evidence"], {"policy": "Policy", "evidence": "Evidence"}, 12, 2, 0)
    assert "The policy review sets the focus of the evidence synthesis" in both["design"]
    assert len(reporting.problems({"7": "x"})) == 1


@pytest.mark.parametrize(
    ("cells", "size"),
    [
        (
            {"unit": "proportion difference", "estimate": -0.053, "ci_low": -0.065, "ci_high": -0.042},
            "−5.3 points (−6.5 to −4.2)",
        ),
        ({"unit": "rate ratio", "estimate": 0.65, "ci_low": 0.63, "ci_high": 0.67}, "rate ratio 0.65 (0.63 to 0.67)"),
        ({"unit": "days", "estimate": 5.0, "ci_low": 3.7, "ci_high": 6.3}, "5.0 days (3.7 to 6.3)"),
        (
            {"unit": None, "estimate": float("nan"), "ci_low": float("nan"), "ci_high": float("nan")},
            "no interval is given",
        ),
    ],
)
def test_the_map_prints_a_gap_in_its_own_unit_and_never_a_missing_number(cells, size):
    frame = pd.DataFrame([finding("s.a", group="Black", comparator="White", **cells)])
    frame = frame.assign(step="tested", position=1, label="Test done", after=None, finding="s.a", n_compared=4)
    frame = frame.assign(n_differences=1)
    drawn = figures.pathway_map(frame, pd.DataFrame(columns=["step", "label", "voices"]))
    words = [text.get_text() for text in drawn.axes[0].texts]
    assert any(size in text for text in words), words
