"""Cases and variables of a REFI-QDA project, wherever a program puts them: in cases, named or not, or in sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd
from lxml import etree

from genequity.coding import project
from genequity.coding.refi_xml import TEXTS, child, children, guid

VALUES = ("TextValue", "BooleanValue", "IntegerValue", "FloatValue", "DateValue", "DateTimeValue")


def read(
    root: etree._Element,
    cases_there: Iterable[etree._Element],
    source_names: Mapping[str, str],
    links: Sequence[Mapping[str, str]],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return cases with their sources, and values of variables.

    Parameters
    ----------
    root : lxml element
        The project.
    cases_there : iterable of lxml elements
        Its cases.
    source_names : mapping
        Identifier of a source -> its name.
    links : sequence of mapping
        Cases that were put on texts like codes.
    """
    variables = {
        guid(v.get("guid")): (v.get("name") or "", v.get("typeOfVariable") or "Text")
        for v in children(child(root, "Variables"), "Variable")
    }
    cases, values = [], []

    def read_values(holder: etree._Element, name: str) -> bool:
        count = len(values)
        for value in children(holder, "VariableValue"):
            reference = child(value, "VariableRef")
            found = variables.get(guid(reference.get("targetGUID")) if reference is not None else "")
            if found:
                content = next((held.text or "" for held in children(value, *VALUES)), "")
                values.append({"case": name, "variable": found[0], "type": found[1], "value": content})
        return len(values) > count

    for case in cases_there:
        linked = [guid(reference.get("targetGUID")) for reference in children(case, "SourceRef")]
        sources = [source_names.get(guid, "") for guid in linked]
        name = case.get("name") or next((source for source in sources if source), "")
        cases += [{"case": name, "source": source} for source in sources]
        read_values(case, name)
    for source in children(child(root, "Sources")):
        name = source_names[guid(source.get("guid"))]
        found = [read_values(holder, name) for holder in (source, *children(source, *TEXTS))]
        if any(found):
            cases.append({"case": name, "source": name})
    cases = list({(row["case"], row["source"]): row for row in [*cases, *links]}.values())
    return project.frame(cases, project.CASE_COLUMNS), project.frame(values, project.VARIABLE_COLUMNS)
