"""A study of the size that readers promise to manage: 200 interviews, 300 codes, 60,000 codings."""

import random
import subprocess
import sys
import zipfile

import pytest
from genequity.config import ROOT

pytestmark = pytest.mark.slow
WORDS = [
    "waiting",
    "letter",
    "clinic",
    "family",
    "trust",
    "naïve",
    "because",
    "people",
    "result",
    "never",
    "language",
    "interpreter",
    "the",
    "a",
    "of",
    "and",
    "to",
]
# The largest size that `resource` tells is that of the program before it started another, where that was larger.
MEASURED = """
import re, resource, sys, time
from pathlib import Path
from genequity.coding import formats, losses
start = time.process_time()
found = formats.read({"path": sys.argv[1], "format": "auto"})
losses.table([found])
own = Path("/proc/self/status")
peak = int(re.search(r"VmHWM:\\s+(\\d+)", own.read_text()).group(1)) if own.exists() else (
    resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
print(len(found.segments), time.process_time() - start, peak // 1024)
"""


def project(path, interviews=200, codes=300, codings=60_000, characters=45_000):
    """Write a MAXQDA-like project: Windows line ends and emoji, positions in code points of the files."""
    chance = random.Random(1)
    xml = [
        '<Project xmlns="urn:QDA-XML:project:1.0" name="p"><Users><User guid="u" name="Ann"/></Users><CodeBook><Codes>'
    ]
    xml += [f'<Code guid="c{n}" name="Code {n}" isCodable="true"/>' for n in range(codes)] + [
        "</Codes></CodeBook><Sources>"
    ]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for source in range(interviews):
            words, starts, length = [], [], 0
            while length < characters:
                end = ".\r\n" if chance.random() < 0.04 else " \U0001f642" if chance.random() < 0.002 else ""
                words.append(chance.choice(WORDS) + end)
                starts.append(length)
                length += len(words[-1]) + 1
            archive.writestr(f"sources/s{source}.txt", " ".join(words))
            xml.append(
                f'<TextSource guid="s{source}" name="Interview {source}" plainTextPath="internal://s{source}.txt">'
            )
            for number in range(codings // interviews):
                first = chance.randrange(len(starts) - 40)
                last = first + chance.randrange(3, 40)
                xml.append(
                    f'<PlainTextSelection guid="x" startPosition="{starts[first]}" endPosition="{starts[last] - 1}">'
                    f'<Coding guid="y{source}-{number}" creatingUser="u"><CodeRef targetGUID="c{chance.randrange(codes)}"/>'
                    "</Coding></PlainTextSelection>"
                )
            xml.append("</TextSource>")
        archive.writestr("project.qde", "".join([*xml, "</Sources></Project>"]))
    return path


def test_reading_within_fifteen_seconds_and_600_mebibytes(tmp_path):
    path = project(tmp_path / "big.qdpx")
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(path)],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT / "workflow/lib"), "PATH": ""},
    )
    segments, seconds, mebibytes = done.stdout.split()
    assert int(segments) == 60_000
    assert float(seconds) <= 15
    assert int(mebibytes) <= 600
