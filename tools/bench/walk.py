"""Measures what comparing two models value by value costs beside a plain run, in memory and time.

    walk.py OSTEON FOLDER [NAME…]

FOLDER holds the networks tools/bench/run makes. Each is compared with a copy whose convolution weights are rounded to 8
bits, segment by segment and cumulatively, in processes of their own. Exits with 1 where a walk's largest resident size is
more than twice that of a plain run of the larger of the two.
"""
import subprocess
import sys
import tempfile

import numpy as np
import onnx
from onnx import numpy_helper

CHILD = """
import resource, subprocess, sys, time
start = time.perf_counter()
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
seconds = time.perf_counter() - start
print(done.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024, seconds)
sys.stderr.write(done.stderr)
"""


def rounded(source, target):
    """A copy of the model with each filter on a grid of 255 steps."""
    model = onnx.load(source)
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.ndim < 4 or values.dtype != np.float32 or not values.any():
            continue
        largest = np.abs(values).reshape(len(values), -1).max(1).reshape(-1, *[1] * (values.ndim - 1))
        step = np.where(largest > 0, largest, 1) / 127
        tensor.CopyFrom(numpy_helper.from_array((np.round(values / step) * step).astype(np.float32), tensor.name))
    onnx.save(model, target)


def measure(*command):
    """Exit code, largest resident size and seconds of a process."""
    done = subprocess.run([sys.executable, "-c", CHILD, *command], capture_output=True, text=True)
    code, peak, seconds = done.stdout.split()
    if code not in "03":
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr}")
    return int(peak), float(seconds)


def main():
    osteon, folder, names = sys.argv[1], sys.argv[2], sys.argv[3:] or ["unet96", "segresnet96", "ahnet96", "densenet121"]
    failed = False
    print(f"{'network':12} {'plain MiB':>9} {'by segment':>16} {'cumulative':>16}")
    with tempfile.TemporaryDirectory() as scratch:
        for name in names:
            source, copy = f"{folder}/{name}.onnx", f"{scratch}/{name}.onnx"
            rounded(source, copy)
            plain = max(measure(osteon, "bench", path, "--runs", "1", "--no-optimize")[0] for path in [source, copy])
            row = f"{name:12} {plain / 2**20:9.0f}"
            for flags in [[], ["--cumulative"]]:
                peak, seconds = measure(osteon, "verify", copy, "--against", source, "--tolerance", "1", *flags)
                failed |= peak > 2 * plain
                row += f" {peak / 2**20:4.0f} {peak / plain:5.2f}x {seconds:4.0f}s"
            print(row, flush=True)
    sys.exit(failed)


main()
