"""A study is one config file: read it, fill in method defaults, check it against a closed schema, say what is wrong.

No study is ever merged over the demonstration's file; only the neutral method defaults of ``config/defaults.yaml``
stand under every study.
"""

from __future__ import annotations

import copy
import datetime
import functools
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from genequity import attribution
from genequity.errors import InputError, Problem, missing_file, nearest, raise_if
from genequity.files import SYNTHETIC

ROOT = Path(__file__).parents[3]
DEMONSTRATION = "config/config.yaml"
DEFAULTS = ROOT / "config" / "defaults.yaml"
SCHEMAS = ROOT / "workflow" / "schemas"
# Modules that start, watch or inspect builds: no step rests on them, so editing one re-runs none.
RUNNERS = ("check", "cluster", "commands", "explain", "failures", "plan", "progress", "recover", "reference", "runs")
RUNNERS += ("setup", "status", "verbs", "wheelhouse")
STRANDS = ("policy", "evidence", "survey", "service", "interviews")
SECTIONS = (*STRANDS, "synthesis", "recommendations", "primary")
# Where public data lie when the environment variable does not say: the one place that knows.
PUBLIC_FOLDERS = {"GENEQUITY_REAL": "../shared/real", "GENEQUITY_REFERENCE": "../shared/reference"}
HERE = "GENEQUITY"  # ${GENEQUITY} in a path is the folder of genequity itself, with the schemes it ships
# Settings that are one path; beside them, everything under a section's `inputs` is a path.
SINGLE_PATHS = (
    "results",
    "ethnicity.scheme",
    "regions.lookup",
    "regions.boundaries",
    "release.names",
    "themes",
    "demonstration.truth",
    "survey.ethnicity.scheme",
    "service.rates.denominators.scheme",
)


def public_folder(variable: str) -> Path:
    """Return the folder of public data named by an environment variable, or its default beside the repository.

    Parameters
    ----------
    variable : str
        ``GENEQUITY_REAL`` or ``GENEQUITY_REFERENCE``.
    """
    value = os.environ.get(variable)
    return Path(value) if value else ROOT / PUBLIC_FOLDERS[variable]


def load(file: str | Path) -> dict[str, Any]:
    """Read a study's config file, completed and checked.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    return complete(read(file), str(file))


def read(file: str | Path) -> dict[str, Any]:
    """Read a YAML file into a mapping."""
    if not Path(file).exists():
        raise InputError(missing_file(str(file)))
    return parse(Path(file).read_text(encoding="utf-8"), str(file))


def parse(text: str, file: str) -> dict[str, Any]:
    """Return the mapping that a YAML text holds; dates stay text, a repeated key is an error.

    Raises
    ------
    InputError
        If it is no YAML, or no mapping.
    """
    try:
        study = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "this is not valid YAML"
        do = "check indents and colons there"
        if "unknown escape character" in problem:
            problem = "a backslash stands between double quotes"
            do = "write paths with / in the place of \\, also on Windows"
        raise InputError(Problem(file, problem, where=where, do=do)) from None
    if not isinstance(study, dict):
        raise InputError(Problem(file, "holds no settings", expected="a mapping such as config/config.yaml"))
    return study


def complete(study: Mapping[str, Any], file: str, folder: str | Path | None = None) -> dict[str, Any]:
    """Return the config with method defaults filled in and paths expanded, after checking it.

    Parameters
    ----------
    study : mapping
        The study's own settings.
    file : str
        Its name, for messages.
    folder : str or Path, optional
        The folder of the study's file, from which its paths count when it says ``paths_from: study``; that of
        ``file`` when absent.
    """
    found = list(schema_problems(dict(study), file))
    raise_if(found)
    whole = _expanded(rooted(filled(study), Path(file).parent if folder is None else folder))
    raise_if(cross_problems(whole, file))
    return whole


def filled(study: Mapping[str, Any]) -> dict[str, Any]:
    """Return the config with method defaults filled in; its paths stay as the study writes them.

    Parameters
    ----------
    study : mapping
        The study's own settings, as the schema wants them.
    """
    study = copy.deepcopy(dict(study))
    defaults = yaml.load(DEFAULTS.read_text(encoding="utf-8"), Loader=_Loader) or {}
    for section, default in defaults.items():
        if study.get(section):
            study[section] = _under(default, study[section])
    study.setdefault("results", "results")
    study.setdefault("demonstration", None)
    study.setdefault("report", copy.deepcopy(defaults["report"]))
    study.setdefault("cluster", copy.deepcopy(defaults["cluster"]))
    for section in SECTIONS:
        study.setdefault(section, None)
    return study


def rooted(study: Mapping[str, Any], folder: str | Path) -> dict[str, Any]:
    """Return a config whose relative paths count from the folder that a build runs in.

    Parameters
    ----------
    study : mapping
        Settings; only with ``paths_from: study`` their paths count from the study's own folder, and are changed.
    folder : str or Path
        The folder of the study's file.
    """
    study = copy.deepcopy(dict(study))
    if study.get("paths_from") != "study":
        return study

    def seen(path: str) -> str:
        if path.startswith("${") or os.path.isabs(path):
            return path
        place = os.path.abspath(os.path.join(folder, path))
        from_here = os.path.relpath(place)
        return place if from_here.startswith("..") else from_here

    for name in SINGLE_PATHS:
        *parents, last = name.split(".")
        inner = setting(study, ".".join(parents)) if parents else study
        if isinstance(inner, dict) and isinstance(inner.get(last), str):
            inner[last] = seen(inner[last])
    for section in SECTIONS:
        if isinstance(study.get(section), dict) and "inputs" in study[section]:
            study[section]["inputs"] = _paths_changed(study[section]["inputs"], seen)
    return study


def _paths_changed(value: Any, change: Callable[[str], str]) -> Any:
    """Change every path of an ``inputs`` section (see :func:`named_paths`)."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        kept = {"path"} if "path" in value else set(value)
        return {key: _paths_changed(item, change) if key in kept else item for key, item in value.items()}
    if isinstance(value, list):
        return [_paths_changed(item, change) for item in value]
    return value


def setting(study: Mapping[str, Any], name: str) -> Any:
    """Return a setting by its name, as in ``ethnicity.scheme``; None where it is absent."""
    value: Any = study
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def results(file: str | Path) -> str:
    """Return the folder of a study's results, as far as its file can be read; ``results`` otherwise."""
    try:
        study = {"results": "results", **read(file)}
    except (InputError, OSError, UnicodeDecodeError):
        return "results"
    if not isinstance(study["results"], str):
        return "results"
    return _expanded(rooted(study, Path(file).parent))["results"]


def schema_problems(study: Mapping[str, Any], file: str) -> Iterator[Problem]:
    """Yield what in a config is not as the schema says, in the researcher's words."""
    import jsonschema

    validator = jsonschema.Draft202012Validator(schema())
    for error in sorted(validator.iter_errors(study), key=lambda e: [str(p) for p in e.absolute_path]):
        yield from _explained(error, file)


@functools.cache
def schema() -> dict[str, Any]:
    """Return the closed JSON schema of a study's config, its strand sections put in place."""
    whole = yaml.safe_load((SCHEMAS / "config.schema.yaml").read_text(encoding="utf-8"))
    for section in SECTIONS:
        part = SCHEMAS / "config" / f"{section}.yaml"
        if part.exists():
            entry = yaml.safe_load(part.read_text(encoding="utf-8"))
            entry["type"] = ["object", "null"]
            whole["properties"][section] = entry
    return whole


def cross_problems(study: Mapping[str, Any], file: str) -> list[Problem]:
    """List contradictions between settings that a schema cannot see."""
    found = []
    if not any(study.get(strand) for strand in STRANDS):
        found.append(Problem(file, "no strand is on", expected=f"at least one of {', '.join(STRANDS)}"))
    try:
        datetime.date.fromisoformat(study["study"]["date"])
    except ValueError:
        found.append(Problem(file, "there is no such day", where="study.date", expected="a day as YYYY-MM-DD"))
    if study["release"]["profile"] == "none" and study["study"]["data"] == "restricted":
        found.append(
            Problem(
                file,
                "the data are restricted but the release profile is 'none'",
                where="release.profile",
                do="name a small-number profile, such as nhse",
            )
        )
    if study.get("recommendations") and not study.get("synthesis"):
        found.append(
            Problem(
                file,
                "recommendations are on but synthesis is off",
                where="synthesis",
                do="switch synthesis on",
            )
        )
    if study.get("interviews"):
        found += attribution.problems(study["interviews"]["attribution"], "interviews.attribution", file)
    if study.get("primary"):
        from genequity.primary import check as primary

        found += primary.setting_problems(study["primary"], study, file)
    if study.get("demonstration") and study["study"]["data"] != "synthetic":
        found.append(Problem(file, "a demonstration's data are synthetic", where="study.data", expected="synthetic"))
    if study["study"]["data"] == "synthetic" and not study["study"].get("watermark"):
        found.append(Problem(file, "synthetic data need a watermark", where="study.watermark", do="add a watermark"))
    found += [
        Problem(
            file,
            f"the environment variable {name} is not known",
            where=where,
            expected=f"one of {', '.join((HERE, *PUBLIC_FOLDERS))}",
        )
        for where, name in _unknown_variables(study)
    ]
    return found


def overridden(study: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return a config with single settings of the command line (``--config``) put over it."""
    study = copy.deepcopy(dict(study))
    for key, value in settings.items():
        own = study.get(key)
        study[key] = overridden(own, value) if isinstance(own, dict) and isinstance(value, Mapping) else value
    return study


def marked(path: str, data: str) -> str:
    """Return the path of a released file; the name of a synthetic study's table says so.

    >>> marked("results/release/survey/shares.csv", "synthetic")
    'results/release/survey/shares.synthetic.csv'
    """
    stem, ending = os.path.splitext(path)
    return f"{stem}{SYNTHETIC}{ending}" if data == "synthetic" and ending in (".csv", ".xlsx", ".docx") else path


def code_files(*packages: str) -> list[str]:
    """Return the files that a rule rests on: the shared core, the named packages, their table schemas, the profiles.

    Snakemake does not see imports, so every rule names these files as an input.
    """
    library = Path(__file__).parent
    core = (path for path in sorted(library.glob("*.py")) if path.stem not in RUNNERS)
    found = [*core, ROOT / "config" / "release" / "profiles.yaml"]
    for package in packages:
        found += sorted((library / package).rglob("*.py"))
        found += sorted((SCHEMAS / "tables").glob(f"{package}.yaml"))
    return [os.path.relpath(path) for path in found]


def input_paths(section: Mapping[str, Any] | None) -> list[str]:
    """Return every path under ``inputs`` of a config section, sorted (lists and nested mappings included)."""
    return sorted({path for _, path in named_paths((section or {}).get("inputs"))})


def inputs_under(section: Mapping[str, Any] | None, folder: str) -> dict[str, str | list[str]]:
    """Return the inputs of a section that lie in a folder: name -> path, or list where an input has several."""
    found: dict[str, str | list[str]] = {}
    for name, value in (section or {}).get("inputs", {}).items():
        paths = [path for _, path in named_paths(value) if path.startswith(folder)]
        if paths:
            found[name] = paths[0] if isinstance(value, str) else paths
    return found


def named_paths(value: Any, setting: str = "") -> Iterator[tuple[str, str]]:
    """Yield the paths of an ``inputs`` section, each with the setting that names it.

    Every text under ``inputs`` is a path, except beside the key ``path`` of an entry (its format, its coder).
    """
    if isinstance(value, str):
        yield setting, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if key == "path" or "path" not in value:
                yield from named_paths(item, f"{setting}.{key}".lstrip("."))
    elif isinstance(value, list):
        for place, item in enumerate(value, start=1):
            yield from named_paths(item, f"{setting}, entry {place}")


def _under(default: Any, own: Any) -> Any:
    """Return a study's own settings with the defaults under them."""
    if isinstance(default, dict) and isinstance(own, dict):
        return {key: _under(default.get(key), own[key]) if key in own else default[key] for key in {**default, **own}}
    return own


_VARIABLE = re.compile(r"\$\{(\w+)\}")


def _folder(variable: str) -> Path:
    return ROOT if variable == HERE else public_folder(variable)


def _expanded(value: Any) -> Any:
    if isinstance(value, str):
        expanded = _VARIABLE.sub(
            lambda found: os.path.relpath(_folder(found[1])) if found[1] in (*PUBLIC_FOLDERS, HERE) else found[0],
            value,
        )
        return expanded if expanded == value else expanded.removeprefix("./")
    if isinstance(value, dict):
        return {key: _expanded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_expanded(item) for item in value]
    return value


def _unknown_variables(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        for name in _VARIABLE.findall(value):
            yield where, name
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _unknown_variables(item, f"{where}.{key}".lstrip("."))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _unknown_variables(item, f"{where}[{place}]")


def _explained(error: Any, file: str) -> Iterator[Problem]:
    where = ".".join(str(part) for part in error.absolute_path)
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        for key in sorted(set(map(str, error.instance)) - set(known)):
            yield Problem(
                file,
                f"there is no setting '{key}'.{nearest(key, known)}",
                where=where or "top level",
                expected=f"one of {', '.join(known)}",
            )
    elif error.validator == "required":
        for key in error.validator_value:
            if key not in error.instance:
                yield Problem(
                    file,
                    f"the setting '{key}' is missing",
                    where=where or "top level",
                    expected=error.schema.get("properties", {}).get(key, {}).get("description", ""),
                )
    elif error.validator == "enum":
        allowed = [str(item) for item in error.validator_value]
        yield Problem(
            file,
            f"'{error.instance}' is not allowed here.{nearest(str(error.instance), allowed)}",
            where=where,
            expected=f"one of {', '.join(allowed)}",
        )
    else:
        yield Problem(file, error.message, where=where, expected=error.schema.get("description", ""))


class _Loader(yaml.SafeLoader):
    """YAML as people write it: dates stay text, yes and no stay words, a repeated key is an error."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the setting '{key}' stands twice", node.start_mark
                )
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag not in ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|false|False)$"), list("tTfF"))
