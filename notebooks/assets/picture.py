"""Make ``report.png``, the README's picture, from a built report: ``python notebooks/assets/picture.py``.

The cover and two pages of the PDF stand side by side with a thin shadow. It needs pdftoppm and pdftotext (poppler-utils)
and Pillow, which comes with matplotlib. The two pages are found by the captions of figures on them.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageFilter

HERE = Path(__file__).resolve().parent
CAPTIONS = ("What we found\n", "Figure 7.1:")
HEIGHT, GAP, SHADOW, COLOURS = 760, 34, 7, 160


def pages(pdf: Path) -> list[int]:
    """Return the numbers of the cover and of the first pages, after the contents, that hold each caption."""
    text = subprocess.run(["pdftotext", str(pdf), "-"], capture_output=True, text=True, check=True).stdout
    text = text.replace("\u00a0", " ").split("\f")
    first = 2  # the list of contents
    chosen = [1]
    for caption in CAPTIONS:
        chosen.append(next(place for place, page in enumerate(text, 1) if place > first and caption in page))
    return chosen


def picture(pdf: Path, target: Path) -> None:
    """Write the picture of a report.

    Parameters
    ----------
    pdf : Path
        ``report.pdf`` of the demonstration.
    target : Path
        The PNG file.
    """
    with tempfile.TemporaryDirectory() as folder:
        images = []
        for number in pages(pdf):
            stem = Path(folder) / str(number)
            command = ["pdftoppm", "-png", "-singlefile", "-scale-to-y", str(HEIGHT), "-scale-to-x", "-1"]
            subprocess.run(
                [*command, "-f", str(number), "-l", str(number), str(pdf), str(stem)], check=True, capture_output=True
            )
            images.append(Image.open(f"{stem}.png").convert("RGB"))
    width = images[0].width
    sheet = Image.new("RGB", (len(images) * (width + GAP) + GAP, HEIGHT + 2 * GAP), "white")
    for place, image in enumerate(images):
        left = GAP + place * (width + GAP)
        shade = Image.new("L", sheet.size, 0)
        shade.paste(90, (left + 2, GAP + 3, left + width + 2, GAP + HEIGHT + 3))
        sheet.paste("#5b6b78", mask=shade.filter(ImageFilter.GaussianBlur(SHADOW)))
        sheet.paste(image, (left, GAP))
    sheet.quantize(COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)


if __name__ == "__main__":
    built = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parents[1] / "results" / "report" / "report.pdf"
    picture(built, HERE / "report.png")
    print(f"{HERE / 'report.png'}: {(HERE / 'report.png').stat().st_size // 1000} kB")
