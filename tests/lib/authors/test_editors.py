"""JupyterLab and other editors: the release of a study is opened, and nothing but what the author wrote is saved."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.request
from pathlib import Path

import pytest
from genequity.authors import commands, kernelspec, lab, strip
from genequity.config import ROOT
from genequity.notebook import open_release

from .conftest import notebook


def test_sections_are_named_and_the_nearest_one_is_offered():
    assert lab.section_problem("survey", ROOT / "notebooks") == ""
    assert "Did you mean 'survey'?" in lab.section_problem("survay", ROOT / "notebooks")
    assert lab.named("notebooks/survey.ipynb") == "survey"


def test_a_release_that_is_not_built_names_the_command(tmp_path):
    assert "make report STUDY=my.yaml" in lab.release_problem(tmp_path, "my.yaml")
    (tmp_path / "study.json").write_text("{}")
    assert lab.release_problem(tmp_path, None) == ""


def test_the_environment_names_the_release_of_a_study(book, monkeypatch):
    monkeypatch.setenv("GENEQUITY_RELEASE", str(book.results / "release"))
    assert open_release("../nowhere").number("survey.respondents") == "2,380"
    monkeypatch.delenv("GENEQUITY_RELEASE")
    with pytest.raises(FileNotFoundError):
        open_release(book.results / "nowhere")


def test_a_build_does_not_see_an_authors_release(tmp_path, monkeypatch):
    from genequity.publish import kernel

    monkeypatch.setenv("GENEQUITY_RELEASE", "elsewhere")
    assert "GENEQUITY_RELEASE" not in kernel.environment(tmp_path, "2026-11-22")


def test_stripping_keeps_what_the_author_wrote(tmp_path):
    clean = json.loads(json.dumps(notebook()))
    full = json.loads(json.dumps(clean))
    for cell in full["cells"]:
        cell["metadata"] |= {
            "execution": {"iopub.execute_input": "now"},
            "scrolled": True,
            "vscode": {"languageId": "r"},
        }
        if cell["cell_type"] == "code":
            cell |= {"outputs": [{"output_type": "stream", "name": "stdout", "text": "x"}], "execution_count": 4}
    full["cells"][3]["metadata"]["user_expressions"] = [{}]
    full["cells"].insert(2, {"cell_type": "code", "metadata": {"tags": ["injected-parameters"]}, "source": "a = 1", "outputs": [], "execution_count": 1})  # fmt: skip
    full["metadata"]["widgets"] = {}
    assert not strip.is_clean(full)
    assert strip.stripped(full, clean["metadata"]) == clean
    path = tmp_path / "x.ipynb"
    path.write_text(json.dumps(full))
    assert strip.file(path)
    assert strip.is_clean(json.loads(path.read_text()))
    assert not strip.file(path)


def test_the_kernel_for_editors_starts_and_opens_the_release(book, tmp_path):
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import KernelManager

    path = kernelspec.write(tmp_path / "venv", sys.executable, book.results / "release")
    written = json.loads(path.read_text())
    assert written["display_name"] == "genequity"
    specs = KernelSpecManager(kernel_dirs=[str(path.parents[1])])
    manager = KernelManager(kernel_name="genequity", kernel_spec_manager=specs)
    manager.start_kernel(cwd=str(book.notebooks))
    client = manager.client()
    try:
        client.start_channels()
        client.wait_for_ready(timeout=60)
        code = "from genequity.notebook import open_release\nprint(open_release('..').number('survey.respondents'))"
        said: list[str] = []
        client.execute_interactive(
            code, timeout=60, output_hook=lambda message: said.append(message["content"].get("text", ""))
        )
        assert "2,380" in "".join(said)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_verbs_refuse_a_wrong_section_before_anything_is_set_up(capsys, monkeypatch):
    import argparse

    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("genequity.setup.ensure", lambda kind: pytest.fail("set up"))
    options = argparse.Namespace(section="survay", study=None, port=0, no_browser=True)
    assert commands.edit(options) == 2
    assert commands.preview(options) == 2
    assert "Did you mean 'survey'?" in capsys.readouterr().err


SESSION = """
import json, sys, uuid
import websocket
port, kernel, code = sys.argv[1:]
link = websocket.create_connection(f"ws://127.0.0.1:{port}/api/kernels/{kernel}/channels?token=secret", timeout=90)
header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "username": "", "session": uuid.uuid4().hex, "version": "5.3"}
content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
link.send(json.dumps({"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell", "buffers": []}))
while True:
    message = json.loads(link.recv())
    if message["parent_header"].get("msg_id") != header["msg_id"]:
        continue
    if message["msg_type"] == "stream":
        print(message["content"]["text"], end="")
    if message["msg_type"] == "error":
        print(message["content"]["evalue"])
    if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
        break
"""


@pytest.fixture(scope="module")
def authors_python(tmp_path_factory) -> str:
    """An interpreter with JupyterLab: the one that runs the tests, or one made from the lock of the authors."""
    if importlib.util.find_spec("jupyterlab"):
        return sys.executable
    uv = shutil.which("uv")
    folder = tmp_path_factory.mktemp("authors-environment")
    make = [uv, "venv", "-q", "--python", sys.executable, folder] if uv else [sys.executable, "-m", "venv", folder]
    subprocess.run(make, check=True)
    python = folder / "bin" / "python"
    lock = ["--no-deps", "--require-hashes", "-r", str(ROOT / "envs" / "requirements-authors.txt")]
    wheels = ROOT / "wheelhouse"
    found = ["--no-index", "--find-links", str(wheels)] if wheels.is_dir() else []
    build = ["--require-hashes", "-r", str(ROOT / "envs" / "requirements-build.txt")]
    install = [uv, "pip", "install", "-q", "--python", python] if uv else [python, "-m", "pip", "install", "-q"]
    for part in (build, ["--no-build-isolation", *lock]):
        if subprocess.run([*install, *found, *part], capture_output=True).returncode:
            pytest.skip("the packages of the authors' environment cannot be fetched here")
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    (packages / "genequity.pth").write_text(f"{ROOT / 'workflow' / 'lib'}\n")
    return str(python)


@pytest.mark.slow
def test_jupyterlab_opens_a_section_with_the_release_and_saves_no_output(authors_python, book, tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {"JUPYTER_TOKEN": "secret", "HOME": str(tmp_path), "JUPYTER_CONFIG_DIR": str(tmp_path / "config")}
    command = lab.command(authors_python, book.notebooks, "survey", port=port, browser=False)
    log = tmp_path / "lab.log"
    environment = lab.environment(book.results / "release") | own
    server = subprocess.Popen(command, env=environment, stdout=log.open("w"), stderr=subprocess.STDOUT)

    def call(path: str, method: str = "GET", data: object = None):
        body = None if data is None else json.dumps(data).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", method=method, data=body)
        request.add_header("Authorization", "token secret")
        return json.loads(urllib.request.urlopen(request, timeout=60).read() or b"null")

    try:
        for _ in range(240):
            try:
                call("/api/status")
                break
            except OSError:
                assert server.poll() is None, log.read_text()
                time.sleep(0.5)
        assert f"http://127.0.0.1:{port}/lab/tree/survey.ipynb" in log.read_text()
        before = (book.notebooks / "survey.ipynb").read_text()
        model = call("/api/contents/survey.ipynb")["content"]
        kernel = call("/api/kernels", "POST", {"name": "python3", "path": "survey.ipynb"})["id"]
        code = "\n".join("".join(cell["source"]) for cell in model["cells"] if cell["id"] in ("parameters", "setup"))
        code += '\nprint(release.number("survey.respondents"))'
        done = subprocess.run(
            [authors_python, "-c", SESSION, str(port), kernel, code], capture_output=True, text=True, timeout=180
        )
        assert done.stdout.strip() == "2,380", done.stdout + done.stderr
        for cell in model["cells"]:
            cell["metadata"]["scrolled"] = True
            if cell["cell_type"] == "code":
                cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "2,380"}]
                cell["execution_count"] = 5
        call("/api/contents/survey.ipynb", "PUT", {"type": "notebook", "format": "json", "content": model})
        assert (book.notebooks / "survey.ipynb").read_text() == before
        model["cells"][3]["source"] = "A new sentence."
        call("/api/contents/survey.ipynb", "PUT", {"type": "notebook", "format": "json", "content": model})
        after = json.loads((book.notebooks / "survey.ipynb").read_text())
        assert after["cells"][3]["source"] == ["A new sentence."]
        assert strip.is_clean(after)
        assert str(book.results) not in json.dumps(after)
    finally:
        server.terminate()
        server.wait(timeout=60)
    assert os.path.exists(log)
