"""What every step inherits from the process that plans the build."""

import subprocess
import sys

from genequity import environment


def test_an_interpreter_in_a_folder_with_a_space_can_stand_in_a_command(tmp_path):
    folder = tmp_path / "my study's copy"
    folder.mkdir()
    (folder / "python").symlink_to(sys.executable)
    command = environment.in_a_command(str(folder / "python"))
    assert subprocess.run(f"{command} -c 'print(1)'", shell=True, capture_output=True, text=True).stdout == "1\n"
    assert environment.in_a_command(command) == command


def test_the_day_of_the_study_is_the_only_clock():
    assert environment.epoch("1970-01-02") == 86400
