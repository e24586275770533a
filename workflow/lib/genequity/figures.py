"""House style of figures: one look, fonts that are shipped, the same bytes each time, and the study's watermark."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from genequity.notebook import Release

FONTS = Path(__file__).parent / "publish" / "assets" / "fonts"

# Colour-blind safe (after Okabe and Ito, 2008; Tol, 2021), darkened until each has 3:1 contrast against white.
INK = "#1d2b36"
MUTED = "#5b6b78"
RULE = "#c9d2d9"
ACCENT = "#12507b"
SIGNAL = "#b3470f"
PALETTE = ("#12507b", "#b3470f", "#1b7f5f", "#7d4a94", "#8a6d00", "#5b6b78")
# Ordered, for Likert answers from strongly disagree to strongly agree.
LIKERT = ("#b3470f", "#e3a37c", "#d9dee2", "#86b3d1", "#12507b")
STYLE = {
    "font.family": ["Noto Sans", "DejaVu Sans"],
    "font.size": 9,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 9,
    "axes.labelcolor": INK,
    "axes.edgecolor": RULE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.axisbelow": True,
    "axes.grid": False,
    "grid.color": "#e4e9ed",
    "grid.linewidth": 0.8,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": INK,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 9,
    "ytick.major.size": 0,
    "xtick.major.size": 3,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "figure.dpi": 100,
    "savefig.dpi": 200,
    "figure.constrained_layout.use": True,
    "svg.hashsalt": "genequity",
    "svg.fonttype": "path",
    "axes.prop_cycle": None,
}


def use_style() -> None:
    """Register the shipped fonts and set the house style for all figures of this process."""
    import matplotlib
    from cycler import cycler
    from matplotlib import font_manager

    known = {Path(font.fname).name for font in font_manager.fontManager.ttflist}
    for font in sorted(FONTS.glob("*.ttf")):
        if font.name not in known:
            font_manager.fontManager.addfont(font)
    matplotlib.rcParams.update({**STYLE, "axes.prop_cycle": cycler(color=PALETTE)})
    families = {font.name for font in font_manager.fontManager.ttflist}
    matplotlib.rcParams["font.family"] = [name for name in STYLE["font.family"] if name in families]


def new(width: float = 6.5, height: float = 3.2, **options) -> tuple[Figure, Axes]:
    """Return a figure and its axes in house style.

    Parameters
    ----------
    width, height : float
        Inches; 6.5 fills the measure of the printed page.
    **options
        For ``matplotlib.pyplot.subplots``, such as ``ncols`` or ``sharex``.
    """
    import matplotlib.pyplot as plt

    use_style()
    return plt.subplots(figsize=(width, height), **options)


def finish(fig: Figure, release: Release | None = None) -> Figure:
    """Stamp the study's watermark under a figure and return it, closed, so that a notebook shows it once.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        The figure.
    release : genequity.notebook.Release, optional
        The open release, whose study may carry a watermark.
    """
    import matplotlib.pyplot as plt

    watermark = release.study.get("watermark") if release is not None else None
    if watermark:
        fig.supxlabel(watermark, x=0.995, ha="right", fontsize=7, color=SIGNAL, fontweight="bold")
    plt.close(fig)
    return fig


def rendered(fig: Figure, name: str) -> dict[str, bytes]:
    """Return a finished figure as the writers of pages take it: SVG and PNG, the same bytes each time.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        From :func:`finish`.
    name : str
        The picture is ``media/<name>.svg`` in the page's Markdown.
    """
    import io

    import matplotlib

    fig.draw_without_rendering()
    fig.set_layout_engine("none")
    box = fig.get_tightbbox().padded(0.04)
    pictures = {}
    for kind, options in {
        "svg": {"metadata": {"Date": None, "Creator": None}},
        "png": {"dpi": 150, "metadata": {"Software": None}},
    }.items():
        buffer = io.BytesIO()
        with matplotlib.rc_context({"svg.hashsalt": "genequity", "svg.fonttype": "path"}):
            fig.savefig(buffer, format=kind, bbox_inches=box, **options)
        pictures[f"media/{name}.{kind}"] = buffer.getvalue()
    return pictures


def reference_line(ax: Axes, value: float, axis: str = "x") -> None:
    """Draw the thin line of no difference."""
    (ax.axvline if axis == "x" else ax.axhline)(value, color=MUTED, linewidth=0.9, linestyle=(0, (3, 2)), zorder=0)
