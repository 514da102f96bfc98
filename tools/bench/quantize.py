"""Quantises the benchmark networks with osteon and with NNCF's defaults, on the same inputs, and prints both side by side.

    quantize.py OSTEON FOLDER [NAME…]

Calibration inputs are standard-normal noise of NumPy's RandomState 1 to 8; all is judged on that of seed 0 (the `input` of
NAME.npz) against torch's output. Printed are signal to noise at the output in decibels, error relative to the largest
output, file size relative to f32, calibration's seconds and peak memory, and the share of multiply-accumulates in int8. Exits with 1 where
osteon's int8 is below NNCF's, a mixed plan isn't 3 dB above it with 90 % in int8, or a half or a size misses its bound.
"""
import json
import os
import subprocess
import sys
import tempfile
import time

import numpy as np

BOUNDS = {"fp16": (2e-3, 0.51), "bf16": (2e-2, 0.51), "int8": (None, 0.27), "mixed": (None, None)}
PEER = """
import json, sys, time
import numpy as np, nncf, openvino
path, reference, cache = sys.argv[1:4]
x = np.load(reference)["input"]
core = openvino.Core()
data = [np.random.RandomState(seed).randn(*x.shape).astype(np.float32) for seed in range(1, 9)]
start = time.perf_counter()
model = nncf.quantize(core.read_model(path), nncf.Dataset(data), subset_size=8)
seconds = time.perf_counter() - start
options = {"INFERENCE_PRECISION_HINT": "f32"}
compiled = core.compile_model(model, "CPU", options)
np.save(cache, compiled([x])[compiled.output(0)])
print(json.dumps({"seconds": seconds}))
"""


def decibels(actual, wanted):
    error = actual.astype(np.float64) - wanted
    return 10 * np.log10((wanted.astype(np.float64) ** 2).sum() / (error**2).sum())


def largest(actual, wanted):
    return float(np.abs(actual - wanted).max() / np.abs(wanted).max())


def run(command):
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    out, err = process.communicate()
    if process.returncode:
        sys.exit(f"{' '.join(command)}\n{err}")
    return out, time.perf_counter() - start


def peer(folder, name, scratch):
    """NNCF's output, kept beside the network: it takes minutes."""
    cache = f"{folder}/{name}.nncf.npy"
    seconds = float("nan")
    if not os.path.exists(cache):
        out, _ = run([sys.executable, "-c", PEER, f"{folder}/{name}.onnx", f"{folder}/{name}.npz", cache])
        seconds = json.loads(out.splitlines()[-1])["seconds"]
    return np.load(cache), seconds


def main():
    osteon, folder, names = sys.argv[1], sys.argv[2], sys.argv[3:] or ["unet96", "segresnet96", "ahnet96", "densenet121"]
    failed = False
    print(f"{'network':12} {'form':10} {'dB':>6} {'NNCF dB':>8} {'error':>8} {'size':>6} {'int8':>6} {'s':>6} {'peak MB':>8}")
    with tempfile.TemporaryDirectory() as scratch:
        for name in names:
            arrays = np.load(f"{folder}/{name}.npz")
            x, wanted = arrays["input"], arrays["output"]
            os.makedirs(f"{scratch}/{name}")
            for seed in range(1, 9):
                np.savez(f"{scratch}/{name}/{seed}.npz", input=np.random.RandomState(seed).randn(*x.shape).astype(np.float32))
            np.save(f"{scratch}/x.npy", x)
            run([osteon, "convert", f"{folder}/{name}.onnx", "-o", f"{scratch}/{name}.osteon", "--quiet"])
            float_size = os.path.getsize(f"{scratch}/{name}.osteon")
            theirs, seconds = peer(folder, name, scratch)
            limit = decibels(theirs, wanted)
            for form in ["fp16", "bf16", "int8", "mixed"]:
                out = f"{scratch}/{name}-{form}.osteon"
                command = [
                    osteon, "quantize", f"{scratch}/{name}.osteon", "-o", out, "--precision", form, "--json", "--quiet",
                    "--calibration", f"{scratch}/{name}"]
                if form == "mixed":
                    command += ["--min-sqnr", f"{limit + 3.2:.2f}", "--min-int8-share", "0.9"]
                text, took = run(command)
                report = json.loads(text)
                run([osteon, "run", out, "--input", f"input={scratch}/x.npy", "--output-dir", f"{scratch}/y", "--quiet"])
                actual = np.load(f"{scratch}/y/output.npy")
                got, error = decibels(actual, wanted), largest(actual, wanted)
                size = os.path.getsize(out) / float_size
                share = report["int8_work_share"]
                bound, size_bound = BOUNDS[form]
                missed = bound is not None and error > bound or size_bound is not None and size > size_bound
                missed = missed or form == "int8" and got < limit or form == "mixed" and (got < limit + 3 or share < 0.9)
                failed = failed or missed
                print(
                    f"{name:12} {form:10} {got:6.1f} {limit:8.1f} {error:8.1e} {size:6.3f} {share:6.1%} {took:6.1f} "
                    f"{report.get('peak_bytes', 0) / 2**20:8.0f}{'  MISSED' if missed else ''}", flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
