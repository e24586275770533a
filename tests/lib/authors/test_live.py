"""The preview: text without a kernel, code with one, and what is wrong said on the page."""

from __future__ import annotations

import json
import threading
import time
import urllib.request

import pytest
from genequity.authors.live import Preview, served, watch


@pytest.fixture
def preview(book) -> Preview:
    made = Preview(book.notebooks, book.results / "release", book.results / "preview", "survey")
    made.refresh(made.changed())
    return made


def rewrite(book, old: str, new: str) -> None:
    path = book.notebooks / "survey.ipynb"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_outputs_of_the_last_build_are_shown_without_a_kernel(preview):
    assert preview.kernels == 0
    assert "2,380" in preview.page
    assert "things to mend" not in preview.page


def test_a_change_of_text_is_shown_without_a_kernel(preview, book):
    assert preview.changed() == []
    rewrite(book, "people answered", "persons answered")
    changed = preview.changed()
    assert [path.name for path in changed] == ["survey.ipynb"]
    before = preview.version
    preview.refresh(changed)
    assert "persons answered" in preview.page
    assert "2,380" in preview.page
    assert (preview.kernels, preview.version) == (0, before + 1)


def test_a_reference_to_nothing_is_a_note_on_the_page(preview, book):
    rewrite(book, "The same words.", "See @fig-nowhere and @nobody2020.")
    preview.refresh(preview.changed())
    assert "2 things to mend" in preview.page
    assert "@fig-nowhere refers to nothing" in preview.page
    assert "?@fig-nowhere" in preview.page
    rewrite(book, "See @fig-nowhere and @nobody2020.", "Fine.")
    preview.refresh(preview.changed())
    assert "to mend" not in preview.page


def test_a_file_that_is_half_written_keeps_the_last_page(preview, book):
    path = book.notebooks / "survey.ipynb"
    whole = path.read_text()
    path.write_text(whole[:200])
    preview.refresh(preview.changed())
    assert "this is not a notebook" in preview.page
    assert "2,380" in preview.page
    path.write_text(whole)
    preview.refresh(preview.changed())
    assert "to mend" not in preview.page


def test_the_page_loads_nothing_from_elsewhere(preview):
    with served(preview) as address:
        assert address.startswith("http://127.0.0.1:")
        page = urllib.request.urlopen(address).read().decode()
        state = json.loads(urllib.request.urlopen(f"{address}state").read())
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"{address}../survey.ipynb")
    assert page == preview.page
    assert state == {"version": preview.version, "kernels": 0}
    assert 'src="http' not in page


@pytest.mark.slow
def test_code_is_executed_and_its_faults_are_said_in_words(preview, book):
    stop = threading.Event()

    def watching():
        while not stop.is_set():
            watch(preview, rounds=1)

    thread = threading.Thread(target=watching)
    thread.start()
    try:
        with served(preview) as address:

            def wait(words: str) -> str:
                for _ in range(600):
                    page = urllib.request.urlopen(address).read().decode()
                    if words in page:
                        return page
                    time.sleep(0.1)
                raise AssertionError(f"'{words}' was not shown")

            rewrite(book, "people answered", "persons answered")
            wait("persons answered")
            assert preview.kernels == 0
            rewrite(book, "release.show(", "1 / 0 or release.show(")
            page = wait("ZeroDivisionError")
            assert "persons answered" in page  # the last page stays below
            table = "from IPython.display import HTML\\nHTML('<table><tr><td>Seven cells</td></tr></table>')"
            text = (book.notebooks / "survey.ipynb").read_text()
            notebook = json.loads(text)
            notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] not in ("figure", "text")]
            notebook["cells"].append(
                {
                    "cell_type": "markdown",
                    "id": "text",
                    "metadata": {},
                    "source": "See @tbl-survey-shares. `{python} 3 + 4`",
                }
            )
            code = next(cell for cell in notebook["cells"] if cell["id"] == "table")
            lines = "".join(code["source"]).splitlines()[:2]
            code["source"] = "\n".join([*lines, *table.split("\\n")])
            (book.notebooks / "survey.ipynb").write_text(json.dumps(notebook))
            assert "to mend" not in wait("Seven cells")
            assert preview.kernels == 1
    finally:
        stop.set()
        thread.join()
