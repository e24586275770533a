"""A Jupyter kernel that depends on nothing but this Python: no installed kernelspec, no file in the user's home.

It runs with one thread, a fixed hash seed and the study's date as ``SOURCE_DATE_EPOCH``, so that two runs give the same
bytes, and shows each figure as SVG (for HTML and PDF) and as PNG (for Word).
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from genequity.notebook import RELEASE

# Runs in the kernel before the first cell. Figures are shown when they are a cell's value, displayed, or left open.
SETUP = """
def _genequity_setup(shell):
    import io, sys
    from base64 import b64encode

    shown = {}

    def box(figure):
        # The layout is found once and serves all formats.
        if id(figure) not in shown:
            figure.draw_without_rendering()
            figure.set_layout_engine("none")
            shown[id(figure)] = figure.get_tightbbox().padded(0.04)
        return shown[id(figure)]

    def picture(kind, **extra):
        def render(figure):
            buffer = io.BytesIO()
            with sys.modules["matplotlib"].rc_context({"svg.hashsalt": "genequity", "svg.fonttype": "path"}):
                figure.savefig(buffer, format=kind, bbox_inches=box(figure), **extra)
            data = buffer.getvalue()
            return data.decode() if kind == "svg" else b64encode(data).decode("ascii")
        return render

    formatters = shell.display_formatter.formatters
    formatters["image/svg+xml"].for_type_by_name(
        "matplotlib.figure", "Figure", picture("svg", metadata={"Date": None, "Creator": None})
    )
    formatters["image/png"].for_type_by_name(
        "matplotlib.figure", "Figure", picture("png", dpi=150, metadata={"Software": None})
    )

    def left_open():
        pyplot = sys.modules.get("matplotlib.pyplot")
        if pyplot is not None:
            from IPython.display import display
            for number in pyplot.get_fignums():
                figure = pyplot.figure(number)
                if id(figure) not in shown:
                    display(figure)
            pyplot.close("all")
        shown.clear()

    shell.events.register("post_run_cell", lambda result: left_open())


_genequity_setup(get_ipython())
del _genequity_setup
"""


def epoch(day: str) -> int:
    """Return the Unix time of an ISO date at midnight UTC.

    >>> epoch("1970-01-02")
    86400
    """
    moment = date.fromisoformat(str(day)[:10])
    return int(datetime(moment.year, moment.month, moment.day, tzinfo=UTC).timestamp())


def environment(folder: Path, day: str) -> dict[str, str]:
    """Return the environment of a kernel whose files all live in ``folder``."""
    own = dict(os.environ)
    own.pop(RELEASE, None)  # a build reads the release that it made
    for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM"):
        own[f"{name}_NUM_THREADS"] = "1"
    for name, part in (
        ("IPYTHONDIR", "ipython"),
        ("JUPYTER_CONFIG_DIR", "jupyter/config"),
        ("JUPYTER_DATA_DIR", "jupyter/data"),
        ("MPLCONFIGDIR", "matplotlib"),
        ("XDG_CACHE_HOME", "cache"),
    ):
        (folder / part).mkdir(parents=True, exist_ok=True)
        own[name] = str(folder / part)
    return own | {
        "PYTHONHASHSEED": "0",
        "SOURCE_DATE_EPOCH": str(epoch(day)),
        "MPLBACKEND": "agg",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "PYTHONWARNINGS": "ignore",
        "TZ": "UTC",
    }


@contextmanager
def client(notebook: Any, folder: Path, work: Path, day: str, timeout: int = 600) -> Iterator[Any]:
    """Start a kernel for a notebook and yield its nbclient, ready to execute cells; stop it at the end.

    Parameters
    ----------
    notebook : nbformat notebook
        What is executed.
    folder : Path
        Keeps caches of matplotlib and IPython between runs.
    work : Path
        The kernel's working directory.
    day : str
        ISO date of the study.
    timeout : int
        Seconds a single cell may take.
    """
    import nbformat
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    with tempfile.TemporaryDirectory(prefix="genequity-") as runtime:
        manager = AsyncKernelManager(kernel_name="python3")
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        manager._kernel_spec = KernelSpec(argv=command, display_name="Python 3", language="python")
        manager.connection_file = str(Path(runtime) / "kernel.json")
        if sys.platform != "win32":  # sockets in a private folder: no ports, so that parallel jobs cannot meet
            manager.transport, manager.ip = "ipc", str(Path(runtime) / "kernel")
        running = NotebookClient(
            notebook,
            km=manager,
            timeout=timeout,
            record_timing=False,
            shutdown_kernel="immediate",
            resources={"metadata": {"path": str(work)}},
        )
        with running.setup_kernel(cleanup_kc=True, env=environment(folder, day) | {"JUPYTER_RUNTIME_DIR": runtime}):
            setup = nbformat.v4.new_code_cell(SETUP)
            notebook.cells.insert(0, setup)
            try:
                running.execute_cell(setup, 0, store_history=False)
            finally:
                notebook.cells.pop(0)
            yield running
