"""See some notebooks as they will be printed: ``python -m genequity.publish.preview notebooks/survey.ipynb``.

They are executed on an existing release and written as a small report of their own, in three formats. Problems of the
text are printed and do not stop a preview; references to chapters that are not part of it are such problems.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from genequity.errors import InputError
from genequity.publish.book import Book, read_study
from genequity.publish.build import FORMATS, build
from genequity.publish.execute import execute


def preview(notebooks: list[str], release: str, out: str) -> list[str]:
    """Execute notebooks and write them as one report.

    Parameters
    ----------
    notebooks : list of str
        Notebooks of one folder, which also holds ``_quarto.yml``.
    release : str
        A release folder with ``study.json``.
    out : str
        Where the report goes.

    Returns
    -------
    list of str
        The files written.
    """
    import yaml

    folder = Path(notebooks[0]).parent
    config = yaml.safe_load((folder / "_quarto.yml").read_text(encoding="utf-8"))
    chapters = [Path(name).name for name in notebooks]
    config["book"] = {"title": "Preview", "chapters": [*chapters, "references.qmd"]}
    study = read_study(Path(release) / "study.json")
    inputs = [str(path) for path in sorted(Path(release).rglob("*")) if path.is_file()]
    executed = [f"{out}/executed/{name}" for name in chapters]
    for notebook, target in zip(notebooks, executed, strict=True):
        parameters = {"release_folder": release}
        execute(notebook, target, parameters=parameters, inputs=inputs, cache=f"{out}/cache", date=study["date"])
    outputs = {name: f"{out}/report.{name}" for name in FORMATS}
    build(Book(folder, config), f"{release}/study.json", executed, outputs, strict=False)
    return list(outputs.values())


def main() -> int:
    """Read the command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m genequity.publish.preview", description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="+")
    parser.add_argument("--release", default="results/release")
    parser.add_argument("--out", default="results/preview")
    options = parser.parse_args()
    try:
        print("\n".join(preview(options.notebooks, options.release, options.out)))
    except InputError as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
