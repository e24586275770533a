"""What a grouping loses, of the project's own schemes and of a made-up one."""

import pytest
from genequity.config import ROOT
from genequity.errors import InputError
from genequity.groups import Scheme
from genequity.service import held

SCHEMES = ROOT / "config" / "schemes"
VALID = {"nhs2001": 16, "ons2011_18": 18, "ons2021_19": 19, "six": 6, "five_2021": 5}


@pytest.mark.parametrize(("name", "codes"), VALID.items())
def test_a_scheme_has_as_many_categories_as_its_name_says(name, codes):
    scheme = Scheme.read(SCHEMES / f"{name}.csv")
    assert (scheme.table["kind"] == "valid").sum() == codes


def test_finer_schemes_fold_into_the_groups_of_coarser_ones():
    nhs, ons11, ons21, six = (Scheme.read(SCHEMES / f"{n}.csv") for n in ("nhs2001", "ons2011_18", "ons2021_19", "six"))
    for grouping in ("five_2001", "five_2021", "sixteen", "six"):
        wanted = nhs.groups(grouping, valid_only=True)
        assert ons11.groups(grouping, valid_only=True) == wanted
        assert ons21.groups(grouping, valid_only=True) == wanted
    assert six.groups("six", valid_only=True) == nhs.groups("six", valid_only=True)
    assert len(ons11.groups("eighteen", valid_only=True)) == 18
    assert ons21.groups("eighteen", valid_only=True) == ons11.groups("eighteen", valid_only=True)
    assert len(ons21.groups("nineteen", valid_only=True)) == 19


def test_a_finer_grouping_than_the_records_have_is_refused():
    with pytest.raises(InputError, match="has no grouping 'eighteen'"):
        Scheme.read(SCHEMES / "nhs2001.csv").groups("eighteen")


def test_what_sixteen_groups_lose_is_said():
    nhs, ons = (Scheme.read(SCHEMES / f"{n}.csv") for n in ("nhs2001", "ons2021_19"))
    both = held.compared(held.categories(nhs, "sixteen", "records"), held.categories(ons, "sixteen", "denominators"))
    at = both.set_index(["source", "group"])
    assert not at.loc["records", "lossy"].any()
    assert at.loc[("denominators", "White Other"), "held"] == (
        "White: Gypsy or Irish Traveller; White: Roma; White: Other White"
    )
    assert set(at.loc["denominators"].query("lossy").index) == {"Any other ethnic group", "White Other"}
    assert set(both.loc[both["differs"], "group"]) == {"Any other ethnic group", "White Other"}


def test_without_denominators_nothing_differs(scheme):
    alone = held.compared(held.categories(scheme, "five", "records"), None)
    assert not alone["differs"].any()
    assert alone.set_index("group")["held"].to_dict() == {
        "Asian": "Indian; Pakistani", "White": "White", "Other": "Any other",
    }  # fmt: skip
    assert alone.set_index("group")["lossy"].to_dict() == {"Asian": True, "White": False, "Other": False}


def test_denominators_grouped_by_another_year_are_refused(tmp_path):
    """A file that calls its groups those of 2021 and counts Chinese people under Other is no denominator of Asian."""
    ours = ROOT / "config" / "schemes" / "nhs2001.csv"
    old = ours.read_text(encoding="utf-8").replace(
        "Chinese,valid,Other,Asian,Chinese", "Chinese,valid,Other,Other,Chinese"
    )
    (tmp_path / "old.csv").write_text(old, encoding="utf-8")
    section = {
        "inputs": {"denominators": "d.csv"},
        "rates": {"measures": [], "denominators": {"scheme": str(tmp_path / "old.csv")}},
    }
    with pytest.raises(InputError, match=r"Chinese is in Asian in nhs2001 .* and in Other in old"):
        held.of_study(Scheme.read(ours), "five_2021", section)
    section["rates"]["denominators"]["scheme"] = str(ROOT / "config" / "schemes" / "ons2021_19.csv")
    both = held.of_study(Scheme.read(ours), "five_2021", section)
    told = held.lost(both).set_index("group")
    assert "Roma" in told.loc["White", "denominators"]
    assert "Roma" not in told.loc["White", "records"]
    assert told.loc["White", ["lossy", "differs"]].tolist() == ["yes", "yes"]
    assert told.loc["Asian", ["lossy", "differs"]].tolist() == ["yes", "no"]
    assert told.loc["Asian", "records"] == "Indian; Pakistani; Bangladeshi; Any other Asian background; Chinese"
    assert told.loc["Black", "records"] == "Caribbean; African; Any other Black background"
