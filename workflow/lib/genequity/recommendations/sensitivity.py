"""How much the result owes to the rule: what stands under each definition of consensus.

The study's own rule decides. The other definitions are those that consensus studies use most; they decide nothing here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from genequity.recommendations import consensus

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("recommendation", "definition", "label", "sentence", "decision", "stands", "study_rule")


def table(votes: pd.DataFrame, of_items: pd.DataFrame, rule: Mapping[str, object]) -> pd.DataFrame:
    """Decide each recommendation under each definition, on the last round of its items.

    Parameters
    ----------
    votes, of_items : pandas.DataFrame
        As read.
    rule : mapping
        ``rule`` and :data:`genequity.recommendations.consensus.LIMITS`.

    Returns
    -------
    pandas.DataFrame
        :data:`COLUMNS`, one row a recommendation and definition. With several items all must have the same decision.
    """
    import pandas as pd

    limits = {name: rule[name] for name in consensus.LIMITS}
    last = of_items[of_items["round"] == of_items.groupby("item")["round"].transform("max")]
    rated = votes.dropna(subset="rating").groupby(["item", "round"])["rating"].apply(list).to_dict()
    rows = []
    for recommendation, shown in last.groupby("recommendation", sort=True):
        pairs = shown[["item", "round"]].itertuples(index=False, name=None)
        decided = [consensus.under_each(rated.get(pair, []), limits) for pair in pairs]
        for name, label in consensus.LABELS.items():
            said = {one[name] for one in decided}
            decision = said.pop() if len(said) == 1 else consensus.NO_CONSENSUS
            sentence = consensus.sentence(name, **limits)
            stands = decision == consensus.AGREED
            rows.append((recommendation, name, label, sentence, decision, stands, name == rule["rule"]))
    return pd.DataFrame(rows, columns=list(COLUMNS))
