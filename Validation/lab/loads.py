"""Clusters under a closed loop of puts: throughput, latency, and what the processes used."""
import argparse
import contextlib
import os
import pathlib
import signal
import time

import lab
from cases import LoadCase

MOST_MEMBERS = 5
# Columns of every file of a family under load; what the family varies stands between.
FIRST = ["case", "repetition", "replicas"]
LAST = ["connections", "puts_per_s", "p50_ms", "p90_ms", "p99_ms", "mean_ms", "puts", "errors",
        "window_s", "echo_us", "client_echo_us", "wire_late_p99_us"]
PROCESSES = [f"cpu_s_member{i}" for i in range(MOST_MEMBERS)]
PROCESSES += ["cpu_s_client", "cpu_s_wire", "cpu_s_other"]
PROCESSES += [f"wal_fsyncs_member{i}" for i in range(MOST_MEMBERS)]
FSYNC = ["fsync_p50_us", "fsync_p90_us", "fsync_p99_us"]
WAL_TIMES = [f"wal_fsync_mean_us_member{i}" for i in range(3)]


class Processors:
    """Processor time of the processes of a case since a moment."""

    def __init__(self, processes: dict[str, int]) -> None:
        """Begins to count; the keys are columns, the values process ids."""
        self.processes = processes
        self.before = self._read()

    def _read(self) -> dict[str, float]:
        """The processor time of each process, and of the machine, so far."""
        seconds = {name: lab.processor_seconds(pid) for name, pid in self.processes.items()}
        return {**seconds, "machine": lab.machine_seconds()}

    def seconds(self, known: float) -> dict[str, str]:
        """The time since then; cpu_s_other is the rest of the machine's, less a known part."""
        used = {name: value - self.before[name] for name, value in self._read().items()}
        machine = used.pop("machine")
        used["cpu_s_other"] = max(0.0, machine - known - sum(used.values()))
        return {name: f"{value:.3f}" for name, value in used.items()}


def fsync_times(folder: pathlib.Path, count: int = 2000, limit: float = 20) -> dict[str, str]:
    """The quantiles of appending 2 kB and calling fdatasync, in microseconds."""
    times = []
    end = time.monotonic() + limit
    path = folder / "fsync"
    with path.open("wb", buffering=0) as file:
        while len(times) < count and time.monotonic() < end:
            start = time.perf_counter_ns()
            file.write(bytes(2048))
            os.fdatasync(file.fileno())
            times.append(time.perf_counter_ns() - start)
    path.unlink()
    times.sort()
    quantiles = zip(FSYNC, (0.5, 0.9, 0.99), strict=True)
    return {name: f"{times[int(share * len(times))] / 1000:.1f}" for name, share in quantiles}


class Logs:
    """Calls of fsync by the members that run, since a moment."""

    def __init__(self, cluster: lab.Cluster, stopped: int | None) -> None:
        """Begins to count."""
        self.cluster = cluster
        self.before = {i: cluster.wal_fsyncs(i) for i in range(len(cluster.members))
                       if i != stopped}

    def columns(self, with_times: bool) -> dict[str, str]:
        """How many calls since then, and their mean time if it is wanted."""
        row = {}
        for i, (count, seconds) in self.before.items():
            count_now, seconds_now = self.cluster.wal_fsyncs(i)
            calls = count_now - count
            row[f"wal_fsyncs_member{i}"] = str(calls)
            if with_times:
                mean = (seconds_now - seconds) / calls * 1e6 if calls else 0
                row[f"wal_fsync_mean_us_member{i}"] = f"{mean:.1f}"
        return row


def measure(case: LoadCase, repetition: int, folder: pathlib.Path, raw: pathlib.Path | None,
            options: argparse.Namespace) -> dict[str, object]:
    """Measures one repetition of a case, with a fresh cluster; options has warmup and seconds."""
    client = case.replicas
    neighbour = (case.leader + 1) % case.replicas
    row: dict[str, object] = {"case": case.name, "repetition": repetition, **case.columns,
                              "replicas": case.replicas, "connections": case.connections,
                              "window_s": f"{options.seconds:g}"}
    if case.on_disk:
        row |= fsync_times(folder)
    with contextlib.ExitStack() as stack:
        wire = lab.Wire(case.delays, case.jitter_ms, case.loss, seed=repetition)
        stack.callback(wire.close)
        cluster = lab.Cluster(case.replicas, folder, [], options.realtime)
        stack.callback(cluster.close)
        cluster.wait_until_healthy()
        cluster.move_leader(case.leader)
        # The echo of a lossy wire has no meaning: it waits for what is lost.
        if not case.loss:
            row["echo_us"] = f"{wire.echo_us(case.leader, neighbour):.1f}"
            row["client_echo_us"] = f"{wire.echo_us(client, case.endpoint):.1f}"
        if case.stopped is not None:
            cluster.members[case.stopped].signal(signal.SIGSTOP)
        load = lab.Load(client, case.endpoint, case.connections, options.warmup, options.seconds,
                        repetition, raw, options.realtime)
        stack.callback(load.close)
        load.wait_for_window()
        wire.command("reset")
        logs = Logs(cluster, case.stopped)
        pids = {f"cpu_s_member{i}": m.process.pid for i, m in enumerate(cluster.members)}
        processors = Processors(pids | {"cpu_s_wire": wire.process.pid})
        result = load.result()
        row |= result | processors.seconds(float(result["cpu_s_client"]))
        row |= logs.columns(with_times=case.on_disk)
        row["wire_late_p99_us"] = f"{wire.statistics()['late_p99_us']:.1f}"
        if cluster.leader() != case.leader:
            raise lab.LabError("the leader changed during the measurement")
    return row


def columns_of(case: LoadCase) -> list[str]:
    """The columns of the file of a case's family."""
    disk = FSYNC + WAL_TIMES if case.on_disk else []
    return FIRST + list(case.columns) + LAST + PROCESSES + disk
