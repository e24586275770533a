"""What Snakemake would do now, read from Snakemake itself: each step, what it is made of, and why it would run again.

Nothing is run and nothing is locked, so that one may look while a build is going on. Run as a program
(``python -m genequity.plan '{"study": null}'``, the arguments of :func:`steps` as JSON), it prints every file that the
build makes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from genequity import failures

TARGET = "all"


@dataclass(frozen=True)
class Why:
    """Why a step would run again; all empty when it would not.

    Parameters
    ----------
    missing, changed, remade : list of str
        Outputs that are not there; inputs whose content changed; inputs that another step makes again first.
    added, removed : list of str
        Inputs that were not, or are no longer, part of the step.
    settings : tuple of lists of str
        Values of settings before and now, as Python writes them; only those that differ.
    rule : bool
        Whether the rule itself changed.
    """

    missing: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    remade: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    settings: tuple[list[str], list[str]] = ((), ())
    rule: bool = False


@dataclass(frozen=True)
class Step:
    """One step of the build."""

    rule: str
    name: str
    about: str
    inputs: dict[str, list[str]]
    outputs: list[str]
    log: str
    settings: dict[str, Any]
    runs: bool
    why: Why
    before: list[str]
    recorded: dict[str, Any]

    @property
    def code(self) -> list[str]:
        """Library files that the step rests on, and its script."""
        return self.inputs.get("code", [])

    @property
    def read(self) -> list[str]:
        """What the step reads: every input but code."""
        return [path for name, paths in self.inputs.items() if name != "code" for path in paths]


def steps(
    study: str | None = None,
    targets: Sequence[str] = (),
    snakefile: str = "Snakefile",
    settings: dict[str, Any] | None = None,
) -> tuple[list[Step], dict[str, Any]]:
    """Return every step of the build in an order in which they could run, and the study's complete config.

    Parameters
    ----------
    study : str, optional
        The study's config file.
    targets : sequence of str
        Files or rules that are wanted; the whole report when none is named.
    snakefile : str
        The workflow.
    settings : dict, optional
        Settings as ``--config`` gives them.

    Raises
    ------
    SystemExit
        With plain words, when the study or the workflow cannot be planned.
    """
    try:
        return _steps(study, targets, snakefile, settings)
    except Exception as error:  # Snakemake's own; the study's problems are a SystemExit already
        text = f"{type(error).__name__}:\n{error}"
        unknown = f"Snakemake cannot say what has to be done ({type(error).__name__}). To find out: make check\n"
        raise SystemExit(failures.explained(text, study) or unknown) from None


def _steps(
    study: str | None, targets: Sequence[str], snakefile: str, settings: dict[str, Any] | None
) -> tuple[list[Step], dict[str, Any]]:
    from snakemake.api import SnakemakeApi
    from snakemake.settings.enums import Quietness
    from snakemake.settings.types import ConfigSettings, DAGSettings, OutputSettings, ResourceSettings

    shown = OutputSettings(quiet={Quietness.ALL}, enable_file_logging=False)
    files = [Path(study).absolute()] if study else []
    with SnakemakeApi(shown) as api:
        flow = api.workflow(
            resource_settings=ResourceSettings(cores=1),
            config_settings=ConfigSettings(config=settings or {}, configfiles=files),
            snakefile=Path(snakefile),
        )
        flow.dag(DAGSettings(targets=set(targets)))
        workflow = flow._workflow
        workflow._prepare_dag(forceall=False, ignore_incomplete=True, lock_warn_only=True)
        workflow._build_dag()
        dag, kept = workflow.dag, workflow.persistence
        jobs = [job for level in dag.toposorted() for job in sorted(level, key=lambda job: (job.rule.name, str(job)))]
        return [_step(job, dag, kept) for job in jobs if job.rule.name != TARGET], dict(workflow.globals["config"])


def _step(job: Any, dag: Any, kept: Any) -> Step:
    inputs = {name: _listed(value) for name, value in job.input.items()}
    named = {path for paths in inputs.values() for path in paths}
    if unnamed := [str(path) for path in job.input if str(path) not in named]:
        inputs["script"] = unnamed
    record = kept.metadata(job.output[0]) if job.output else None
    outputs = [str(path) for path in job.output]
    return Step(
        rule=job.rule.name,
        name=job.message or job.rule.name.replace("_", " "),
        about=" ".join((job.rule.docstring or "").split()),
        inputs=inputs,
        outputs=outputs,
        log=str(job.log[0]) if job.log else "",
        settings=dict(job.params.items()),
        runs=bool(dag.needrun(job)),
        why=_why(job, dag, kept, record, outputs),
        before=sorted({str(path) for paths in dag.dependencies[job].values() for path in paths}),
        recorded=dict(record.items()) if record else {},
    )


def _why(job: Any, dag: Any, kept: Any, record: Any, outputs: list[str]) -> Why:
    missing = [path for path in outputs if not Path(path).exists()]
    if not dag.needrun(job):
        return Why(missing=missing)
    reason = dag.reason(job)
    remade = sorted(map(str, reason.updated_input_run))
    now, then = set(map(str, job.input)), set((record.input if record else None) or [])
    old = kept.params_changed(job) if record else None
    # Snakemake stops at the first reason it finds; what was recorded of the last time tells the others too.
    return Why(
        missing=missing,
        changed=sorted({str(path) for path in reason.updated_input} - set(remade)),
        remade=remade,
        added=sorted(now - then) if then else [],
        removed=sorted(then - now) if then else [],
        settings=(sorted(old.only_old), sorted(old.only_new)) if old else ([], []),
        rule=bool(reason.code_changed),
    )


def _listed(value: Any) -> list[str]:
    return [str(value)] if isinstance(value, str) else [str(item) for item in value]


if __name__ == "__main__":
    found, _ = steps(**json.loads(sys.argv[1]))
    print("\n".join(path for step in found for path in step.outputs))
