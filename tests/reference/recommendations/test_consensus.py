"""Consensus rules against published values (../shared/reference/agreement.md; RAND/UCLA manual, Fitch et al. 2001)."""

import pytest
from genequity.recommendations import consensus

# n = 15: three single votes below 7, five 7s, five 8s, two 9s.
PUBLISHED = [3, 5, 6, 7, 7, 7, 7, 7, 8, 8, 8, 8, 8, 9, 9]


def test_ipras_of_the_published_example():
    assert consensus.percentile(PUBLISHED, 0.5) == 7
    p30, p70, limit = consensus.ipras(PUBLISHED)
    # 2.35 + 1.5 * |5 - (7 + 8) / 2| = 2.35 + 1.5 * 2.5 = 6.1; 8 - 7 = 1 < 6.1
    assert (p30, p70) == (7, 8)
    assert limit == pytest.approx(6.1)
    assert not consensus.disagrees(PUBLISHED)


def test_the_reference_page_still_says_so(reference_folder):
    text = (reference_folder / "agreement.md").read_text(encoding="utf-8")
    assert "IPRAS = 2.35 + 1.5 x |5 - (P30 + P70)/2|" in text
    assert "IPRAS 6.1" in text
    assert "HEAP: in when >= 70 % score 7-9 and < 15 % score 1-3" in text


@pytest.mark.parametrize(
    ("n", "outside", "verdict"),
    [
        *[(n, 2, "agreement") for n in (8, 9, 10)],
        *[(n, 3, "indeterminate") for n in (8, 9, 10)],
        *[(n, 3, "agreement") for n in (11, 12, 13)],
        *[(n, 4, "indeterminate") for n in (11, 12, 13)],
        *[(n, 4, "agreement") for n in (14, 15, 16)],
        *[(n, 5, "indeterminate") for n in (14, 15, 16)],
    ],
)
def test_panel_size_table_for_agreement(n, outside, verdict):
    assert consensus.panel_size_rule([5] * outside + [8] * (n - outside)) == verdict


@pytest.mark.parametrize(("n", "each"), [(8, 3), (10, 3), (11, 4), (13, 4), (14, 5), (16, 5)])
def test_panel_size_table_for_disagreement(n, each):
    split = [1] * each + [9] * each
    assert consensus.panel_size_rule(split + [5] * (n - len(split))) == "disagreement"
    fewer = [1] * (each - 1) + [9] * each
    assert consensus.panel_size_rule(fewer + [5] * (n - len(fewer))) != "disagreement"


@pytest.mark.parametrize("n", [7, 17])
def test_the_table_holds_no_other_panel_size(n):
    assert consensus.panel_size_rule([8] * n) == "not defined"
