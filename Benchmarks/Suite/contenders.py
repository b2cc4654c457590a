"""What is timed: executables of ours, and live worker processes of others, which take turns."""

import json
import os
import subprocess
import tempfile
import time
from dataclasses import dataclass, field

TICK = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Row:
    """One problem: a network at a batch size, on some threads."""

    network: str
    batch: int
    threads: int


@dataclass
class Timings:
    """Seconds of runs; those of bursts that something else disturbed count only for the minimum."""

    clean: list = field(default_factory=list)
    disturbed: list = field(default_factory=list)

    def minimum(self):
        return min(self.clean + self.disturbed)

    def median(self):
        times = sorted(self.clean or self.disturbed)
        return times[len(times) // 2]


def busy_seconds():
    """Processor time of the whole machine, what the host took from it included."""
    with open("/proc/stat") as file:
        user, nice, system, _, _, irq, softirq, steal = map(int, file.readline().split()[1:9])
    return TICK * (user + nice + system + irq + softirq + steal)


def process_seconds(pid):
    """Processor time of a process, with that of its children that have ended."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return TICK * sum(map(int, fields[11:15]))


class Contender:
    """Something that can be told to run for a while and to say what each run took."""

    def __init__(self, name):
        self.name = name
        self.timings = Timings()
        self.output = None

    def burst(self, seconds, attempts=3):
        """Runs for about `seconds`, again where others kept more than a twentieth of a processor busy meanwhile."""
        for attempt in range(attempts):
            start, machine, own = time.monotonic(), busy_seconds(), self.processor_seconds()
            times = self.run(seconds)
            others = busy_seconds() - machine - (self.processor_seconds() - own)
            if others < 0.05 * (time.monotonic() - start) + 2 * TICK:
                self.timings.clean += times
                return
            self.timings.disturbed += times
            time.sleep(0.2 * (attempt + 1))

    def processor_seconds(self):
        return process_seconds(os.getpid())

    def close(self):
        pass


class Executable(Contender):
    """A command that times itself and prints JSON with times_ms, as compiled networks and `apus bench` do."""

    def __init__(self, name, command, output=None):
        super().__init__(name)
        self.command = command
        self.output = output

    def run(self, seconds):
        line = self.command + ["--seconds", str(seconds), "--json"]
        result = subprocess.run(line, check=True, capture_output=True, text=True)
        return [1e-3 * milliseconds for milliseconds in json.loads(result.stdout)["times_ms"]]


class Worker(Contender):
    """A process of worker.py, which stays alive between its bursts."""

    def __init__(self, name, python, arguments):
        super().__init__(name)
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "worker.py")
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [python, script, name, *map(str, arguments)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.output = self.answer()["output"]

    def answer(self):
        """The next line of JSON; libraries may print lines of their own."""
        for line in self.process.stdout:
            if line.startswith("@"):
                return json.loads(line[1:])
        self.log.seek(0)
        last = self.log.read().strip().splitlines()[-1:] or [f"ended with {self.process.wait()}"]
        raise ContenderFailure(f"{self.name}: {last[0]}")

    def run(self, seconds):
        self.process.stdin.write(f"{seconds}\n")
        self.process.stdin.flush()
        return self.answer()["seconds"]

    def processor_seconds(self):
        return process_seconds(os.getpid()) + process_seconds(self.process.pid)

    def close(self):
        self.process.kill()
        self.process.wait()


class ContenderFailure(Exception):
    """A contender that cannot run this row; the others go on without it."""
