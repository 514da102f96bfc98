"""Times osteon beside ONNX Runtime on the benchmark networks, turn by turn.

    compare.py OSTEON FOLDER [--rounds N] [--threads N] [NAME…]

Each round measures both engines one after the other in processes of their own (a warm-up, then the median of 5 runs), so
that a busy machine troubles both alike. Printed are the medians over the rounds, their ratio, the largest difference
from torch's output relative to its largest value, and peak memory. Exits with 1 where osteon is three times slower than
ONNX Runtime, off by more than 1e-4, or off by more than twice what ONNX Runtime is (differences below 2e-6 don't count).
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

import numpy as np

PEER = """
import json, resource, sys, time
import numpy as np, onnxruntime
path, reference, threads = sys.argv[1:4]
arrays = np.load(reference)
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = int(threads)
session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
feed = {session.get_inputs()[0].name: arrays["input"]}
result = session.run(None, feed)[0]
times = []
for _ in range(5):
    start = time.perf_counter()
    session.run(None, feed)
    times.append(time.perf_counter() - start)
wanted = arrays["output"]
print(json.dumps({
    "ms": float(np.median(times)) * 1e3, "error": float(np.abs(result - wanted).max() / np.abs(wanted).max()),
    "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))
"""


def run_peer(folder, name, threads):
    command = [sys.executable, "-c", PEER, f"{folder}/{name}.onnx", f"{folder}/{name}.npz", str(threads)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def run_osteon(binary, folder, name, threads, scratch):
    arrays = np.load(f"{folder}/{name}.npz")
    np.save(f"{scratch}/{name}.npy", arrays["input"])
    command = [
        binary, "bench", f"{folder}/{name}.onnx", "--input", f"input={scratch}/{name}.npy", "--runs", "5", "--threads", str(threads),
        "--output-dir", f"{scratch}/{name}", "--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"osteon failed on {name}:\n{done.stderr}")
    report = json.loads(done.stdout)
    wanted, result = arrays["output"], np.load(f"{scratch}/{name}/output.npy")
    return {
        "ms": report["latency_ms"]["median"], "error": float(np.abs(result - wanted).max() / np.abs(wanted).max()),
        "peak": report["peak_bytes"]}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("osteon")
    parser.add_argument("folder")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    options = parser.parse_args()
    names = options.names or ["unet96", "segresnet96", "ahnet96", "densenet121"]
    failed = False
    print(f"{'network':12} {'osteon ms':>10} {'ORT ms':>10} {'ratio':>6} {'error':>9} {'ORT error':>9} {'peak MB':>8} {'ORT MB':>7}")
    with tempfile.TemporaryDirectory() as scratch:
        for name in names:
            ours, peer = [], []
            for _ in range(options.rounds):
                ours.append(run_osteon(options.osteon, options.folder, name, options.threads, scratch))
                peer.append(run_peer(options.folder, name, options.threads))
            mine = statistics.median(r["ms"] for r in ours)
            theirs = statistics.median(r["ms"] for r in peer)
            error, peer_error = ours[0]["error"], peer[0]["error"]
            verdict = ""
            if mine > 3 * theirs or error > 1e-4 or error > max(2 * peer_error, 2e-6):
                verdict, failed = "  MISSED", True
            print(
                f"{name:12} {mine:10.1f} {theirs:10.1f} {mine / theirs:6.2f} {error:9.1e} {peer_error:9.1e} "
                f"{ours[0]['peak'] / 2**20:8.0f} {peer[0]['peak'] / 2**20:7.0f}{verdict}", flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
