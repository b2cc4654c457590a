"""One contender, one row, kept alive: worker.py NAME MODELS NETWORK BATCH THREADS INPUT [train | once].

With `once` it ends after one run. Else it says when it is ready, then, for each number of seconds that it reads, what
as many runs took as fit: JSON lines that begin with @. MODELS holds NETWORK.safetensors and what each contender reads,
made from it (docs/performance.md)."""

import json
import os
import sys
import tempfile
import time

name, models, network, batch, threads, input_path = sys.argv[1:7]
trains = sys.argv[7:] == ["train"]
batch, threads = int(batch), int(threads)
os.environ["OMP_NUM_THREADS"] = str(threads)

import numpy

stem = os.path.join(models, f"{network}_b{batch}")


def onnxruntime_run(images):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session = onnxruntime.InferenceSession(stem + ".onnx", options, providers=["CPUExecutionProvider"])
    feed = {session.get_inputs()[0].name: images}
    return lambda: session.run(None, feed)[0]


def openvino_run(images):
    import openvino

    settings = {
        "INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": 1,
        "INFERENCE_NUM_THREADS": threads,
    }
    model = openvino.Core().compile_model(stem + ".onnx", "CPU", settings)
    request = model.create_infer_request()
    tensor = openvino.Tensor(images, shared_memory=True)
    request.set_input_tensor(tensor)

    def run(model=model, images=images):  # the request does not keep them
        request.infer()
        return request.get_output_tensor().data

    return run


def mnn_run(images):
    import MNN

    settings = {"backend": "CPU", "numThread": threads, "precision": "high"}
    manager = MNN.nn.create_runtime_manager((settings,))
    module = MNN.nn.load_module_from_file(stem + ".mnn", ["x"], ["y"], runtime_manager=manager)
    plain = MNN.expr.const(images, list(images.shape), MNN.expr.NCHW)
    variable = MNN.expr.convert(plain, MNN.expr.NC4HW4)
    return lambda: numpy.array(module.forward(variable).read())


def ncnn_run(images):
    """ncnn has no batch dimension: one picture after the other."""
    import ncnn

    net = ncnn.Net()
    net.opt.num_threads = threads
    for option in ("fp16_packed", "fp16_storage", "fp16_arithmetic", "bf16_storage"):
        setattr(net.opt, f"use_{option}", False)
    net.load_param(os.path.join(models, f"{network}.ncnn.param"))
    net.load_model(os.path.join(models, f"{network}.ncnn.bin"))
    matrices = [ncnn.Mat(image).clone() for image in images]

    def run():
        outputs = []
        for matrix in matrices:
            extractor = net.create_extractor()
            extractor.input("in0", matrix)
            outputs.append(numpy.array(extractor.extract("out0")[1]))
        return numpy.stack(outputs)

    return run


def torch_network():
    import torch
    import torchvision
    from safetensors.torch import load_file

    torch.set_num_threads(threads)
    model = getattr(torchvision.models, network)(weights=None)
    model.load_state_dict(load_file(os.path.join(models, f"{network}.safetensors")), strict=False)
    return model.eval().to(memory_format=torch.channels_last)


def torch_run(images, compiles=False):
    import torch

    model = torch_network()
    images = torch.from_numpy(images).to(memory_format=torch.channels_last)
    if compiles:
        import torch._inductor.config

        torch._inductor.config.freezing = True
        model = torch.compile(model)

    def run():
        with torch.no_grad():
            return model(images).numpy()

    return run


def torch_step(images, compiles=False):
    """Forward, cross entropy, backward and SGD with momentum and decay."""
    import torch
    from cifar import CifarResNet

    torch.set_num_threads(threads)
    depths = {"resnet20": 3, "resnet56": 9}
    model = CifarResNet(depths[network]) if network in depths else __import__("torchvision").models.get_model(network)
    model = model.train().to(memory_format=torch.channels_last)
    images = torch.from_numpy(images).to(memory_format=torch.channels_last)
    labels = torch.arange(batch) % 10
    optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9, weight_decay=1e-4, fused=True)
    forward = torch.compile(model) if compiles else model

    def run():
        optimizer.zero_grad(set_to_none=True)
        loss = torch.nn.functional.cross_entropy(forward(images), labels)
        loss.backward()
        optimizer.step()
        return loss.detach().numpy()

    return run


def pin(run):
    """Puts the busiest threads on cores of their own, where a shared machine would put two on one."""

    def times():
        found = {}
        for thread in os.listdir("/proc/self/task"):
            with open(f"/proc/self/task/{thread}/schedstat") as file:
                found[int(thread)] = int(file.read().split()[0])
        return found

    before, end = times(), time.perf_counter() + 0.3
    while time.perf_counter() < end:
        run()
    worked = {thread: busy - before.get(thread, 0) for thread, busy in times().items()}
    cores = sorted(os.sched_getaffinity(0))
    for core, thread in zip(cores, sorted(sorted(worked, key=worked.get)[-threads:])):
        os.sched_setaffinity(thread, {core})


def say(**fields):
    print("@" + json.dumps(fields), flush=True)


inference = {
    "OpenVINO": openvino_run, "ONNX Runtime": onnxruntime_run, "MNN": mnn_run, "ncnn": ncnn_run, "PyTorch": torch_run,
    "torch.compile": lambda images: torch_run(images, compiles=True),
}
training = {"PyTorch": torch_step, "torch.compile": lambda images: torch_step(images, compiles=True)}

run = (training if trains else inference)[name](numpy.load(input_path))
result = numpy.array(run(), numpy.float32)
if sys.argv[7:] == ["once"]:
    sys.exit()
output = os.path.join(tempfile.gettempdir(), f"bench_{os.getpid()}.npy")
numpy.save(output, result.reshape(batch, -1) if not trains else result)
if threads > 1:
    pin(run)
say(output=output)
for line in sys.stdin:
    limit, taken = float(line), []
    while not taken or sum(taken) + taken[-1] <= limit:
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    say(seconds=taken)
