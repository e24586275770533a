"""Snakemake's events, handed to the verb that started it: one line of JSON each, through a pipe.

Snakemake finds this package by its name. It does nothing unless ``--logger genequity`` is given and the environment
variable names a pipe; plain ``snakemake`` never notices it. When the verb at the other end has gone, Snakemake is asked
to end as on SIGTERM, so that no run goes on that nobody sees.
"""

from __future__ import annotations

import json
import os
import select
import signal
import threading
from typing import Any

from snakemake_interface_logger_plugins.base import LogHandlerBase

PIPE = "GENEQUITY_EVENTS"  # number of the pipe's end to write to
# Event -> what is passed on of it.
FIELDS = {
    "rulegraph": ("rulegraph",),
    "run_info": ("stats",),
    "resources_info": ("cores", "nodes"),
    "job_info": ("jobid", "rule_name", "rule_msg", "log", "output"),
    "job_finished": ("job_id",),
    "job_error": ("jobid", "rule_name", "log"),
}


class LogHandler(LogHandlerBase):
    """Writes events to the pipe; never to the screen or a file."""

    def __post_init__(self) -> None:
        """Find the pipe, and watch whether anybody still reads it."""
        self.pipe = int(os.environ.get(PIPE, "-1"))
        if self.pipe >= 0:
            os.set_inheritable(self.pipe, False)
            threading.Thread(target=_end_when_unread, args=(self.pipe,), daemon=True).start()

    def emit(self, record: Any) -> None:
        """Write one event."""
        event = str(getattr(record, "event", "") or "")
        if self.pipe < 0 or event not in FIELDS:
            return
        told = {name: getattr(record, name) for name in FIELDS[event] if hasattr(record, name)}
        try:
            os.write(self.pipe, (json.dumps({"event": event, **told}, default=str) + "\n").encode())
        except OSError:  # nobody reads any more
            self.pipe = -1

    @property
    def writes_to_stream(self) -> bool:
        """No: Snakemake's own output stays as it is."""
        return False

    @property
    def writes_to_file(self) -> bool:
        """No."""
        return False

    @property
    def has_filter(self) -> bool:
        """Yes: events are wanted whatever is quiet on the screen."""
        return True

    @property
    def has_formatter(self) -> bool:
        """Yes: events are not formatted."""
        return True

    @property
    def needs_rulegraph(self) -> bool:
        """Yes: which steps wait for which decides how long the rest takes."""
        return True


def _end_when_unread(pipe: int) -> None:
    watch = select.poll()
    watch.register(pipe, 0)
    if watch.poll():
        os.kill(os.getpid(), signal.SIGTERM)
