"""Exports models as ONNX and compares ONNX Runtime and OpenVINO with Osteon; started by tools/check-onnx-export."""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy
import onnx
import onnxruntime
import openvino

ROOT = pathlib.Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "fixtures"
TOLERANCE = 1e-4
# What a peer says of itself that it can't run; told, but no failure of the export.
LIMITS = {"Unsupported activation function": "has no such activation in recurrent layers"}
onnxruntime.set_default_logger_severity(4)


class Case:
    """A model, how it's imported, and the file with its inputs."""

    def __init__(self, name, source, arrays, *options):
        self.name, self.source, self.arrays, self.options = name, str(source), arrays, list(options)


def torch_cases():
    def text(value):
        return json.dumps(value, separators=(",", ":")) if not isinstance(value, str) else value

    for entry in json.loads((FIXTURES / "torch/networks.json").read_text()):
        file = FIXTURES / "torch" / entry["file"]
        arguments = ",".join(f"{name}={text(value)}" for name, value in entry["arguments"].items())
        yield Case(f"torch/{file.stem}", file, file.with_suffix(".npz"), "--architecture", entry["network"] + (f":{arguments}" if arguments else ""))


def fixture_cases():
    for pattern in ("onnx/*.onnx", "tensorflow/*.pb"):
        for file in sorted(FIXTURES.glob(pattern)):
            yield Case(f"{file.parent.name}/{file.stem}", file, file.with_suffix(".npz"))
    for folder in sorted((FIXTURES / "tensorflow_saved").iterdir()):
        yield Case(f"tensorflow_saved/{folder.name}", folder, next(folder.glob("*.npz"), None))
    for arrays in sorted((FIXTURES / "keras").glob("*.npz")):
        for suffix in (".h5", ".keras", ".weights.h5"):
            file = arrays.with_name(arrays.stem + suffix)
            architecture = arrays.with_suffix(".json")
            if file.exists():
                yield Case(f"keras/{file.name}", file, arrays, *(["--architecture", str(architecture)] if architecture.exists() else []))
    yield from torch_cases()
    for folder in sorted((FIXTURES / "mmar").iterdir()):
        if folder.is_dir():
            yield Case(f"mmar/{folder.name}", folder, folder / "reference.npz")


def bench_cases():
    cache = pathlib.Path(os.environ.get("OSTEON_BENCH_CACHE") or pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "osteon-bench")
    for file in sorted((cache / "networks").glob("*.onnx")):
        yield Case(f"bench/{file.stem}", file, file.with_suffix(".npz"))


def osteon(binary, *arguments):
    done = subprocess.run([binary, *arguments], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"osteon {arguments[0]}: {done.stderr.strip()[-600:]}")
    return done.stdout


def inputs_of(model, arrays):
    """An array for each input: the fixture's, or seeded numbers."""
    known = dict(numpy.load(arrays)) if arrays and pathlib.Path(arrays).exists() else {}
    initialized = {tensor.name for tensor in model.graph.initializer}
    result, generator = {}, numpy.random.default_rng(0)
    for info in (info for info in model.graph.input if info.name not in initialized):
        dtype = onnx.helper.tensor_dtype_to_np_dtype(info.type.tensor_type.elem_type)
        array = next((known[name] for name in (info.name, info.name.removesuffix(":0"), info.name + ":0") if name in known), None)
        if array is None:
            if known:
                raise RuntimeError(f"no array for input {info.name}; there are {', '.join(known)}")
            array = generator.standard_normal([d.dim_value or 1 for d in info.type.tensor_type.shape.dim])
        result[info.name] = numpy.ascontiguousarray(array.astype(dtype)).reshape(array.shape)
    return result


def quantized(model):
    return any(node.op_type == "QuantizeLinear" for node in model.graph.node)


def difference(got, wanted, step):
    """How far off an output is, and how far it may be; an integer exactly."""
    got, wanted = numpy.asarray(got), numpy.asarray(wanted)
    if got.shape != wanted.shape:
        return numpy.inf, 0, f"shape {got.shape} for {wanted.shape}"
    if wanted.size == 0:
        return 0, 0, None
    if wanted.dtype.kind not in "fV":
        return float((got != wanted).sum()), 0, None
    got, wanted = got.astype(numpy.float64), wanted.astype(numpy.float64)
    if not numpy.array_equal(numpy.isnan(got), numpy.isnan(wanted)):
        return numpy.inf, 0, "NaN in other places"
    finite = numpy.isfinite(wanted)
    if not numpy.array_equal(got[~finite], wanted[~finite], equal_nan=True):
        return numpy.inf, 0, "infinities in other places"
    largest = float(numpy.abs(wanted[finite]).max(initial=0)) or 1.0
    allowed = max(TOLERANCE * largest, 1e-6)
    if step:
        allowed = max(allowed, float(numpy.ptp(wanted[finite])) / 255)
    return float(numpy.abs(got[finite] - wanted[finite]).max(initial=0)), allowed, None


def compare(results, wanted, step):
    """The worst output relative to what's allowed, and what failed."""
    worst, failures = 0.0, []
    for name, array in wanted.items():
        off, allowed, reason = difference(results[name], array, step)
        scale = float(numpy.abs(array.astype(numpy.float64)[numpy.isfinite(array.astype(numpy.float64))]).max(initial=0)) if array.dtype.kind in "fV" else 1
        worst = max(worst, off / (scale or 1))
        if reason or not off <= allowed:
            failures.append(f"{name}: {reason or f'off by {off:.3g}, {allowed:.3g} allowed'}")
    return worst, failures


def downstream(model, is_source):
    """The outputs of the model that depend on nodes of a kind."""
    reached = set()
    for node in model.graph.node:
        if is_source(node) or reached & set(node.input):
            reached |= set(node.output)
    return reached


def ignores_outside(node):
    """Cubic resizing that leaves out places outside the input; OpenVINO takes their edge's value all the same."""
    return node.op_type == "Resize" and any(attribute.name == "exclude_outside" and attribute.i for attribute in node.attribute)


def run_runtime(path, feed, level):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = level
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, feed)))


def run_openvino(path, feed):
    core = openvino.Core()
    model = core.read_model(path)
    arrays = [feed[next(iter(port.names & feed.keys()))] for port in model.inputs]
    if any(port.partial_shape.is_dynamic for port in model.inputs):
        model.reshape({index: list(array.shape) for index, array in enumerate(arrays)})
    compiled = core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    result = compiled(arrays)
    return {name: result[port] for port in compiled.outputs for name in port.names}


def check(case, options, opset, folder):
    """A line of the table, and the failures."""
    path = f"{folder}/model.onnx"
    export = ["export", case.source, "-o", path, "--opset", str(opset), "--quiet", *case.options]
    osteon(options.osteon, *export)
    model = onnx.load(path)
    onnx.checker.check_model(path, full_check=True)
    feed = inputs_of(model, case.arrays)
    arguments = []
    for index, (name, array) in enumerate(feed.items()):
        numpy.save(f"{folder}/{index}.npy", array)
        arguments += ["--input", f"{name}={folder}/{index}.npy"]
    osteon(options.osteon, "run", case.source, *case.options, *arguments, "--output-dir", f"{folder}/out", "--quiet")
    names = [output.name for output in model.graph.output]
    wanted = {name: numpy.load(f"{folder}/out/" + re.sub(r"[^A-Za-z0-9._-]", "_", name) + ".npy") for name in names}
    step = quantized(model)
    runners = {}
    if options.only != "openvino":
        runners["runtime"] = lambda: run_runtime(path, feed, onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL)
        if step:
            runners["runtime, plain"] = lambda: run_runtime(path, feed, onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL)
    if options.only != "runtime":
        runners["openvino"] = lambda: run_openvino(path, feed)
    cells, failures = [], []
    for title, runner in runners.items():
        try:
            skipped = downstream(model, ignores_outside) if title == "openvino" else set()
            compared = {name: array for name, array in wanted.items() if name not in skipped}
            worst, wrong = compare(runner(), compared, step)
            cells.append(f"{title} {worst:.1e}" + (f" ({len(wanted) - len(compared)} outputs it can't give)" if len(compared) < len(wanted) else ""))
            failures += [f"{title}: {reason}" for reason in wrong]
        except Exception as error:
            limit = next((text for sign, text in LIMITS.items() if sign in str(error)), None)
            cells.append(f"{title} {limit or 'failed'}")
            if not limit:
                failures.append(f"{title}: {str(error).strip()[:400]}")
    return cells, failures


def main():
    parser = argparse.ArgumentParser(prog="check-onnx-export")
    parser.add_argument("sources", nargs="*")
    parser.add_argument("--osteon", default=str(ROOT / ".build" / "release" / "osteon"))
    parser.add_argument("--opset", type=int, action="append")
    parser.add_argument("--bench", action="store_true")
    parser.add_argument("--filter", default="")
    parser.add_argument("--only", choices=["runtime", "openvino"])
    options = parser.parse_args()
    if not os.access(options.osteon, os.X_OK):
        sys.exit(f"{options.osteon} is missing: swift build -c release --product osteon")
    if options.sources:
        cases = [Case(pathlib.Path(source).name, source, pathlib.Path(source).with_suffix(".npz")) for source in options.sources]
    else:
        cases = list(fixture_cases()) + (list(bench_cases()) if options.bench else [])
    cases = [case for case in cases if re.search(options.filter, case.name)]
    failed = 0
    for case in cases:
        for opset in options.opset or [17]:
            with tempfile.TemporaryDirectory() as folder:
                try:
                    cells, failures = check(case, options, opset, folder)
                except Exception as error:
                    cells, failures = [], [str(error).strip()[:800]]
            failed += bool(failures)
            print(f"{case.name:52} opset {opset}  " + "  ".join(cells), flush=True)
            for reason in failures:
                print(f"    FAILED {reason}", flush=True)
    print(f"{len(cases)} models, {failed} exports failed" if failed else f"{len(cases)} models: all agree")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
