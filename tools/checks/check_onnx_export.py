"""Exports every fixture as ONNX and holds onnx.checker, ONNX Runtime and OpenVINO to Osteon's own results.

  tools/check onnx-export [--opset N]… [--quantize] [--bench] [--filter REGEX] [--only runtime|openvino] [--osteon BINARY] [SOURCE…]

Floating-point outputs may be off by 1e-4 of their largest magnitude, those of a quantised model by one quantisation step of the
output. With --quantize every model is reduced to int8 first, its ranges from its own inputs. A quantised model is held to what the
peers compute exactly: ONNX Runtime with basic optimisations, OpenVINO without low-precision transformations and snippets. Where a
byte rounded the other way at a tie adds up to more than a step, each stretch between quantisations is fed Osteon's own bytes instead:
then no byte may be more than one step off and no output more than 1e-4. What both give by default is printed beside it and only
has to load: on processors without VNNI they add products of bytes in 16 bits, which overflow.
With --bench the networks of tools/bench too (make them with tools/bench/run). A SOURCE is another model, with its inputs in
an .npz of the same name beside it, or seeded ones.
"""

import argparse
import json
import pathlib
import re
import sys
import tempfile

import numpy
import onnx
import onnxruntime
import openvino

from model_cases import add_case_arguments, chosen_cases, osteon

TOLERANCE = 1e-4
# What the peers' byte kernels are asked to leave out. On processors without VNNI they add pairs of products in 16 bits, which overflow
# where weights go to ±127; the graph means none of that. OpenVINO then computes what the nodes say in floats, as ONNX Runtime does
# below its extended optimisations. Its snippets round at other places than the nodes do (attention is off by tenths with them).
EXACT_OPENVINO = {"LP_TRANSFORMS_MODE": "NO", "SNIPPETS_MODE": "DISABLE"}
EXACT_RUNTIME = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
# What a peer says of itself that it can't run; told, but no failure of the export.
LIMITS = {"Unsupported activation function": "has no such activation in recurrent layers"}
onnxruntime.set_default_logger_severity(4)


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


def run_openvino(path, feed, settings):
    core = openvino.Core()
    model = core.read_model(path)
    arrays = [feed[next(iter(port.names & feed.keys()))] for port in model.inputs]
    if any(port.partial_shape.is_dynamic for port in model.inputs):
        model.reshape({index: list(array.shape) for index, array in enumerate(arrays)})
    compiled = core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"} | settings)
    result = compiled(arrays)
    return {name: result[port] for port in compiled.outputs for name in port.names}


def quantized_form(case, options, folder):
    """The model in int8, its ranges from the inputs it's then compared on, or from seeded ones."""
    result = f"{folder}/int8.osteon"
    arrays = str(case.arrays) if case.arrays and pathlib.Path(case.arrays).exists() else None
    reference = ["--reference", arrays] if arrays else []
    osteon(
        options.osteon, "quantize", case.source, *case.options, *reference, "-o", result, "--precision", "int8", "--calibration",
        arrays or "random:1", "--quiet")
    return result


def shapes(case, source, options):
    """The shapes of the case's own inputs, for models that no small size fits."""
    with numpy.load(case.arrays) as arrays:
        inputs = [entry["name"] for entry in json.loads(osteon(options.osteon, "inspect", source, *case.options, "--json", "--quiet"))["inputs"]]
        return ["--shape", ",".join(f"{name}={'x'.join(map(str, arrays[name].shape))}" for name in inputs)]


def export(case, source, path, opset, arguments, options):
    """Exports, in the lowest operator set that can express the model and, where no legal size is found, at its inputs' own."""
    cells, shape = [], []
    while True:
        try:
            osteon(options.osteon, "export", source, "-o", path, "--opset", str(opset), "--quiet", *arguments, *shape)
            return cells
        except RuntimeError as error:
            # What the operator set can't express is refused by design, with the lowest that can.
            lowest = re.search(r"the lowest that has is (\d+)", str(error))
            if lowest:
                opset = lowest[1]
                cells.append(f"needs opset {opset}")
            elif "give one with --shape" in str(error) and not shape and case.arrays:
                shape = shapes(case, source, options)
                cells.append("at its inputs' shapes")
            else:
                raise


def run_osteon(binary, source, arguments, names, folder):
    """Values of a model; more than its outputs where `names` say so."""
    chosen = [part for name in names for part in ("--output", name)] if names else []
    osteon(binary, "run", *source, *arguments, *chosen, "--output-dir", folder, "--quiet")
    return {path.stem: path for path in pathlib.Path(folder).iterdir()}


def file_name(name):
    return re.sub(r"[^A-Za-z0-9._-]", "_", name)


class Stretches:
    """A quantised model cut at its bytes: each stretch between two quantisations is fed Osteon's own bytes.

    A sum added up in another order is off by 1e-7, and where it lies between two steps it's rounded to the other one. What follows,
    normalisations above all, makes that one step many. Cut, nothing adds up: bytes are one step off at the most, and outputs 1e-4.
    """

    def __init__(self, binary, source, model, feed, arguments, folder):
        report = json.loads(osteon(binary, "inspect", *source, "--json", "--quiet"))
        known = {name for layer in report["layers"] for name in layer["outputs"]}
        outputs = [output.name for output in model.graph.output]
        # Quantised weights stay; what only the export names isn't there to be compared.
        constants = {tensor.name for tensor in model.graph.initializer}
        cuts = [node.output[0] for node in model.graph.node if node.op_type == "QuantizeLinear" and node.input[0] not in constants]
        self.cuts = [name for name in cuts if name in known]
        self.outputs, self.uncut = outputs, len(cuts) - len(self.cuts)
        files = run_osteon(binary, source, arguments, outputs + self.cuts, f"{folder}/stretches")
        self.wanted = {name: numpy.load(files[file_name(name)]) for name in outputs + self.cuts}
        cut = onnx.ModelProto()
        cut.CopyFrom(model)
        given = {name: f"{name}:given" for name in self.cuts}
        for node in cut.graph.node:
            for index, name in enumerate(node.input):
                if name in given:
                    node.input[index] = given[name]
        for name in self.cuts:
            array = self.wanted[name]
            kind = onnx.helper.np_dtype_to_tensor_dtype(array.dtype)
            cut.graph.input.append(onnx.helper.make_tensor_value_info(given[name], kind, array.shape))
            if name not in outputs:
                cut.graph.output.append(onnx.helper.make_tensor_value_info(name, kind, array.shape))
        self.path = f"{folder}/cut.onnx"
        onnx.save(cut, self.path)
        self.feed = feed | {given[name]: self.wanted[name] for name in self.cuts}

    def compare(self, results):
        """The largest difference of an output, the share of bytes a step off, and what's wrong."""
        worst, wrong = compare(results, {name: self.wanted[name] for name in self.outputs if name in results}, False)
        moved, total = 0, sum(self.wanted[name].size for name in self.cuts)
        for name in self.cuts:
            off = numpy.abs(results[name].astype(numpy.int32) - self.wanted[name].astype(numpy.int32))
            moved += int((off != 0).sum())
            if off.max(initial=0) > 1:
                wrong.append(f"{name}: {int(off.max())} steps off")
        return worst, moved / total, wrong


def check(case, options, opset, folder):
    """Cells of the table, and the failures."""
    source, arguments_of_source = case.source, case.options
    if options.quantize:
        source, arguments_of_source = quantized_form(case, options, folder), []
    path = f"{folder}/model.onnx"
    cells = export(case, source, path, opset, arguments_of_source, options)
    model = onnx.load(path)
    onnx.checker.check_model(path, full_check=True)
    feed = inputs_of(model, case.arrays)
    arguments = []
    for index, (name, array) in enumerate(feed.items()):
        numpy.save(f"{folder}/{index}.npy", array)
        arguments += ["--input", f"{name}={folder}/{index}.npy"]
    files = run_osteon(options.osteon, [source, *arguments_of_source], arguments, [], f"{folder}/out")
    wanted = {output.name: numpy.load(files[file_name(output.name)]) for output in model.graph.output}
    step = quantized(model)
    level = onnxruntime.GraphOptimizationLevel
    # Title, what runs it, whether it's held to the bound.
    runners = []
    if options.only != "openvino":
        if step:
            runners.append(("runtime", lambda path, feed: run_runtime(path, feed, EXACT_RUNTIME), True))
        runners.append(("runtime by default" if step else "runtime", lambda path, feed: run_runtime(path, feed, level.ORT_ENABLE_ALL), not step))
    if options.only != "runtime":
        if step:
            runners.append(("openvino", lambda path, feed: run_openvino(path, feed, EXACT_OPENVINO), True))
        runners.append(("openvino by default" if step else "openvino", lambda path, feed: run_openvino(path, feed, {}), not step))
    failures, stretches = [], None
    for title, runner, is_held in runners:
        try:
            skipped = downstream(model, ignores_outside) if title.startswith("openvino") else set()
            compared = {name: array for name, array in wanted.items() if name not in skipped}
            worst, wrong = compare(runner(path, feed), compared, step)
            told = f"{worst:.1e}" + (f" ({len(wanted) - len(compared)} outputs it can't give)" if len(compared) < len(wanted) else "")
            if step and is_held and wrong:
                stretches = stretches or Stretches(options.osteon, [source, *arguments_of_source], model, feed, arguments, folder)
                apart, moved, wrong_apart = stretches.compare(runner(stretches.path, stretches.feed))
                told += f" (by stretches {apart:.1e}, {moved:.0e} of the bytes a step off)"
                wrong = [f"{reason}; by stretches too: {'; '.join(wrong_apart[:3])}" for reason in wrong] if wrong_apart else []
            elif step and wrong:
                told += " beyond a step"
            cells.append(f"{title} {told}")
            failures += [f"{title}: {reason}" for reason in wrong if is_held]
        except Exception as error:
            limit = next((text for sign, text in LIMITS.items() if sign in str(error)), None)
            cells.append(f"{title} {limit or 'failed'}")
            if not limit:
                failures.append(f"{title}: {str(error).strip()[:400]}")
    return cells, failures


def main():
    parser = argparse.ArgumentParser(prog="tools/check onnx-export")
    add_case_arguments(parser)
    parser.add_argument("--opset", type=int, action="append")
    parser.add_argument("--quantize", action="store_true")
    parser.add_argument("--only", choices=["runtime", "openvino"])
    options = parser.parse_args()
    cases = chosen_cases(options)
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
