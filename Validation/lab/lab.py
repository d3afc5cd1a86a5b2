"""Namespaces, the delay device, etcd's members and the load generator."""
import contextlib
import ctypes
import fcntl
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator

from cases import Matrix

PREFIX = "consim-lab-"
PROGRAMS = pathlib.Path(__file__).resolve().parent / ".build"
CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)


class LabError(Exception):
    """A case that could not be measured, with the reason."""


def namespace(node: int) -> str:
    """The namespace of a node."""
    return f"{PREFIX}{node}"


def address(node: int) -> str:
    """The address that a node has in its namespace."""
    return f"10.77.0.{node + 1}"


def run(*command: str, seconds: float = 20) -> str:
    """Runs a command and returns its output; a failure is a LabError."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        raise LabError(f"{command[0]} took more than {seconds} s") from None
    if done.returncode != 0:
        raise LabError(f"{' '.join(command)}: {done.stderr.strip() or done.returncode}")
    return done.stdout


def wait_until(condition: Callable[[], bool], seconds: float, what: str, pause: float) -> None:
    """Waits for a condition; a LabError after so many seconds."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise LabError(f"{what}: not within {seconds:g} s")
        time.sleep(pause)


def _bind_to_parent(realtime: bool) -> Callable[[], None]:
    """Makes the function that runs in a child, so that the child ends with the driver."""

    def prepare() -> None:
        """Runs between fork and exec."""
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if realtime:
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))

    return prepare


def start(command: list[str], realtime: bool = False, **pipes) -> subprocess.Popen:
    """Starts a process that ends with the driver; Ctrl-C reaches the driver only."""
    return subprocess.Popen(command, preexec_fn=_bind_to_parent(realtime), start_new_session=True,
                            **pipes)


def stop(process: subprocess.Popen) -> None:
    """Ends a process that may be stopped or may have ended."""
    if process.poll() is None:
        process.kill()
    process.wait(timeout=20)


def processor_seconds(pid: int) -> float:
    """The processor time of a process so far, all its threads together."""
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        raise LabError(f"process {pid} has ended") from None


def machine_seconds() -> float:
    """The time that all processors were busy so far, in seconds, to 10 ms each."""
    fields = pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    ticks = [int(field) for field in fields]
    return (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def inside(node: int) -> Iterator[None]:
    """Enters a node's namespace; sockets that are opened there stay in it."""
    with open("/proc/thread-self/ns/net") as home, open(f"/run/netns/{namespace(node)}") as there:
        if LIBC.setns(there.fileno(), CLONE_NEWNET) != 0:
            raise LabError(f"cannot enter {namespace(node)}: {os.strerror(ctypes.get_errno())}")
        try:
            yield
        finally:
            LIBC.setns(home.fileno(), CLONE_NEWNET)


def remove_namespaces() -> None:
    """Removes the lab's namespaces, also those of a run that was killed."""
    folder = pathlib.Path("/run/netns")
    for path in sorted(folder.glob(f"{PREFIX}*")) if folder.is_dir() else []:
        subprocess.run(["ip", "netns", "del", path.name], capture_output=True, timeout=20)


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Makes sure that no other lab runs; namespaces of one that was killed are removed."""
    with open("/run/consim-lab.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise LabError("another measurement runs") from None
        remove_namespaces()
        yield


class Wire:
    """The delay device between the namespaces of members and load generator."""

    def __init__(self, delays_ms: Matrix, jitter_ms: float, loss: float, seed: int) -> None:
        """Makes the namespaces and starts the device."""
        for node in range(len(delays_ms)):
            run("ip", "netns", "add", namespace(node))
        rows = "/".join(",".join(f"{value * 1000:g}" for value in row) for row in delays_ms)
        command = [str(PROGRAMS / "wire"), "--jitter-us", f"{jitter_ms * 1000:g}",
                   "--loss", f"{loss:g}", "--seed", str(seed)]
        command += ["--no-offload"] if loss else []
        self.process = start(command + [PREFIX, rows], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True, bufsize=1)
        self.delays_ms = delays_ms
        if self.process.stdout.readline() != "ready\n":
            raise LabError("the wire did not start")

    def command(self, line: str) -> list[str]:
        """Carries out a command and returns the lines before its 'ok'."""
        lines = []
        try:
            self.process.stdin.write(line + "\n")
        except OSError:
            raise LabError("the wire has ended") from None
        while (reply := self.process.stdout.readline().rstrip("\n")) != "ok":
            if not reply or reply.startswith("error"):
                raise LabError(f"the wire refused '{line}': {reply or 'it has ended'}")
            lines.append(reply)
        return lines

    def statistics(self) -> dict[str, float]:
        """Packets, drops and lateness since the last reset."""
        words = self.command("stats")[0].split()
        return {name: float(value) for name, value in (word.split("=") for word in words)}

    def echo_us(self, a: int, b: int, count: int = 500, seconds: float = 1) -> float:
        """The median round trip of a datagram in microseconds, less the delays of the links."""
        output = run(str(PROGRAMS / "echo"), namespace(a), namespace(b), address(b),
                     str(count), f"{seconds:g}")
        return float(output.split(",")[1]) - 1000 * (self.delays_ms[a][b] + self.delays_ms[b][a])

    def close(self) -> None:
        """Ends the device and removes the namespaces."""
        stop(self.process)
        remove_namespaces()


class _Connection(http.client.HTTPConnection):
    """HTTP to a member from its own namespace, which no delay and no cut disturbs."""

    def __init__(self, member: int) -> None:
        """Prepares; the first request connects."""
        super().__init__(address(member), 2379, timeout=2)
        self.member = member

    def connect(self) -> None:
        """Opens the socket in the namespace."""
        with inside(self.member):
            self.sock = socket.create_connection((self.host, self.port), self.timeout)


def ask(member: int, method: str, path: str, body: bytes | None = None) -> str | None:
    """What a member replies over HTTP, or nothing if it does not."""
    connection = _Connection(member)
    try:
        connection.request(method, path, body)
        return connection.getresponse().read().decode(errors="replace")
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def settings(heartbeat_ms: int, election_ms: int, pre_vote: bool) -> list[str]:
    """The arguments of etcd for its time-outs and PreVote."""
    return ["--heartbeat-interval", str(heartbeat_ms), "--election-timeout", str(election_ms),
            f"--pre-vote={str(pre_vote).lower()}"]


class Member:
    """One etcd process."""

    def __init__(self, index: int, replicas: int, folder: pathlib.Path, settings: list[str],
                 realtime: bool) -> None:
        """Chooses the arguments; 'start' starts the process."""
        me = f"http://{address(index)}"
        peers = ",".join(f"m{i}=http://{address(i)}:2380" for i in range(replicas))
        self.log = folder / f"m{index}.log"
        self.realtime = realtime
        self.process: subprocess.Popen | None = None
        self.command = [
            "ip", "netns", "exec", namespace(index), "etcd", "--name", f"m{index}",
            "--data-dir", str(folder / f"m{index}"), "--logger", "zap",
            "--listen-client-urls", f"{me}:2379", "--advertise-client-urls", f"{me}:2379",
            "--listen-peer-urls", f"{me}:2380", "--initial-advertise-peer-urls", f"{me}:2380",
            "--initial-cluster", peers, *settings,
        ]

    def start(self) -> None:
        """Starts the process, again with the same data if it ran before."""
        with self.log.open("ab") as log:
            self.process = start(self.command, self.realtime, stdout=log, stderr=log,
                                 stdin=subprocess.DEVNULL)

    def signal(self, number: int) -> None:
        """Sends a signal to the process."""
        os.kill(self.process.pid, number)

    def close(self) -> None:
        """Kills the process."""
        if self.process:
            stop(self.process)


class Cluster:
    """The members of one case."""

    def __init__(self, replicas: int, folder: pathlib.Path, settings: list[str],
                 realtime: bool = False) -> None:
        """Starts all members."""
        self.members = [Member(i, replicas, folder, settings, realtime) for i in range(replicas)]
        self.identities: list[str] = []
        for member in self.members:
            member.start()

    def status(self, member: int) -> dict | None:
        """What a member reports of itself, or nothing if it does not reply."""
        text = ask(member, "POST", "/v3/maintenance/status", b"{}")
        try:
            return json.loads(text or "null")
        except ValueError:
            return None

    def wal_fsyncs(self, member: int) -> tuple[int, float]:
        """How often a member has called fsync on its log, and how long that took in seconds."""
        found = {}
        for line in (ask(member, "GET", "/metrics") or "").splitlines():
            if line.startswith("etcd_disk_wal_fsync_duration_seconds_"):
                name, value = line.split(" ")
                found[name.rsplit("_", 1)[1]] = float(value)
        if "count" not in found or "sum" not in found:
            raise LabError(f"member {member} has no metrics")
        return int(found["count"]), found["sum"]

    def is_healthy(self) -> bool:
        """Whether all members know the same leader, and have applied the same entries."""
        found = [self.status(i) for i in range(len(self.members))]
        if not all(status and status.get("leader", "0") != "0" for status in found):
            return False
        self.identities = [status["header"]["member_id"] for status in found]
        applied = {status.get("raftAppliedIndex") for status in found}
        return len({status["leader"] for status in found}) == 1 and len(applied) == 1

    def wait_until_healthy(self, seconds: float = 30) -> None:
        """Waits for health; a member that has ended is an error at once."""

        def ready() -> bool:
            """Whether all are healthy; raises if one has ended."""
            for i, member in enumerate(self.members):
                if member.process.poll() is not None:
                    last = member.log.read_text(errors="replace").strip().split("\n")[-1]
                    raise LabError(f"member {i} has ended: {last}")
            return self.is_healthy()

        wait_until(ready, seconds, "health of all members", pause=0.05)

    def leader(self) -> int:
        """The leader that the first member knows."""
        status = self.status(0)
        if not status or status.get("leader") not in self.identities:
            raise LabError("no leader is known")
        return self.identities.index(status["leader"])

    def move_leader(self, to: int, seconds: float = 20) -> None:
        """Makes a member the leader."""

        def moved() -> bool:
            """Whether the member leads; asks for the move if it does not."""
            leader = self.leader()
            if leader == to:
                return self.is_healthy()
            with contextlib.suppress(LabError):
                run("ip", "netns", "exec", namespace(len(self.members)), "etcdctl",
                    f"--endpoints=http://{address(leader)}:2379", "move-leader",
                    f"{int(self.identities[to]):x}", seconds=10)
            return False

        wait_until(moved, seconds, f"member {to} as the leader", pause=0.1)

    def close(self) -> None:
        """Kills all members."""
        for member in self.members:
            member.close()


class Load:
    """One run of the load generator."""

    FIELDS = ("puts", "puts_per_s", "p50_ms", "p90_ms", "p99_ms", "mean_ms", "errors",
              "cpu_s_client")

    def __init__(self, client: int, endpoint: int, connections: int, warmup: float, seconds: float,
                 seed: int, raw: pathlib.Path | None, realtime: bool) -> None:
        """Starts the generator in the client's namespace."""
        command = ["ip", "netns", "exec", namespace(client), str(PROGRAMS / "load"),
                   "--connections", str(connections), "--warmup", f"{warmup:g}",
                   "--seconds", f"{seconds:g}", "--seed", str(seed)]
        command += ["--raw", str(raw)] if raw else []
        self.process = start(command + [f"{address(endpoint)}:2379"], realtime,
                             stdout=subprocess.PIPE, text=True)
        self.limit = threading.Timer(warmup + seconds + 30, self.process.kill)
        self.limit.start()

    def wait_for_window(self) -> None:
        """Waits until the measured window begins."""
        if self.process.stdout.readline() != "start\n":
            raise LabError("the load generator did not start")

    def result(self) -> dict[str, str]:
        """Waits for the end of the window and returns the measured values."""
        values = self.process.stdout.readline().strip().split(",")
        if len(values) != len(self.FIELDS):
            raise LabError("the load generator gave no result")
        return dict(zip(self.FIELDS, values, strict=True))

    def close(self) -> None:
        """Ends the generator."""
        self.limit.cancel()
        stop(self.process)
