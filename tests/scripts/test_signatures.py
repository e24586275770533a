"""What a rule names and no step takes: the library's files and the gate's verdict are waited for, and handed to nobody."""

import ast

import pytest
from genequity import step
from genequity.config import ROOT

SCRIPTS = sorted((ROOT / "workflow" / "scripts").rglob("*.py"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_step_asks_for_what_is_left_out(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    mains = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "main"]
    taken = {one.arg for main in mains for one in [*main.args.args, *main.args.kwonlyargs]}
    assert not taken & set(step.NOT_FOR_MAIN)
