"""Make the shipped fonts from Debian's ``fonts-noto-core``: ``python -m genequity.publish.fonts FOLDER``.

Only needed when the set of letters changes; the results are committed. TrueType goes to Typst and to the figures, WOFF2
into the HTML report. The licence (SIL Open Font License 1.1) stands beside the files.
"""

from __future__ import annotations

import sys
from pathlib import Path

ASSETS = Path(__file__).parent / "assets" / "fonts"
# Latin with its extensions, Greek, punctuation, currency, letter-like signs, arrows, operators, shapes and marks.
LATIN = [
    *range(0x20, 0x250),
    *range(0x2B0, 0x400),
    *range(0x1E00, 0x1F00),
    *range(0x2000, 0x2070),
    *range(0x2070, 0x20D0),
    *range(0x2100, 0x2150),
    *range(0x2150, 0x2200),
    *range(0xFB00, 0xFB07),
]
SIGNS = [*range(0x2190, 0x2200), *range(0x2200, 0x2300), 0x25A0, 0x25A1, 0x25B2, 0x25BC, 0x25CB, 0x25CF, 0x2713, 0x2717]
# What English text needs inside the HTML page, where every byte is repeated in each report.
PAGE = [*range(0x20, 0x180), *range(0x2B0, 0x300), *range(0x2010, 0x2040), 0x20AC, 0x2122, 0x2190, 0x2192, 0x2212]
PAGE += [0x2248, 0x2260, 0x2264, 0x2265, 0x2070, 0x00B2, 0x00B3, 0x2074, 0x03B1, 0x03B2, 0x03C4, 0x03BC, 0x03C3, 0x03C7]
FACES = {
    "NotoSans-Regular": LATIN,
    "NotoSans-Bold": LATIN,
    "NotoSans-Italic": LATIN,
    "NotoSans-BoldItalic": LATIN,
    "NotoSansMath-Regular": SIGNS,
    "NotoNaskhArabic-Regular": [*range(0x600, 0x700), *range(0x750, 0x780), 0x200C, 0x200D, 0x200E, 0x200F, 0xFDFC],
    "NotoSansBengali-Regular": [*range(0x980, 0xA00), 0x964, 0x965, 0x200C, 0x200D, 0x25CC],
    "NotoSansGurmukhi-Regular": [*range(0xA00, 0xA80), 0x964, 0x965, 0x200C, 0x200D, 0x25CC],
}
WEB = {"NotoSans-Regular": PAGE, "NotoSans-Bold": PAGE, "NotoSans-Italic": PAGE}
WEB["NotoSansMath-Regular"] = [letter for letter in PAGE if letter >= 0x2190]  # Noto Sans itself has no ≤ and no −


def subset(source: Path, target: Path, letters: list[int], flavour: str | None) -> None:
    """Write the part of a font that holds ``letters``; the same bytes each time."""
    from fontTools import subset as tool
    from fontTools.ttLib import TTFont

    options = tool.Options(
        layout_features=["*"] if flavour is None else ["kern", "mark", "mkmk", "ccmp", "locl", "tnum", "lnum"],
        name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14],
        hinting=False,
        notdef_outline=True,
        recalc_timestamp=False,
    )
    options.flavor = flavour
    font = TTFont(source, recalcTimestamp=False)
    cutter = tool.Subsetter(options)
    cutter.populate(unicodes=letters)
    cutter.subset(font)
    tool.save_font(font, str(target), options)


def main(folder: str) -> None:
    """Cut every face from the fonts in ``folder``."""
    ASSETS.mkdir(parents=True, exist_ok=True)
    for face, letters in FACES.items():
        subset(Path(folder) / f"{face}.ttf", ASSETS / f"{face}.ttf", letters, None)
    for face, letters in WEB.items():
        subset(Path(folder) / f"{face}.ttf", ASSETS / f"{face}.woff2", letters, "woff2")


if __name__ == "__main__":
    main(sys.argv[1])
