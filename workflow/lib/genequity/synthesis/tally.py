"""Counts of the integration, as one table, so that every number in prose has its row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genequity.numbers import number
from genequity.synthesis.convergence import CODES
from genequity.synthesis.display import SPEAKING
from genequity.synthesis.inferences import FITS
from genequity.synthesis.register import STRANDS

if TYPE_CHECKING:
    import pandas as pd


def tally(
    register: pd.DataFrame,
    display: pd.DataFrame,
    convergence: pd.DataFrame,
    silences: pd.DataFrame,
    explanations: pd.DataFrame,
    inferences: pd.DataFrame,
) -> pd.DataFrame:
    """Count findings, themes, strands, codes, silences, fits and what is still open.

    Returns
    -------
    pandas.DataFrame
        ``measure, label, n``.
    """
    import pandas as pd

    spoken = display[display["stance"].isin(SPEAKING)]
    used = int(convergence["explanation"].notna().sum())
    rows = [
        ("findings", "Findings in the register", len(register)),
        ("strands", "Strands supplied", display.loc[display["stance"] != "not supplied", "strand"].nunique()),
        ("strands_possible", "Strands of the design", len(STRANDS)),
        ("themes", "Themes", display["theme"].nunique()),
        ("themes_spoken", "Themes of which at least one strand speaks", spoken["theme"].nunique()),
        ("pairs", "Pairs of strands coded, over all themes", len(convergence)),
        *((code, f"Pairs coded as {code}", int((convergence["code"] == code).sum())) for code in CODES),
        ("open", "Dissonances that nobody has explained", int(convergence["open"].astype(bool).sum())),
        ("explanations_unused", "Written explanations without a dissonance", len(explanations) - used),
        ("silences", "Silences found", len(silences)),
        ("inferences_written", "Themes with a written meta-inference", int(inferences["written_by"].notna().sum())),
        *(
            (
                _key(fit),
                f"Themes whose fit is: {fit}",
                int((inferences["fit"] == fit).sum()),
            )
            for fit in FITS
        ),
    ]
    return pd.DataFrame(rows, columns=["measure", "label", "n"])


def _key(fit: str) -> str:
    """Return ``fit_one_sided`` for ``one-sided``."""
    return "fit_" + fit.replace("-", "_").replace(" ", "_")


def numbers(tally: pd.DataFrame) -> list[dict]:
    """Return the released numbers: ``synthesis.<measure>``."""
    return [
        number(
            f"synthesis.{row.measure}",
            row.n,
            "count",
            "synthesis/tally",
            f"measure={row.measure}",
            "n",
            "synthesis_integrate",
        )
        for row in tally.itertuples()
    ]
