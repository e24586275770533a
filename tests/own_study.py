"""A study of one's own as a user makes it: the folder of ``new``, filled with the demonstration's inputs of a strand."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path
from typing import Any

import openpyxl
import yaml
from genequity import config
from genequity.study import new, templates

DAY = "2026-11-22"


def make(folder: Path, strand: str, source: Path) -> Path:
    """Make a study of one strand and return its config file.

    Parameters
    ----------
    folder : Path
        The folder that ``new`` makes.
    strand : str
        The strand that is on.
    source : Path
        A project's folder in which the demonstration's inputs have been written.
    """
    new.make(folder, [strand], date=DAY)
    file = folder / new.FILE
    study, demonstration = config.read(file), config.read(source / config.DEMONSTRATION)
    study["study"] |= {"data": "synthetic", "watermark": "SYNTHETIC DATA"}
    study["regions"] = {
        "national": "All regions",
        "lookup": _taken(folder, source, "config/demo/regions.csv", "regions"),
    }
    study["themes"] = _taken(folder, source, "config/demo/themes.csv", "themes")
    study[strand] = _section(demonstration[strand], folder, source, strand)
    file.write_text(yaml.safe_dump(study, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return file


def _section(section: dict[str, Any], folder: Path, source: Path, strand: str) -> dict[str, Any]:
    names = {template.setting.split(".")[-1]: template.name for template in templates.all_of([strand])}

    def moved(value: Any, name: str) -> Any:
        if isinstance(value, str):
            return _taken(folder, source, value, f"{strand}/{names.get(name, '')}")
        if isinstance(value, dict):
            return {key: moved(item, name) if key == "path" else item for key, item in value.items()}
        return [moved(item, name) for item in value] if isinstance(value, list) else value

    section = dict(section)
    section["inputs"] = {name: moved(value, name) for name, value in section["inputs"].items()}
    if rates := section.get("rates"):
        rates["denominators"]["scheme"] = f"${{GENEQUITY}}/{rates['denominators']['scheme']}"
    return section


def _taken(folder: Path, source: Path, path: str, template: str) -> str:
    """Put one of the demonstration's files into the study: into its Excel template, where there is one for it."""
    filled = folder / "inputs" / f"{template}.xlsx"
    if path.endswith(".csv") and filled.is_file() and fill(filled, source / path):
        return filled.relative_to(folder).as_posix()
    target = folder / "inputs" / Path(template).parent / Path(path).name
    shutil.copyfile(source / path, target)
    return target.relative_to(folder).as_posix()


def fill(workbook: Path, table: Path) -> bool:
    """Write the rows of a CSV over the example of a template, as a person would; False when it has other columns."""
    with table.open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.DictReader(handle))
    book = openpyxl.load_workbook(workbook)
    sheet = book.worksheets[0]
    header = [cell.value for cell in sheet[1]]
    if not rows or not set(header) <= set(rows[0]):
        return False
    more = [name for name in rows[0] if name not in header]
    for place, name in enumerate(more, start=len(header) + 1):
        sheet.cell(1, place, name)
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            cell.value = None
    for number, row in enumerate(rows, start=2):
        for place, name in enumerate([*header, *more], start=1):
            value = row[name]
            sheet.cell(number, place, int(value) if value.isdecimal() and not value.startswith("0") else value or None)
    book.save(workbook)
    return True
