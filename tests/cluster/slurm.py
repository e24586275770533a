"""A real Slurm on loopback, from Debian's packages: a private munge, one controller, several virtual nodes.

No systemd, no cgroups, no database. Every process is started here, found again by a mark in its environment, and ended
by its id; every file is in one temporary folder; ports are those that are free.
"""

from __future__ import annotations

import getpass
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scancel", "sinfo", "scontrol", "sacct")
PATHS = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"])
MARK = "GENEQUITY_TEST_NODE"  # in the environment of a node's daemon, and of all that it starts
CONFIG = """
ClusterName=loopback
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CryptoType=crypto/munge
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SchedulerType=sched/backfill
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
SlurmdTimeout=10
MinJobAge=600
JobRequeue=0
ReturnToService=2
KillWait=2
InactiveLimit=0
{nodes}
PartitionName=main Nodes={names} Default=YES MaxTime=INFINITE State=UP
"""


def lacking() -> list[str]:
    """Return the programs that are not there."""
    return [name for name in PROGRAMS if shutil.which(name, path=PATHS) is None]


class Slurm:
    """A running Slurm; its commands are found through ``environment``."""

    def __init__(self, nodes: int = 3, cores: int = 2):
        self.folder = Path(tempfile.mkdtemp(prefix="slurm-"))
        self.token = secrets.token_hex(8)
        self.nodes = [f"n{number + 1}" for number in range(nodes)]
        self.ports = dict(zip(["controller", *self.nodes], _free_ports(nodes + 1), strict=True))
        self.daemons: dict[str, subprocess.Popen] = {}
        for name in ("state", "commands"):
            (self.folder / name).mkdir(mode=0o700)
        self._configure(cores)
        self._commands()

    def _configure(self, cores: int) -> None:
        host = socket.gethostname().split(".")[0]
        lines = [
            f"NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={self.ports[node]} CPUs={cores} RealMemory=8000"
            for node in self.nodes
        ]
        settings = {"host": host, "port": self.ports["controller"], "user": getpass.getuser(), "folder": self.folder}
        text = CONFIG.format(**settings, nodes="\n".join(lines), names=",".join(self.nodes))
        (self.folder / "slurm.conf").write_text(text)
        key = self.folder / "munge.key"
        key.write_bytes(secrets.token_bytes(128))
        key.chmod(0o400)

    def _commands(self) -> None:
        """Write commands that know this Slurm: inside a job, the plug-in drops every SLURM_ variable."""
        for name in ("sbatch", "srun", "squeue", "scancel", "sinfo", "scontrol", "sacct", "sacctmgr", "sshare"):
            if program := shutil.which(name, path=PATHS):
                command = self.folder / "commands" / name
                command.write_text(f'#!/bin/sh\nSLURM_CONF={self.folder}/slurm.conf exec {program} "$@"\n')
                command.chmod(0o755)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a person who may use this Slurm."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SLURM_")}
        return kept | {"PATH": f"{self.folder / 'commands'}{os.pathsep}{PATHS}"}

    def start(self) -> Slurm:
        socket_file = self.folder / "munge.socket"
        munged = [shutil.which("munged", path=PATHS), "-F", "--force", "--key-file", self.folder / "munge.key"]
        for name in ("socket", "pid-file", "log-file", "seed-file"):
            munged += [f"--{name}", socket_file if name == "socket" else self.folder / f"munged.{name}"]
        self._daemon("munged", munged)
        wait(socket_file.exists, 10, "munged")
        self.start_controller()
        for node in self.nodes:
            self.start_node(node)
        wait(lambda: self.said("sinfo", "-h", "-o", "%T").split() == ["idle"], 30, "the nodes of Slurm")
        return self

    def start_controller(self) -> None:
        self._daemon("controller", [shutil.which("slurmctld", path=PATHS), "-D", "-f", self.folder / "slurm.conf"])
        wait(lambda: self.run("scontrol", "ping").returncode == 0, 20, "slurmctld")

    def stop_controller(self) -> None:
        """Kill the controller, as if its machine were gone; its state is kept on disk."""
        self._end("controller", signal.SIGKILL)

    def start_node(self, node: str) -> None:
        (self.folder / f"spool-{node}").mkdir(exist_ok=True)
        command = [shutil.which("slurmd", path=PATHS), "-D", "-N", node, "-f", self.folder / "slurm.conf"]
        self._daemon(node, command)

    def kill_node(self, node: str) -> None:
        """Kill a node's daemon and all it runs at once, as if its power were cut."""
        self._end(node, signal.SIGKILL)
        while left := self.processes(node):
            for pid in left:
                _signal(pid, signal.SIGKILL)
            time.sleep(0.1)

    def processes(self, node: str = "") -> list[int]:
        """Return a node's daemon and all that it started, jobs too; or those of all nodes, and the other daemons."""
        daemon, job = f"{MARK}={self.token}.{node}".encode(), f"SLURMD_NODENAME={node}".encode()
        here = f"PATH={self.folder}/commands".encode()
        found = []
        for pid in pids():
            variables = environment_of(pid)
            if daemon in variables or (here in variables and job in variables):
                found.append(pid)
        return found

    def run(self, *command: str) -> subprocess.CompletedProcess:
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60)

    def said(self, *command: str) -> str:
        return self.run(*command).stdout.strip()

    def jobs(self, states: str = "PENDING,RUNNING,COMPLETING") -> list[list[str]]:
        """Return [id, rule, state, node] of jobs."""
        rows = self.said("squeue", "-h", "-t", states, "-o", "%i|%k|%T|%N").splitlines()
        return [row.split("|") for row in rows]

    def stop(self) -> None:
        self.run("scancel", "--user", getpass.getuser())
        for name in reversed(list(self.daemons)):
            self._end(name, signal.SIGTERM)
        for pid in self.processes():
            _signal(pid, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _daemon(self, name: str, command: list) -> None:
        environment = self.environment | {"SLURM_CONF": str(self.folder / "slurm.conf"), MARK: f"{self.token}.{name}"}
        with (self.folder / f"{name}.out").open("ab") as out:
            self.daemons[name] = subprocess.Popen(
                [str(part) for part in command], env=environment, stdout=out, stderr=out, start_new_session=True
            )

    def _end(self, name: str, number: signal.Signals) -> None:
        daemon = self.daemons.pop(name)
        daemon.send_signal(number)
        try:
            daemon.wait(timeout=10)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()


def pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def environment_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""


def wait(ready: Callable[[], object], seconds: float, what: str) -> object:
    """Return what ``ready`` says as soon as it is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := ready():
            return answer
        time.sleep(0.1)
    raise TimeoutError(f"{what}: not within {seconds} s")


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _free_ports(number: int) -> list[int]:
    sockets = [socket.socket() for _ in range(number)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()
