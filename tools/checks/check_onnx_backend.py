"""Runs the node cases of ONNX's own backend test suite through the release binary and prints the pass rate.

  tools/check onnx-backend [--list-failures] [--update] [--filter REGEX] [--through-export OPSET] [--osteon BINARY]

Fails where a case fails that onnx-backend-expected-failures.txt beside it doesn't list, or where the binary crashes.
--update rewrites that list. --through-export runs what `osteon export` makes of each case; what can't be exported isn't a
failure.
"""

import argparse
import collections
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy
import onnx
from onnx import numpy_helper

TOOLS = pathlib.Path(__file__).resolve().parent
EXPECTED = TOOLS / "onnx-backend-expected-failures.txt"
CASES = pathlib.Path(onnx.__file__).parent / "backend" / "test" / "data" / "node"
DTYPES = {"float16", "float32", "float64", "bfloat16", "bool"} | {
    f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)
}


class Unsupported(Exception):
    """A case whose files hold what neither Osteon nor .npy files have."""


def load(path, info):
    """The array in a test data file."""
    kind = info.type.WhichOneof("value")
    if kind != "tensor_type":
        raise Unsupported(kind.removesuffix("_type"))
    tensor = onnx.TensorProto()
    tensor.ParseFromString(path.read_bytes())
    array = numpy_helper.to_array(tensor)
    if array.dtype.name not in DTYPES:
        raise Unsupported(f"dtype {onnx.TensorProto.DataType.Name(tensor.data_type).lower()}")
    return array


def read_output(path):
    array = numpy.load(path)
    if array.dtype.kind == "V":  # two opaque bytes: bfloat16
        import ml_dtypes

        array = array.view(ml_dtypes.bfloat16)
    return array


def mismatch(got, wanted):
    """What's wrong with a result, by the tolerances of ONNX's own runner; None where it's right."""
    if got.dtype != wanted.dtype:
        return f"dtype {got.dtype} for {wanted.dtype}"
    if got.shape != wanted.shape:
        return f"shape {got.shape} for {wanted.shape}"
    if got.dtype.name in ("float16", "bfloat16"):
        got, wanted = got.astype(numpy.float32), wanted.astype(numpy.float32)
    if got.dtype.kind == "f":
        right = numpy.allclose(got, wanted, rtol=1e-3, atol=1e-7, equal_nan=True)
    else:
        right = numpy.array_equal(got, wanted)
    return None if right else "values differ"


def export(binary, model, opset, folder):
    """The model written as ONNX again, or a reason that starts with 'refused' (or 'crash')."""
    path = f"{folder}/exported.onnx"
    result = subprocess.run([binary, "export", str(model), "-o", path, "--opset", str(opset), "--quiet"], capture_output=True, text=True, timeout=120)
    if result.returncode < 0 or result.returncode >= 128:
        return None, f"crash: exit code {result.returncode} of export"
    if result.returncode == 2:
        return None, "refused: " + reason_of(result.stderr)
    return (path, None) if result.returncode == 0 else (None, reason_of(result.stderr))


def run_case(binary, case, opset=None):
    """None for a pass, else the reason of the failure; a crash starts with 'crash'.

    With an operator set the model is exported first and what's written is run.
    """
    model = onnx.load(case / "model.onnx")
    initialized = {tensor.name for tensor in model.graph.initializer}
    inputs = [info for info in model.graph.input if info.name not in initialized]
    for data in sorted(case.glob("test_data_set_*")):
        with tempfile.TemporaryDirectory() as folder:
            path = case / "model.onnx"
            if opset:
                path, reason = export(binary, path, opset, folder)
                if reason:
                    return reason
            command = [binary, "run", str(path), "--output-dir", f"{folder}/out", "--threads", "1"]
            try:
                for index, info in enumerate(inputs):
                    array = load(data / f"input_{index}.pb", info)
                    numpy.save(f"{folder}/{index}.npy", array)
                    command += ["--input", f"{info.name}={folder}/{index}.npy"]
                wanted = [load(data / f"output_{index}.pb", info) for index, info in enumerate(model.graph.output)]
            except Unsupported as reason:
                return str(reason)
            try:
                result = subprocess.run(command, capture_output=True, text=True, timeout=120)
            except subprocess.TimeoutExpired:
                return "crash: no end after 120 s"
            if result.returncode < 0 or result.returncode >= 128:
                return f"crash: exit code {result.returncode}"
            if result.returncode != 0:
                return reason_of(result.stderr)
            for info, array in zip(model.graph.output, wanted):
                path = pathlib.Path(folder) / "out" / (re.sub(r"[^A-Za-z0-9._-]", "_", info.name) + ".npy")
                if not path.exists():
                    return f"no output {info.name}"
                wrong = mismatch(read_output(path), array)
                if wrong:
                    return f"{info.name}: {wrong}"
    return None


def reason_of(text):
    """An error message as one short line that's the same on every machine."""
    missing = re.findall(r"^  (\w+) of (\S+)", text, re.MULTILINE)
    if missing:
        return "no operator " + ", ".join(sorted({name for name, _ in missing}))
    line = next((line for line in text.splitlines() if line.strip()), "no message")
    return re.sub(r"\s+", " ", line.removeprefix("osteon: "))[:110]


def operator_of(case):
    """The operator a case is about: of its only node, or as its name tells."""
    nodes = onnx.load(case / "model.onnx", load_external_data=False).graph.node
    return nodes[0].op_type if len(nodes) == 1 else "(several nodes)"


def read_expected():
    if not EXPECTED.exists():
        return {}
    lines = (line for line in EXPECTED.read_text().splitlines() if line and not line.startswith("#"))
    return dict(line.split(None, 1) for line in lines)


def write_expected(failures):
    head = "# Backend node cases of onnx " + onnx.__version__ + " that don't pass, and why. Rewritten by tools/check onnx-backend --update.\n"
    EXPECTED.write_text(head + "".join(f"{name} {reason}\n" for name, reason in sorted(failures.items())))


def main():
    parser = argparse.ArgumentParser(prog="tools/check onnx-backend")
    parser.add_argument("--osteon", default=str(TOOLS.parent.parent / ".build" / "release" / "osteon"))
    parser.add_argument("--filter", default="", help="only cases whose names match this regular expression")
    parser.add_argument("--list-failures", action="store_true")
    parser.add_argument("--through-export", type=int, metavar="OPSET", help="export each case in this operator set and run what was written")
    parser.add_argument("--update", action="store_true", help="rewrite the list of expected failures")
    options = parser.parse_args()
    if not os.access(options.osteon, os.X_OK):
        sys.exit(f"{options.osteon} is missing: tools/build makes it")

    cases = sorted(case for case in CASES.iterdir() if re.search(options.filter, case.name))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        reasons = list(pool.map(lambda case: run_case(options.osteon, case, options.through_export), cases))
    failures = {case.name: reason for case, reason in zip(cases, reasons) if reason}
    crashes = sorted(name for name, reason in failures.items() if reason.startswith("crash"))

    rates = collections.defaultdict(lambda: [0, 0])
    for case, reason in zip(cases, reasons):
        rate = rates[operator_of(case)]
        rate[0] += reason is None
        rate[1] += 1
    for operator, (passed, total) in sorted(rates.items()):
        print(f"{operator:32} {passed:4} of {total:4}")
    if options.list_failures:
        for name, reason in sorted(failures.items()):
            print(f"  {name}: {reason}")
    refused = [name for name, reason in failures.items() if reason.startswith("refused")]
    print(f"{len(cases) - len(failures)} of {len(cases)} cases pass, {len(crashes)} crash" + (f", {len(refused)} can't be exported" if options.through_export else ""))

    if options.update and not options.filter:
        write_expected(failures)
        return 1 if crashes else 0
    expected = read_expected()
    unexpected = sorted(set(failures) - set(expected) - set(refused))
    mended = sorted({case.name for case in cases} & set(expected) - set(failures))
    for name in unexpected:
        print(f"fails unexpectedly: {name}: {failures[name]}")
    if mended:
        print(f"{len(mended)} cases of the list pass now; shrink it with --update: {', '.join(mended[:8])}")
    return 1 if unexpected or crashes else 0


if __name__ == "__main__":
    sys.exit(main())
