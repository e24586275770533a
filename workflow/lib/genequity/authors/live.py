"""Watch the report's notebooks and show the page as it reads now: ``python -m genequity.authors.live survey``.

A change of text needs no kernel: the outputs of the last execution are put under the new text. A change of code, or of
an inline expression, executes that notebook. What is wrong stands at the top of the page, in words; the last page that
could be made stays below. The page is served to this machine only, and loads nothing from elsewhere.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import threading
import time
import traceback
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from genequity import files
from genequity.errors import InputError, Problem
from genequity.publish import assemble, html
from genequity.publish.book import Book, read_study
from genequity.publish.execute import execute, refill

FOLDER = "results/preview"
PAUSE = 0.15  # seconds between two looks at the files
_SCRIPT = """<script>
(function () {
  var shown = %d;
  function look() {
    fetch("/state").then(function (r) { return r.json(); }).then(function (s) {
      if (s.version !== shown) { location.reload(); } else { setTimeout(look, 250); }
    }).catch(function () { setTimeout(look, 1000); });
  }
  look();
})();
</script>
"""
_LOOK = (
    "background:#fff4d6;color:#3b2f00;border-bottom:2px solid #c79a00;padding:.8rem 1.2rem;"
    "font:15px/1.45 system-ui,sans-serif"
)
_BOX = (
    f'<aside class="preview-notes" role="status" style="{_LOOK}">'
    '<p style="margin:0 0 .4rem;font-weight:700">%s</p><ul style="margin:0;padding-left:1.2rem">%s</ul></aside>\n'
)
_EMPTY = (
    '<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8"><title>Preview</title></head>'
    "<body>\n<p>There is no page yet.</p></body></html>\n"
)


class Preview:
    """A report that is shown while it is edited.

    Parameters
    ----------
    notebooks : Path
        The folder with ``_quarto.yml``.
    release : Path
        The release folder of the study.
    out : Path
        Where executed notebooks and the page go.
    section : str
        Show this section alone; all of the report when empty.
    """

    def __init__(self, notebooks: str | Path, release: str | Path, out: str | Path, section: str = ""):
        self.notebooks, self.release, self.out, self.section = Path(notebooks), Path(release), Path(out), section
        self.memory: dict[Any, Any] = {}
        self.seen: dict[Path, tuple[int, int]] = {}
        self.faults: dict[str, list[Problem]] = {}
        self.version = 0
        self.kernels = 0
        self.page = ""
        self.body = ""
        self.said: list[str] = []

    def changed(self) -> list[Path]:
        """Return the watched files that are new or other than at the last look."""
        watched = [
            path for ending in ("ipynb", "qmd", "yml", "bib", "csl") for path in self.notebooks.glob(f"*.{ending}")
        ]
        watched += [path for path in self.release.rglob("*") if path.is_file()]
        now = {}
        for path in watched:
            try:
                state = path.stat()
            except FileNotFoundError:
                continue
            now[path] = (state.st_mtime_ns, state.st_size)
        found = [path for path, state in now.items() if self.seen.get(path) != state]
        gone = [path for path in self.seen if path not in now]
        self.seen = now
        return [*found, *gone]

    def refresh(self, changed: list[Path]) -> None:
        """Bring the page up to date with the files."""
        fresh = any(path.is_relative_to(self.release) for path in changed)
        self.said = []
        try:
            book, study = Book.read(self.notebooks / "_quarto.yml"), read_study(self.release / "study.json")
            executed = self._executed(book, study, {path.name for path in changed}, fresh)
            document = assemble.assemble(book, study, executed, self.section, strict=False, memory=self.memory)
            target = self.out / f"{self.section or 'report'}.html"
            html.write(document, str(target), contents=not self.section)
            self.body = target.read_text(encoding="utf-8")
            problems = document.problems
            own = f"{self.section}.ipynb"
            problems = [p for p in problems if not self.section or p.file == own]
        except InputError as error:
            problems = error.problems
        except Exception as error:  # an author goes on; the terminal has the whole of it
            traceback.print_exc()
            problems = [Problem("preview", f"the page could not be made: {type(error).__name__}: {error}")]
        for name, found in self.faults.items():
            if not self.section or name == f"{self.section}.ipynb":
                problems = [*found, *problems]
        self.version += 1
        self.page = self._shown(list(dict.fromkeys(problems)))

    def _executed(self, book: Book, study: dict[str, Any], names: set[str], fresh: bool) -> dict[str, str]:
        """Return the executed notebook of each section, executing what has other code than before."""
        executed = {}
        for section in book.supplied(study):
            if not section.is_notebook:
                continue
            source, target = self.notebooks / section.file, self.out / "executed" / Path(section.file).name
            earlier = target if target.exists() else self.release.parent / "report" / "executed" / target.name
            shown = self.section in ("", section.name)
            if not target.exists() or target.name in names or (fresh and shown):
                stale = fresh and shown and earlier.exists() and self._older(earlier)
                try:
                    if stale or not earlier.exists() or not refill(str(source), str(earlier), str(target)):
                        self._run(source, target, study)
                    self.faults.pop(target.name, None)
                except InputError as error:
                    self.faults[target.name] = error.problems
            if target.exists():
                executed[section.name] = str(target)
            elif earlier.exists():
                executed[section.name] = str(earlier)
            else:
                raise InputError(self.faults.get(target.name, []))
        return executed

    def _older(self, executed: Path) -> bool:
        newest = max((path.stat().st_mtime for path in self.release.rglob("*.csv")), default=0)
        return executed.stat().st_mtime < newest

    def _run(self, source: Path, target: Path, study: dict[str, Any]) -> None:
        inputs = [str(path) for path in sorted(self.release.rglob("*")) if path.is_file()]
        parameters = {"release_folder": str(self.release)}
        cache = str(self.out / "cache")
        ran = execute(str(source), str(target), parameters=parameters, inputs=inputs, cache=cache, date=study["date"])
        self.kernels += ran
        self.said.append(f"{source.stem} executed" if ran else f"{source.stem} as executed before")

    def _shown(self, problems: list[Problem]) -> str:
        """Return the page with what is wrong at its top, and the script that loads it again after a change."""
        notes = ""
        if problems:
            title = "1 thing to mend" if len(problems) == 1 else f"{len(problems)} things to mend"
            notes = _BOX % (title, "".join(f"<li>{escape(str(problem))}</li>" for problem in problems))
        page = self.body or _EMPTY
        page = page.replace("<body>\n", f"<body>\n{notes}", 1)
        before, end, after = page.rpartition("</body>")
        page = f"{before}{_SCRIPT % self.version}{end}{after}"
        files.write_text(self.out / "preview.html", page)
        return page


@contextmanager
def served(preview: Preview, port: int = 0) -> Iterator[str]:
    """Serve a preview to this machine; yield its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/state":
                state = {"version": preview.version, "kernels": preview.kernels}
                self._send(json.dumps(state), "application/json")
            elif self.path in ("/", "/index.html"):
                self._send(preview.page, "text/html; charset=utf-8")
            else:
                self.send_error(404)

        def _send(self, text: str, kind: str) -> None:
            data = text.encode()
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def watch(preview: Preview, *, rounds: int | None = None) -> None:
    """Look at the files again and again, and refresh the page after each change."""
    while rounds is None or rounds > 0:
        if changed := preview.changed():
            start = time.monotonic()
            preview.refresh(changed)
            names = ", ".join(sorted({path.name for path in changed})) if len(changed) < 4 else "several files"
            how = "; ".join(preview.said) or "no kernel"
            print(f"{time.strftime('%H:%M:%S')} {names}: {how}, {time.monotonic() - start:.1f} s", flush=True)
        time.sleep(PAUSE)
        rounds = None if rounds is None else rounds - 1


def main() -> int:
    """Read the command line, and serve until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m genequity.authors.live", description=__doc__.splitlines()[0])
    parser.add_argument("section", nargs="?", default="")
    parser.add_argument("--notebooks", default="notebooks")
    parser.add_argument("--release", default="results/release")
    parser.add_argument("--out", default=FOLDER)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--no-browser", action="store_true")
    options = parser.parse_args()
    preview = Preview(options.notebooks, options.release, options.out, options.section)
    print(f"Reading {options.section or 'the report'} ...", flush=True)
    preview.refresh(preview.changed())
    try:
        with served(preview, options.port) as address:
            print(f"The preview of {options.section or 'the report'} is at {address} (Ctrl-C ends it).", flush=True)
            if not options.no_browser:
                webbrowser.open(address)
            watch(preview)
    except KeyboardInterrupt:
        print("\nThe preview has ended.", flush=True)
    except OSError as error:
        print(f"The port {options.port} cannot be used ({error.strerror}); leave out --port.", file=sys.stderr)
        return 1
    finally:
        if options.out == FOLDER:  # a copy of the report that nothing rebuilds must not outlive the preview
            shutil.rmtree(FOLDER, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
