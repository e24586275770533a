"""How each recommendation was judged: APEASE and the evidence-to-decision criteria.

Criteria are named in our words. Sources: APEASE (Michie S, Atkins L, West R. The Behaviour Change Wheel. 2014), six
criteria; GRADE evidence to decision (Alonso-Coello P et al. BMJ 2016;353:i2016), twelve criteria for decisions on
health systems and populations. People judge; what nobody judged is shown as not assessed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from genequity import authored
from genequity.errors import Problem, nearest, raise_if

if TYPE_CHECKING:
    import pandas as pd

APEASE, ETD = "APEASE", "evidence to decision"
FRAMEWORKS = (APEASE, ETD)
CRITERIA = {
    APEASE: ("affordability", "practicability", "effectiveness", "acceptability", "side effects", "equity"),
    ETD: (
        *("priority of the problem", "desirable effects", "undesirable effects", "certainty of the evidence"),
        *("values", "balance of effects", "resources required", "certainty about resources", "cost-effectiveness"),
        *("equity", "acceptability", "feasibility"),
    ),
}
JUDGEMENTS = ("favours", "probably favours", "uncertain", "probably speaks against", "speaks against")
NOT_ASSESSED = "not assessed"
COLUMNS = ("recommendation", "framework", "criterion", "judgement", "reason")
ALL_CRITERIA = tuple(dict.fromkeys(name for names in CRITERIA.values() for name in names))


def read(file: str | None, recommendations: Iterable[str]) -> pd.DataFrame:
    """Read the judgements; empty when there is no file.

    Raises
    ------
    InputError
        With every unknown recommendation, framework, criterion and judgement, and every judgement without a reason.
    """
    import pandas as pd

    if not file:
        return pd.DataFrame(columns=list(COLUMNS), dtype="str")
    frame = authored.read(file, COLUMNS, filled=COLUMNS, unique=COLUMNS[:3])
    known, problems = list(recommendations), []
    for row in frame.to_dict("records"):
        here = f"row {row[authored.ROW]}, column "
        if row["recommendation"] not in known:
            message = f"no recommendation has this id.{nearest(row['recommendation'], known)}"
            problems.append(Problem(file, message, where=here + "recommendation"))
        if row["framework"] not in CRITERIA:
            problems.append(
                Problem(file, "no such framework", where=here + "framework", expected=f"one of {', '.join(FRAMEWORKS)}")
            )
        elif row["criterion"] not in CRITERIA[row["framework"]]:
            names = CRITERIA[row["framework"]]
            message = f"{row['framework']} has no such criterion.{nearest(row['criterion'], names)}"
            problems.append(Problem(file, message, where=here + "criterion", expected=f"one of {', '.join(names)}"))
        if row["judgement"] not in JUDGEMENTS:
            problems.append(
                Problem(file, "no such judgement", where=here + "judgement", expected=f"one of {', '.join(JUDGEMENTS)}")
            )
    raise_if(problems)
    return frame.drop(columns=authored.ROW)


def whole(judged: pd.DataFrame, recommendations: Iterable[str]) -> pd.DataFrame:
    """Return every criterion of every recommendation; those that nobody judged are not assessed.

    Returns
    -------
    pandas.DataFrame
        :data:`COLUMNS` with ``place``, the criterion's place in its framework.
    """
    import pandas as pd

    given = judged.set_index(list(COLUMNS[:3]))[["judgement", "reason"]].to_dict("index")
    blank = {"judgement": NOT_ASSESSED, "reason": None}
    rows = [
        {"recommendation": one, "framework": framework, "place": place, "criterion": name}
        | given.get((one, framework, name), blank)
        for one in recommendations
        for framework, names in CRITERIA.items()
        for place, name in enumerate(names, start=1)
    ]
    return pd.DataFrame(rows, columns=["recommendation", "framework", "place", "criterion", "judgement", "reason"])
