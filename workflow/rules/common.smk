"""Helpers that rules share; no rules here.

A study is one file. `snakemake` alone builds the demonstration; `--configfile my-study.yaml` builds that study, and
nothing of the demonstration is merged under it. Outside a secure environment the study is what a release pack says.
"""

import os
import sys

from genequity import config as study_config
from genequity import cluster, environment, intake, places, provenance, runs
from genequity.errors import InputError, raise_if
from genequity.pack import outside as pack_outside

FORMATS = ["html", "pdf", "docx"]
# Strand -> names of its released tables; each strand's rules fill in their own.
RELEASED = {}
# What the study itself says, before method defaults are filled in.
STATED = {}


def _load():
    """Return the study: the file given with --configfile, else the demonstration; --config settings come on top."""
    given = dict(config)
    files = [str(file) for file in workflow.config_settings.configfiles]
    try:
        if os.path.basename(workflow.main_snakefile) == "outside.smk":
            return pack_outside.study(given)
        if not files:
            given = study_config.overridden(
                study_config.read(study_config.DEMONSTRATION), given
            )
        study = study_config.complete(
            given,
            ", ".join(files) or study_config.DEMONSTRATION,
            os.path.dirname(files[0]) if files else None,
        )
        STATED.update(given)
        raise_if(intake.problems(study))
        return study
    except InputError as error:
        raise SystemExit(f"\nThe study cannot be built:\n{error}\n")


config = _load()
ROOT = config["results"]
CODE_VERSION = provenance.code_version()
# Regions that the service strand is reported for.
REGIONS = places.of(config)
environment.prepare(config)
runs.begin(ROOT, head=workflow.is_main_process)


def supplied(section):
    """Whether a strand or section is part of this study."""
    return bool(config.get(section))


def restricted(path):
    """Row-level data, unreleased counts and quotations: never an input of the report."""
    return f"{ROOT}/restricted/{path}"


def released(path):
    """What has passed the release step; a synthetic study's tables say so in their names."""
    return study_config.marked(f"{ROOT}/release/{path}", config["study"]["data"])


def reported(path):
    """What people read."""
    return f"{ROOT}/report/{path}"


def log_of(name):
    """The log of a rule."""
    return f"{ROOT}/logs/{name}.log"


def code(*packages):
    """Library files behind a rule (the shared core and the named strand packages)."""
    return study_config.code_files(*packages)


def optional(section, name, path):
    """Return {name: path} when a section is supplied, else nothing: for edges between strands."""
    return {name: path} if supplied(section) else {}


def released_files(*sections):
    """Released tables, findings and numbers of the supplied sections."""
    names = [
        (s, t)
        for s in sections
        if supplied(s)
        for t in [*RELEASED.get(s, []), "numbers"]
    ]
    names += [
        (s, "findings") for s in sections if supplied(s) and s in study_config.STRANDS
    ]
    return sorted(released(f"{section}/{table}.csv") for section, table in names)


def short_rules():
    """Rules that take seconds: on a cluster they run beside Snakemake; the config's `cluster.submit` are jobs."""
    names = [rule.name for rule in workflow.rules]
    submit = config["cluster"]["submit"]
    if "cluster" not in STATED:  # the default names rules that a study may leave out
        submit = [name for name in submit if name in names]
    try:
        return cluster.light(names, submit, filter(supplied, study_config.SECTIONS))
    except ValueError as error:
        raise SystemExit(f"\nThe study cannot be built:\n- {error}.\n")


def demo_outputs(section):
    """Return {name: path or paths} of the inputs that the demonstration writes for a section."""
    return study_config.inputs_under(config[section], f"{ROOT}/demo/")


def demo_sources(section):
    """Files behind a rule of the demonstration (library, and the section's small authored inputs)."""
    authored = [
        path
        for path in study_config.input_paths(config[section])
        if not path.startswith(f"{ROOT}/demo/")
    ]
    return [*code("demo", "coding", section), *authored]
