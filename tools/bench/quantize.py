"""Quantises the benchmark networks with osteon and with NNCF's defaults, on the same inputs, and prints both side by side.

    quantize.py [--form fp16|bf16|int8|mixed]… OSTEON FOLDER [NAME…]

Calibration inputs are standard-normal noise of NumPy's RandomState 1 to 8; all is judged on that of seed 0 (the `input` of
NAME.npz) against torch's output. Printed are signal to noise at the output in decibels, error relative to the largest
output, file size relative to f32, the share of multiply-accumulates in int8, seconds and peak memory of the whole of `quantize`.

NNCF's model is run twice by OpenVINO: as it does by itself, which on processors without VNNI adds pairs of products in 16 bits that
can overflow, and with that off ("exact"). The bar for int8 is the highest of the two and FLOORS. Exits with 1 where osteon's
int8 is below the bar, a mixed plan isn't 3 dB above it with 90 % in int8, a half, a size or the memory misses its bound, or
`quantize` fails. NNCF takes minutes: its model and outputs are kept beside the network.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

import numpy as np

BOUNDS = {"fp16": (2e-3, 0.51), "bf16": (2e-2, 0.51), "int8": (None, 0.27), "mixed": (None, None)}
# Decibels NNCF's defaults are known to reach on these inputs; int8 is held to no less, whatever they reach here.
FLOORS = {"unet96": 28.4, "segresnet96": 25.9, "densenet121": 33.2}
# Bytes that calibrating may take.
MEMORY = {"segresnet96": 1.2 * 2**30}
# How far a mixed plan lies above the bar, and what the search is asked for: its samples aren't the one all is judged on.
MIXED_ABOVE, MIXED_ASKED, MIXED_SHARE = 3.0, 3.2, 0.9
PEER = """
import json, os, sys, time
import numpy as np, nncf, openvino
path, reference, kept = sys.argv[1:4]
x = np.load(reference)["input"]
core = openvino.Core()
seconds = float("nan")
if not os.path.exists(kept + ".xml"):
    data = [np.random.RandomState(seed).randn(*x.shape).astype(np.float32) for seed in range(1, 9)]
    start = time.perf_counter()
    model = nncf.quantize(core.read_model(path), nncf.Dataset(data), subset_size=8)
    seconds = time.perf_counter() - start
    openvino.save_model(model, kept + ".xml", compress_to_fp16=False)
outputs = {}
for name, options in {"default": {}, "exact": {"LP_TRANSFORMS_MODE": "NO"}}.items():
    compiled = core.compile_model(core.read_model(kept + ".xml"), "CPU", {"INFERENCE_PRECISION_HINT": "f32", **options})
    outputs[name] = compiled([x])[compiled.output(0)]
np.savez(kept + ".npz", seconds=seconds, **outputs)
"""


def decibels(actual, wanted):
    error = actual.astype(np.float64) - wanted
    return 10 * np.log10((wanted.astype(np.float64) ** 2).sum() / (error**2).sum())


def largest(actual, wanted):
    return float(np.abs(actual - wanted).max() / np.abs(wanted).max())


def run(command):
    """Exit code, both streams, seconds and peak bytes of a program."""
    start = time.perf_counter()
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = subprocess.Popen(command, stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), err.seek(0)
        return process.returncode, out.read(), err.read(), time.perf_counter() - start, usage.ru_maxrss * 1024


def succeed(command):
    code, out, err, *_ = run(command)
    if code:
        sys.exit(f"{' '.join(command)}\n{err}")
    return out


def peer(folder, name):
    """What NNCF's model gives, by OpenVINO's own choice and exactly."""
    kept = f"{folder}/{name}.nncf"
    if not os.path.exists(kept + ".npz"):
        succeed([sys.executable, "-c", PEER, f"{folder}/{name}.onnx", f"{folder}/{name}.npz", kept])
    return np.load(kept + ".npz")


def main():
    parser = argparse.ArgumentParser(prog="quantize.py")
    parser.add_argument("osteon")
    parser.add_argument("folder")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--form", action="append", choices=list(BOUNDS))
    options = parser.parse_args()
    osteon, folder = options.osteon, options.folder
    failed = False
    print(f"{'network':12} {'form':6} {'dB':>6} {'bar dB':>7} {'error':>8} {'size':>6} {'int8':>6} {'s':>7} {'peak MiB':>9}")
    with tempfile.TemporaryDirectory() as scratch:
        for name in options.names or ["unet96", "segresnet96", "ahnet96", "densenet121"]:
            arrays = np.load(f"{folder}/{name}.npz")
            x, wanted = arrays["input"], arrays["output"]
            os.makedirs(f"{scratch}/{name}")
            for seed in range(1, 9):
                np.savez(f"{scratch}/{name}/{seed}.npz", input=np.random.RandomState(seed).randn(*x.shape).astype(np.float32))
            np.save(f"{scratch}/x.npy", x)
            model = f"{scratch}/{name}.osteon"
            succeed([osteon, "convert", f"{folder}/{name}.onnx", "-o", model, "--quiet"])
            theirs = peer(folder, name)
            reached = {kind: decibels(theirs[kind], wanted) for kind in ("default", "exact")}
            bar = max(*reached.values(), FLOORS.get(name, 0))
            print(
                f"{name:12} NNCF: {reached['default']:.2f} dB as OpenVINO runs it here, {reached['exact']:.2f} dB exact"
                + (f", {FLOORS[name]} dB known" if name in FLOORS else "") + f"; quantised in {float(theirs['seconds']):.0f} s", flush=True)
            for form in options.form or list(BOUNDS):
                out = f"{scratch}/{name}-{form}.osteon"
                command = [
                    osteon, "quantize", model, "-o", out, "--precision", form, "--json", "--calibration", f"{scratch}/{name}"]
                if form == "mixed":
                    command += ["--min-sqnr", f"{bar + MIXED_ASKED:.2f}", "--min-int8-share", str(MIXED_SHARE)]
                code, text, told, took, peak = run(command)
                # How many evaluations a search says beforehand it takes at the most.
                evaluations = [line for line in told.splitlines() if line.startswith("searching")]
                if code:
                    failed = True
                    print(f"{name:12} {form:6} exit {code} after {took:.0f} s, peak {peak / 2**20:.0f} MiB  MISSED", flush=True)
                    print("\n".join(f"    {line}" for line in evaluations + told.strip().splitlines()[-6:]), flush=True)
                    continue
                report = json.loads(text)
                succeed([osteon, "run", out, "--input", f"input={scratch}/x.npy", "--output-dir", f"{scratch}/y", "--quiet"])
                actual = np.load(f"{scratch}/y/output.npy")
                got, error = decibels(actual, wanted), largest(actual, wanted)
                size = os.path.getsize(out) / os.path.getsize(model)
                share = report["int8_work_share"]
                bound, size_bound = BOUNDS[form]
                missed = [
                    reason for reason, is_so in {
                        "error": bound is not None and error > bound,
                        "size": size_bound is not None and size > size_bound,
                        "dB": form == "int8" and got < bar or form == "mixed" and got < bar + MIXED_ABOVE,
                        "int8": form == "mixed" and share < MIXED_SHARE,
                        "memory": form == "int8" and peak > MEMORY.get(name, np.inf),
                    }.items() if is_so]
                failed = failed or bool(missed)
                limit = {"int8": f"{bar:.2f}", "mixed": f"{bar + MIXED_ABOVE:.2f}"}.get(form, "")
                print(
                    f"{name:12} {form:6} {got:6.2f} {limit:>7} {error:8.1e} {size:6.3f} {share:6.1%} {took:7.1f} {peak / 2**20:9.0f}"
                    + (f"  MISSED {', '.join(missed)}" if missed else ""), flush=True)
                if form == "mixed":
                    print("\n".join(f"    {line}" for line in evaluations + report["notes"]), flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
