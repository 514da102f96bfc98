"""Reduces every network among the fixtures to fp16, bf16 and int8 and prints what each costs: error, signal to noise, size.

  tools/check reductions [--form fp16|bf16|int8]… [--bench] [--filter REGEX] [--layers N] [--verbose] [--osteon BINARY] [SOURCE…]

A row a model: for each form the largest error of any output relative to that output's largest magnitude, the least signal to noise of
any output, and the file's size relative to the f32 file. Calibrated and judged on the fixture's own inputs, or seeded ones. Fails where
  - an output in floats is off by more than 2e-3 (fp16) or 2e-2 (bf16), is infinite or NaN elsewhere than in float,
  - an output changes its shape or type, or any command fails,
  - int8 quantised twice gives other bytes,
  - the file of a network over a million parameters is beyond 0.51 (fp16, bf16) or 0.27 (int8) of the f32 file.
Outputs in integers and truths (argmax, comparisons) have no bound: one element at a tie flips by the least rounding, and in a small
output one is many per cent. How many differ is printed, and more than 1 % are noteworthy, as is int8 below 15 dB.
What failed or is noteworthy is followed by the --layers (3) values that lose most by themselves, and what computes them.
With --bench the networks of tools/bench too.
"""

import argparse
import json
import os
import pathlib
import re
import sys
import tempfile

import numpy

from model_cases import add_case_arguments, chosen_cases, osteon

# The largest error of a floating-point output relative to its largest magnitude.
BOUNDS = {"fp16": 2e-3, "bf16": 2e-2}
# Size relative to the f32 file, for networks over a million parameters; in smaller ones the graph's text outweighs the weights.
SIZES = {"fp16": 0.51, "bf16": 0.51, "int8": 0.27}
LARGE = 1_000_000
# int8 has no bound on tiny random networks; what's below is listed.
NOTEWORTHY_DECIBELS = 15
# Collections of operators at the ends of their ranges, infinities among their values: no networks.
COLLECTIONS = re.compile(r"tensorflow/operations_")
TYPES = {"bool": "bool"} | {kind + bits: name + bits for kind, name in {"f": "float", "i": "int", "u": "uint"}.items() for bits in ("8", "16", "32", "64")}


def sample(report, arrays, folder):
    """The model's inputs as files: the fixture's arrays, or seeded numbers."""
    known = dict(numpy.load(arrays)) if arrays and pathlib.Path(arrays).exists() else {}
    result, generator = {}, numpy.random.default_rng(0)
    for entry in report["inputs"]:
        name = entry["name"]
        array = next((known[key] for key in (name, name.removesuffix(":0"), name + ":0") if key in known), None)
        if array is None:
            if known:
                raise RuntimeError(f"no array for input {name}; there are {', '.join(known)}")
            array = generator.standard_normal([extent if isinstance(extent, int) else 1 for extent in entry["shape"]])
        result[name] = numpy.asarray(array).astype(TYPES[entry["type"]])
    arguments = []
    for index, (name, array) in enumerate(result.items()):
        numpy.save(f"{folder}/{index}.npy", array)
        arguments += ["--input", f"{name}={folder}/{index}.npy"]
    return result, arguments


def outputs(binary, model, report, arguments, folder):
    osteon(binary, "run", model, *arguments, "--output-dir", folder, "--quiet")
    names = [entry["name"] for entry in report["outputs"]]
    return {name: numpy.load(f"{folder}/" + re.sub(r"[^A-Za-z0-9._-]", "_", name) + ".npy") for name in names}


class Loss:
    """What the outputs lost: the worst floating-point one, and how many elements of the others differ."""

    def __init__(self):
        self.error, self.decibels, self.worst = 0.0, numpy.inf, None
        self.floats, self.differing, self.count, self.wrong = 0, 0, 0, []
        self.by_output = {}

    def add(self, name, got, wanted):
        if got.shape != wanted.shape or got.dtype != wanted.dtype:
            self.wrong.append(f"{name} is {got.dtype}{list(got.shape)}, {wanted.dtype}{list(wanted.shape)} in float")
            return
        if wanted.dtype.kind != "f":
            self.count += wanted.size
            self.differing += int((got != wanted).sum())
            return
        self.floats += 1
        got, wanted = got.astype(numpy.float64), wanted.astype(numpy.float64)
        finite = numpy.isfinite(wanted)
        if not numpy.array_equal(got[~finite], wanted[~finite], equal_nan=True) or not numpy.isfinite(got[finite]).all():
            self.wrong.append(f"{name} has NaN or infinities where the float model has none, or the other way round")
            return
        off, wanted = got[finite] - wanted[finite], wanted[finite]
        largest = float(numpy.abs(wanted).max(initial=0))
        error = float(numpy.abs(off).max(initial=0)) / (largest or 1)
        noise, signal = float((off**2).sum()), float((wanted**2).sum())
        decibels = 10 * numpy.log10(signal / noise) if noise and signal else numpy.inf if not noise else -numpy.inf
        self.by_output[name] = (error, decibels)
        if self.worst is None or error > self.error:
            self.error, self.worst = error, name
        self.decibels = min(self.decibels, decibels)


def layers(binary, reduced, model, reference, count):
    """The values that lose most by themselves, and what computes them."""
    done = osteon(binary, "verify", reduced, "--against", model, "--reference", reference, "--json", accept=(0, 3))
    nodes = [node for node in json.loads(done)["nodes"] if node["max_rel"]]
    lines = []
    for node in sorted(nodes, key=lambda node: -node["max_rel"])[:count]:
        by = ", ".join(f"{part['name']} ({part['operator']})" for part in node["segment"])
        lines.append(f"{node['name']}: {node['max_rel']:.1e} by {by}")
    return lines


def check(case, options, folder):
    """A row a form, what failed, and what's noteworthy."""
    model = f"{folder}/float.osteon"
    command = ["convert", case.source, *case.options, "-o", model, "--quiet"]
    if case.arrays and pathlib.Path(case.arrays).exists():
        command += ["--reference", str(case.arrays)]
    osteon(options.osteon, *command)
    report = json.loads(osteon(options.osteon, "inspect", model, "--json", "--quiet"))
    inputs, arguments = sample(report, case.arrays, folder)
    wanted = outputs(options.osteon, model, report, arguments, f"{folder}/float")
    calibration, reference = f"{folder}/inputs.npz", f"{folder}/reference.npz"
    numpy.savez(calibration, **inputs)
    numpy.savez(reference, **(wanted | inputs))
    rows, failures, notes = [], [], []
    for form in options.form or ["fp16", "bf16", "int8"]:
        reduced = f"{folder}/{form}.osteon"
        command = ["quantize", model, "-o", reduced, "--precision", form, "--calibration", calibration, "--reference", reference, "--quiet", "--json"]
        try:
            plan = json.loads(osteon(options.osteon, *command))
            loss = Loss()
            for name, array in outputs(options.osteon, reduced, report, arguments, f"{folder}/{form}").items():
                loss.add(name, array, wanted[name])
            if form == "int8":
                command[command.index(reduced)] = f"{folder}/again.osteon"
                osteon(options.osteon, *command)
                if pathlib.Path(reduced).read_bytes() != pathlib.Path(f"{folder}/again.osteon").read_bytes():
                    failures.append("int8: quantised twice, the bytes differ")
        except Exception as error:
            rows.append(f"{form} failed")
            failures.append(f"{form}: {str(error).strip()[:800]}")
            continue
        size = os.path.getsize(reduced) / os.path.getsize(model)
        reduced_layers = sum(layer["precision"] != "f32" for layer in plan["plan"]["layers"])
        row = f"{form} {loss.error:7.1e} {loss.decibels:5.1f} dB" if loss.floats else f"{form} no floats       "
        row += f" {size:5.3f}" + (f" ({loss.differing}/{loss.count} integers)" if loss.count and (loss.differing or not loss.floats) else "")
        rows.append(row)
        failures += [f"{form}: {reason}" for reason in loss.wrong]
        over = {name: value for name, value in loss.by_output.items() if value[0] > BOUNDS.get(form, numpy.inf)}
        for name, (error, _) in sorted(over.items(), key=lambda item: -item[1][0])[:12]:
            failures.append(f"{form}: {name} is off by {error:.1e} of its largest magnitude, {BOUNDS[form]} allowed")
        if len(over) > 12:
            failures.append(f"{form}: and {len(over) - 12} outputs more")
        if over:
            failures += [f"{form}:     {line}" for line in layers(options.osteon, reduced, model, reference, options.layers)]
        if os.path.getsize(model) > 4 * LARGE and size > SIZES[form]:
            failures.append(f"{form}: the file is {size:.3f} of the f32 file, {SIZES[form]} allowed")
        if form == "int8" and loss.decibels < NOTEWORTHY_DECIBELS:
            low = sorted((decibels, name) for name, (_, decibels) in loss.by_output.items() if decibels < NOTEWORTHY_DECIBELS)
            notes.append("int8: " + ", ".join(f"{name} {decibels:.1f} dB" for decibels, name in low[:6]) + (" …" if len(low) > 6 else ""))
            notes += [f"int8:     {line}" for line in layers(options.osteon, reduced, model, reference, options.layers)]
        if not reduced_layers and options.verbose:
            notes.append(f"{form}: it has no layer to reduce")
        if loss.differing and loss.differing > loss.count / 100:
            notes.append(f"{form}: {loss.differing} of {loss.count} integers and truths differ")
    return rows, failures, notes


def main():
    parser = argparse.ArgumentParser(prog="tools/check reductions")
    add_case_arguments(parser)
    parser.add_argument("--form", action="append", choices=list(SIZES))
    parser.add_argument("--layers", type=int, default=3)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    cases = [case for case in chosen_cases(options) if options.sources or not COLLECTIONS.match(case.name)]
    failed = noteworthy = 0
    for case in cases:
        with tempfile.TemporaryDirectory() as folder:
            try:
                rows, failures, notes = check(case, options, folder)
            except Exception as error:
                rows, failures, notes = [], [str(error).strip()[:800]], []
        failed += bool(failures)
        noteworthy += bool(notes)
        print(f"{case.name:52} " + "  ".join(rows), flush=True)
        for reason in failures:
            print(f"    FAILED {reason}", flush=True)
        for note in notes:
            print(f"    noteworthy {note}", flush=True)
    print(f"{len(cases)} models, {failed} failed, {noteworthy} noteworthy")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
