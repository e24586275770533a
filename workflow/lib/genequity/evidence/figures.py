"""Figures of the evidence chapter: PRISMA flow and forest plot. They draw released tables and compute nothing."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd

from genequity import figures
from genequity.evidence import effects
from genequity.evidence.ledger import ALL
from genequity.notebook import absent
from genequity.numbers import say

LINE = 0.165  # inches a line of box text
PAD = 0.11
GAP = 0.24
WRAP = 44  # characters a line in a box
# Phase, box in the main column, boxes beside it.
ROWS = [
    ("Identification", ["identified"], ["duplicates", "unscreened"]),
    ("Screening", ["screened"], ["excluded_screening", "conflicts_screening"]),
    ("Screening", ["sought"], ["not_retrieved", "awaiting"]),
    ("Screening", ["assessed"], ["excluded_full_text", "conflicts_full_text"]),
    ("Included", ["studies", "reports"], []),
]
# Boxes drawn even when they hold nothing.
ALWAYS = {"identified", "duplicates", "screened", "excluded_screening", "sought", "not_retrieved", "assessed"} | {
    "excluded_full_text",
    "reports",
    "studies",
}


def _lines(flow: pd.DataFrame, boxes: list[str]) -> list[tuple[str, bool]]:
    """Text of one drawn box: (line, is a heading). Empty if the flow has not got so far."""
    lines: list[tuple[str, bool]] = []
    for box in boxes:
        own = flow[flow["box"] == box]
        whole = own[own["item"] == ALL].iloc[0]
        if pd.isna(whole["n"]) or (whole["n"] == 0 and box not in ALWAYS):
            continue
        heading = _counted(whole["label"], whole["n"])
        lines += [(part, True) for part in textwrap.wrap(heading, WRAP)]
        for item in own[own["item"] != ALL].sort_values(["n", "item"], ascending=[False, True]).to_dict("records"):
            wrapped = textwrap.wrap(_counted(item["label"], item["n"]), WRAP, subsequent_indent="  ")
            lines += [(part, False) for part in wrapped]
    return lines


def _counted(label: str, n: int) -> str:
    return f"{label} (n\u00a0=\u00a0{int(n):,})"


def flow(table: pd.DataFrame, release=None):
    """Draw the PRISMA 2020 flow (databases and registers) as far as it goes.

    Parameters
    ----------
    table : released table evidence/flow.
    release : for the watermark.
    """
    from matplotlib.patches import FancyBboxPatch

    rows = [(phase, _lines(table, main), _lines(table, side)) for phase, main, side in ROWS]
    drawn = [row for row in rows if row[1]]
    if not rows[1][1]:  # nothing was screened: the last box says so, not the one beside the first
        drawn = [(phase, main, _lines(table, ["duplicates"])) for phase, main, _ in drawn]
    ended = "" if len(drawn) == len(rows) else _ending(table)
    if ended:
        drawn.append(("", [(part, False) for part in textwrap.wrap(ended, WRAP)], []))
    heights = [max(len(main), len(side)) * LINE + 2 * PAD for _, main, side in drawn]
    height = sum(heights) + GAP * (len(drawn) - 1) + 0.1
    fig, ax = figures.new(6.5, height + 0.25)
    fig.set_layout_engine("none")
    ax.set_position([0, 0.25 / (height + 0.25), 1, height / (height + 0.25)])
    ax.set(xlim=(0, 6.5), ylim=(height, 0))
    ax.axis("off")
    left, width, right = 0.42, 2.85, 3.6
    top = 0.05
    spans: dict[str, list[float]] = {}
    for place, ((phase, main, side), tall) in enumerate(zip(drawn, heights, strict=True)):
        last = bool(ended) and place == len(drawn) - 1
        spans.setdefault(phase, [top, top])[1] = top + tall
        for x, lines in ((left, main), (right, side)):
            if not lines:
                continue
            style = {"facecolor": "white", "edgecolor": figures.MUTED, "linestyle": "--"} if last else {}
            face = "#eef3f7" if x == left else "white"
            style = style or {"facecolor": face, "edgecolor": figures.ACCENT if x == left else figures.MUTED}
            ax.add_patch(
                FancyBboxPatch((x, top), width, tall, boxstyle="round,pad=0,rounding_size=0.04", linewidth=0.9, **style)
            )
            first = top + (tall - len(lines) * LINE) / 2 + LINE / 2
            for number, (text, heading) in enumerate(lines):
                ax.text(
                    x + 0.1,
                    first + number * LINE,
                    text,
                    va="center",
                    fontsize=8.3,
                    fontweight="bold" if heading else "normal",
                    style="italic" if last else "normal",
                )
        if side:
            _arrow(ax, (left + width, top + tall / 2), (right, top + tall / 2))
        if place < len(drawn) - 1:
            _arrow(ax, (left + width / 2, top + tall), (left + width / 2, top + tall + GAP))
        top += tall + GAP
    for phase, (start, end) in spans.items():
        if phase:
            ax.add_patch(
                FancyBboxPatch(
                    (0.05, start),
                    0.24,
                    end - start,
                    boxstyle="round,pad=0,rounding_size=0.04",
                    facecolor=figures.ACCENT,
                    edgecolor="none",
                )
            )
            ax.text(
                0.17,
                (start + end) / 2,
                phase,
                rotation=90,
                va="center",
                ha="center",
                fontsize=8,
                color="white",
                fontweight="bold",
            )
    return figures.finish(fig, release)


def _arrow(ax, start: tuple[float, float], end: tuple[float, float]) -> None:
    style = {"arrowstyle": "-|>", "color": figures.MUTED, "linewidth": 0.9, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", xy=end, xytext=start, arrowprops={**style, "mutation_scale": 9})


def _ending(table: pd.DataFrame) -> str:
    waiting = table[(table["box"] == "unscreened") & (table["item"] == ALL)].iloc[0]
    note = str(table["note"].dropna().iloc[0])
    return f"{_counted(waiting['label'], waiting['n'])}. {note}" if waiting["n"] else note


def forests(single: pd.DataFrame, pooled: pd.DataFrame, release=None):
    """Draw one forest plot below the other, for as many pooled outcomes as a page holds.

    Parameters
    ----------
    single : released table evidence/effects.
    pooled : released table evidence/pooled; outcomes that were not pooled are left out.
    release : for the watermark.
    """
    panels = []
    height = 0.0
    for pool in pooled[pooled["status"] == "pooled"].to_dict("records"):
        rows = _rows_of(single, pool)
        tall = ROW * (len(rows) + 4) + FOOT
        if panels and height + tall > TALLEST:
            break
        panels.append((pool, rows, tall))
        height += tall
    if not panels:
        return absent("No estimates were pooled.")
    import matplotlib.pyplot as plt

    figures.use_style()
    foot = 0.25
    fig = plt.figure(figsize=(6.5, height + foot), layout="none")
    top = height + foot
    for pool, rows, tall in panels:
        ax = fig.add_axes([LEFT, (top - tall + FOOT) / (height + foot), WIDTH, (tall - FOOT) / (height + foot)])
        _panel(ax, rows, pool)
        top -= tall
    return figures.finish(fig, release)


ROW, FOOT, TALLEST = 0.225, 0.62, 8.4  # inches: a row, the axis below a panel, all panels on one page
LEFT, WIDTH = 0.435, 0.275  # of the figure


def _rows_of(single: pd.DataFrame, pool: dict) -> pd.DataFrame:
    """Effects of one pool, in alphabetical order of the studies."""
    same = [single[name] == pool[name] for name in ("outcome", "group", "comparator")]
    return single[same[0] & same[1] & same[2]].sort_values(["study", "place"])


def _panel(ax, rows: pd.DataFrame, pool: dict) -> None:
    """One forest plot: title, headings, studies with weights, pooled estimate, prediction interval."""
    ratio = effects.MEASURES[pool["measure"]][2] == "exp"
    ax.set_ylim(len(rows) + 1.6, -2.4)
    ax.set_yticks([])
    if ratio:
        ax.set_xscale("log")
    low, high = _limits(rows, pool, ratio)
    ax.set_xlim(low, high)
    _ticks(ax, low, high, ratio)
    none = _no_difference(pool["measure"])
    if none is not None:
        style = {"color": figures.MUTED, "linewidth": 0.9, "linestyle": (0, (3, 2)), "zorder": 0}
        ax.plot([none, none], [-0.6, len(rows) + 1.6], **style)
    largest = rows["weight"].astype(float).max()
    for place, row in enumerate(rows.to_dict("records")):
        ends = np.clip([row["ci_low"], row["ci_high"]], low, high)
        ax.plot(ends, [place, place], color=figures.INK, linewidth=1.1, solid_capstyle="butt")
        if row["ci_low"] < low:
            ax.plot([low], [place], marker="<", markersize=4, color=figures.INK, clip_on=False)
        if row["ci_high"] > high:
            ax.plot([high], [place], marker=">", markersize=4, color=figures.INK, clip_on=False)
        size = 2.5 + 4.5 * np.sqrt(row["weight"] / largest)
        ax.plot([row["estimate"]], [place], marker="s", markersize=size, color=figures.ACCENT)
        _cells(ax, place, row)
    _pooled(ax, pool, len(rows), low, high)
    _headings(ax, pool, rows)


STUDY, GROUP, COMPARATOR, ESTIMATE, WEIGHT = -1.575, -0.47, -0.03, 1.655, 2.03  # in widths of the axes


def _place(ax, x: float, y: float, text: str, **options) -> None:
    ax.text(x, y, text, transform=ax.get_yaxis_transform(), va="center", fontsize=8, clip_on=False, **options)


def _cells(ax, place: int, row: dict) -> None:
    _place(
        ax,
        STUDY,
        place,
        textwrap.shorten(row["study"], 28, placeholder="…") + (" †" if row["adjusted"] == "yes" else ""),
    )
    for x, events, people in ((GROUP, "events", "n_group"), (COMPARATOR, "events_comparator", "n_comparator")):
        if pd.notna(row[people]):
            share = f"{int(row[events]):,}" if pd.notna(row[events]) else "–"
            _place(ax, x, place, f"{share}/{int(row[people]):,}", ha="right")
    _place(ax, ESTIMATE, place, _interval(row["estimate"], row["ci_low"], row["ci_high"]), ha="right")
    if pd.notna(row["weight"]):
        _place(ax, WEIGHT, place, f"{row['weight']:.1f}", ha="right")


def _interval(estimate: float, low: float, high: float) -> str:
    return f"{say(estimate, 'ratio')} ({say(low, 'ratio')}, {say(high, 'ratio')})"


def _pooled(ax, pool: dict, place: int, low: float, high: float) -> None:
    """The diamond of the pooled estimate and, below it, the bar of the prediction interval."""
    ax.axhline(place - 0.5, xmin=STUDY, xmax=WEIGHT, color=figures.RULE, linewidth=0.8, clip_on=False)
    corners = [pool["ci_low"], pool["estimate"], pool["ci_high"], pool["estimate"]]
    ax.fill(np.clip(corners, low, high), [place, place - 0.3, place, place + 0.3], color=figures.SIGNAL, linewidth=0)
    bold = {"fontweight": "bold"}
    _place(ax, STUDY, place, f"Pooled ({pool['method']})", **bold)
    _place(ax, ESTIMATE, place, _interval(pool["estimate"], pool["ci_low"], pool["ci_high"]), ha="right", **bold)
    _place(ax, WEIGHT, place, "100", ha="right", **bold)
    if pd.notna(pool["pi_low"]):
        ends = np.clip([pool["pi_low"], pool["pi_high"]], low, high)
        ax.plot(ends, [place + 1, place + 1], color=figures.SIGNAL, linewidth=2.4, solid_capstyle="butt")
        _place(ax, STUDY, place + 1, f"{100 * pool['level']:g}% prediction interval")
        text = f"({say(pool['pi_low'], 'ratio')}, {say(pool['pi_high'], 'ratio')})"
        _place(ax, ESTIMATE, place + 1, text, ha="right")


def _no_difference(measure: str) -> float | None:
    """Value of no difference, or None for a proportion, which compares nothing."""
    _, kind, scale = effects.MEASURES[measure]
    return None if kind == "sample" else 1.0 if scale == "exp" else 0.0


def _limits(rows: pd.DataFrame, pool: dict, ratio: bool) -> tuple[float, float]:
    """Ends of the axis: all estimates and the prediction interval, and most of the studies' intervals."""
    values = [*rows["estimate"], *rows["ci_low"].quantile([0.1, 0.5]), *rows["ci_high"].quantile([0.5, 0.9])]
    values += [v for v in (pool["ci_low"], pool["ci_high"], pool["pi_low"], pool["pi_high"]) if pd.notna(v)]
    none = _no_difference(pool["measure"])
    values = np.array(values if none is None else [*values, none], dtype=float)
    if ratio:
        span = np.log(values.max() / values.min())
        return float(values.min() * np.exp(-0.08 * span)), float(values.max() * np.exp(0.08 * span))
    span = values.max() - values.min()
    return float(values.min() - 0.08 * span), float(values.max() + 0.08 * span)


def _ticks(ax, low: float, high: float, ratio: bool) -> None:
    if not ratio:
        return
    marks = np.array([0.05, 0.1, 0.2, 0.25, 0.5, 0.75, 1, 1.5, 2, 4, 5, 10, 20])
    if high / low > 8:
        marks = np.array([0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100])
    marks = marks[(marks >= low) & (marks <= high)]
    ax.set_xticks(marks, [f"{mark:g}" for mark in marks])
    ax.minorticks_off()


def _headings(ax, pool: dict, rows: pd.DataFrame) -> None:
    bold = {"fontweight": "bold"}
    title = f"{pool['outcome']}: {pool['group']} compared with {pool['comparator']}"
    ax.text(STUDY, -2, title, transform=ax.get_yaxis_transform(), va="center", fontsize=9, color=figures.ACCENT, **bold)
    _place(ax, STUDY, -1, "Study", **bold)
    if rows["n_group"].notna().any():
        _place(ax, GROUP, -1, textwrap.shorten(str(pool["group"]), 14, placeholder="…"), ha="right", **bold)
        _place(ax, COMPARATOR, -1, textwrap.shorten(str(pool["comparator"]), 14, placeholder="…"), ha="right", **bold)
    _place(ax, ESTIMATE, -1, f"{rows['measure'].iloc[0]} (95% CI)", ha="right", **bold)
    if rows["weight"].notna().any():
        _place(ax, WEIGHT, -1, "Weight %", ha="right", **bold)
    none = _no_difference(pool["measure"])
    for column, side, shift, text in (("lower_means", "right", -6, "← {}"), ("higher_means", "left", 6, "{} →")):
        if none is not None and isinstance(pool[column], str) and pool[column]:
            style = {"ha": side, "va": "top", "fontsize": 8, "color": figures.MUTED, "textcoords": "offset points"}
            low_end = (none, ax.get_ylim()[0])
            ax.annotate(text.format(pool[column]), low_end, (shift, -22), annotation_clip=False, **style)
    ax.spines["bottom"].set_color(figures.MUTED)
