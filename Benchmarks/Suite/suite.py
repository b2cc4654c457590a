"""Our networks, and beside them, in turn with them, what else could run them: see tools/bench."""

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

import tables
from contenders import ContenderFailure, Executable, Row, Worker
from npy import read_array, write_array

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# By torchvision's name: the network file, our name.
IMAGENET = {
    "resnet18": "ResNet18", "resnet34": "ResNet34", "resnet50": "ResNet50", "resnet101": "ResNet101",
    "resnet152": "ResNet152", "wide_resnet50_2": "WideResNet50",
}
CIFAR = {"resnet20": "ResNet20", "resnet56": "ResNet56"}

INFERENCE_PEERS = ["OpenVINO", "ONNX Runtime", "MNN", "ncnn"]
TRAINING_PEERS = ["PyTorch", "torch.compile"]


class Suite:
    def __init__(self, options, directory):
        self.options = options
        self.directory = directory
        self.models = os.path.join(options.peers, "models") if options.peers else None

    def network_arguments(self, network):
        family = "cifar" if network in CIFAR else "resnet"
        ours = (CIFAR if network in CIFAR else IMAGENET)[network]
        return [os.path.join(ROOT, f"examples/networks/{family}.apus"), "--network", ours]

    def weights_arguments(self, network):
        weights = os.path.join(self.models or "", f"{network}.safetensors")
        return ["--weights", weights] if self.models and os.path.exists(weights) else ["--seed", "1"]

    def path(self, name):
        return os.path.join(self.directory, name)

    def images(self, row):
        side = 32 if row.network in CIFAR else 224
        path = self.path(f"images_{row.batch}_{side}.npy")
        if not os.path.exists(path):
            generator = random.Random(1)
            count = row.batch * 3 * side * side
            write_array(path, [row.batch, 3, side, side], (generator.uniform(-2, 2) for _ in range(count)))
        return path

    def executable(self, row, target="native"):
        """Our compiled network; made once for all thread counts."""
        path = self.path(f"{row.network}_{row.batch}_{target}")
        if not os.path.exists(path):
            command = [self.options.apus, "compile", *self.network_arguments(row.network), "--batch", str(row.batch)]
            command += [*self.weights_arguments(row.network), "--target", target, "-o", path]
            subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        return path

    def peer(self, name, row, *mode):
        environment = "tvenv" if name in ("PyTorch", "torch.compile") else "venv"
        python = os.path.join(self.options.peers, environment, "bin", "python")
        if not os.path.exists(python):
            raise ContenderFailure(f"{name}: there is no {python}")
        return Worker(name, python, [self.models, row.network, row.batch, row.threads, self.images(row), *mode])

    # Inference

    def inference_contenders(self, row):
        for target in self.options.targets.split(","):
            executable = self.executable(row, target)
            output = f"{executable}.npy"
            threads = ["--threads", str(row.threads)]
            subprocess.run([executable, "--input", self.images(row), "--output", output, *threads], check=True)
            name = "Apus" if target == "native" else f"Apus {target}"
            yield Executable(name, [executable, "--bench", *threads], output)

    def training_contenders(self, row):
        command = [self.options.apus, "bench", *self.network_arguments(row.network), "--train", "--seed", "1"]
        yield Executable("Apus", command + ["--batch", str(row.batch), "--threads", str(row.threads)])

    def measure(self, row, ours, peers, *mode):
        """The timings of each contender that can run the row."""
        contenders = list(ours(row))
        for name in peers if self.options.peers else []:
            try:
                contenders.append(self.peer(name, row, *mode))
            except ContenderFailure as failure:
                print(failure, file=sys.stderr)
        for contender in contenders:
            contender.run(0.2)
        for _ in range(self.options.rounds):
            for contender in contenders:
                contender.burst(self.options.seconds)
        for contender in contenders:
            contender.close()
        if not mode:
            check_outputs(contenders)
        return {contender.name: contender.timings for contender in contenders}

    def run(self, rows, ours, peers, *mode):
        results = {}
        for row in rows:
            results[row] = self.measure(row, ours, peers, *mode)
            for name, timings in results[row].items():
                clean = "" if timings.clean else "  (others kept the machine busy)"
                print(
                    f"{row.network} batch {row.batch}, {row.threads} threads: {name} "
                    f"{1e3 * timings.minimum():.2f} ms, median {1e3 * timings.median():.2f}{clean}",
                    file=sys.stderr, flush=True)
        return results

    # From the start of a process

    def startup(self):
        row = Row("resnet50", 1, 2)
        executable = self.executable(row)
        command = [executable, "--input", self.images(row), "--output", self.path("out.npy"), "--threads", "2"]
        lines = {"Apus": command}
        for name in INFERENCE_PEERS if self.options.peers else []:
            python = os.path.join(self.options.peers, "venv", "bin", "python")
            worker = os.path.join(os.path.dirname(os.path.abspath(__file__)), "worker.py")
            lines[name] = [python, worker, name, self.models, row.network, "1", "2", self.images(row), "once"]
        found = {name: [] for name in lines}
        for _ in range(self.options.rounds):
            for name, line in lines.items():
                found[name].append(run_once(line))
        info = json.loads(subprocess.run([executable, "--info"], check=True, capture_output=True, text=True).stdout)
        return found, info


def run_once(command):
    """Seconds from start to end, and the most memory, in bytes."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"{command[0]} ended with {status}")
    return time.perf_counter() - start, 1024 * usage.ru_maxrss


def check_outputs(contenders):
    """Says which contenders compute something else than we do: what is wrong is no competitor."""
    ours = read_array(contenders[0].output)
    largest = max(map(abs, ours))
    for contender in contenders[1:]:
        theirs = read_array(contender.output)
        error = max(abs(a - b) for a, b in zip(ours, theirs)) / largest
        if len(ours) != len(theirs) or not error < 1e-3:
            print(f"{contender.name} differs by {error:.1e}", file=sys.stderr)


def rows_of(text, networks, batches, threads):
    """`resnet50:8:2,...`, or all."""
    if text:
        return [Row(name, int(batch), int(count)) for name, batch, count in (row.split(":") for row in text.split(","))]
    return [Row(name, batch, count) for batch in batches for count in threads for name in networks]


def machine_peak(apus):
    """Multiply-add peak of one core, GFLOP/s, by `apus bench`."""
    network = os.path.join(ROOT, "examples/networks/cifar.apus")
    line = [apus, "bench", network, "--network", "ResNet20", "--seed", "1", "--threads", "1", "--repeat", "1", "--json"]
    return json.loads(subprocess.run(line, check=True, capture_output=True, text=True).stdout)["peak_gflops"]


def operations_per_image(apus, suite, network):
    line = [apus, "show", *suite.network_arguments(network), "--json"]
    return 2e-9 * json.loads(subprocess.run(line, check=True, capture_output=True, text=True).stdout)["macs"]


def put(text, title, path):
    """Writes the table in place of the one that stands between the document's marks of that title."""
    begin, end = f"<!-- tools/bench {title} -->\n", f"<!-- end -->\n"
    with open(path) as file:
        document = file.read()
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if not pattern.search(document):
        raise SystemExit(f"{path} has no line {begin.strip()}")
    with open(path, "w") as file:
        file.write(pattern.sub(lambda _: begin + text + end, document))


def parse():
    parser = argparse.ArgumentParser(prog="tools/bench")
    parser.add_argument("what", choices=["networks", "train", "startup"])
    parser.add_argument("--apus", required=True, help=argparse.SUPPRESS)
    parser.add_argument(
        "--peers", metavar="DIR", default=os.environ.get("PEERS"),
        help="what others need (docs/performance.md); without it, or PEERS, only ours are timed")
    parser.add_argument("--rows", metavar="NETWORK:BATCH:THREADS,...", help="these rows only")
    parser.add_argument("--targets", default="native", help="processors to compile ours for, such as native,x86-64-v3")
    parser.add_argument("--rounds", type=int, default=6, help="bursts of each contender")
    parser.add_argument("--seconds", type=float, default=0.4, help="of a burst")
    parser.add_argument("--write", metavar="DOCUMENT", help="put the table into the document")
    return parser.parse_args()


def main():
    options = parse()
    try:
        os.nice(-20)
    except PermissionError:
        print("without the right to a higher priority; others on this machine will show", file=sys.stderr)
    directory = tempfile.mkdtemp(prefix="apus-bench-")
    try:
        suite = Suite(options, directory)
        if options.what == "startup":
            table = tables.startup(*suite.startup())
        else:
            is_training = options.what == "train"
            if is_training:
                rows = [Row("resnet20", 128, 2), Row("resnet20", 128, 1), Row("resnet56", 128, 2)]
                rows = rows_of(options.rows, [], [], []) or rows + [Row("resnet18", 16, 2), Row("resnet50", 16, 2)]
                results = suite.run(rows, suite.training_contenders, TRAINING_PEERS, "train")
            else:
                rows = rows_of(options.rows, IMAGENET, (1, 8), (2, 1))
                results = suite.run(rows, suite.inference_contenders, INFERENCE_PEERS)
            passes = 3 if is_training else 1
            work = {name: passes * operations_per_image(options.apus, suite, name) for name in {r.network for r in rows}}
            table = tables.timings(results, work, machine_peak(options.apus))
        print(table, end="")
        if options.write:
            put(table, options.what, options.write)
    finally:
        shutil.rmtree(directory)


if __name__ == "__main__":
    main()
