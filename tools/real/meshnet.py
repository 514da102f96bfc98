"""Runs MeshNet on its T1 and holds labels and memory to their bounds: meshnet.py OSTEON FOLDER WORK"""
import glob
import gzip
import json
import resource
import struct
import subprocess
import sys
import time

import numpy as np

osteon, folder, work = sys.argv[1:4]
raw = gzip.open(f"{folder}/t1_crop.nii.gz").read()
extents = struct.unpack_from("<3h", raw, 42)
dtype = {2: np.uint8, 4: np.int16, 8: np.int32, 16: np.float32, 512: np.uint16}[struct.unpack_from("<h", raw, 70)[0]]
offset = int(struct.unpack_from("<f", raw, 108)[0])
volume = np.frombuffer(raw, dtype, int(np.prod(extents)), offset).reshape(extents, order="F").astype(np.float32)
volume = (volume - volume.min()) / (volume.max() - volume.min())
np.save(f"{work}/input.npy", np.ascontiguousarray(volume)[None, None])
reference = np.load(f"{folder}/reference.npz")

name = subprocess.run([osteon, "inspect", f"{folder}/model.onnx", "--json"], capture_output=True, check=True, text=True).stdout
name = json.loads(name)["inputs"][0]["name"]
started = time.time()
subprocess.run([osteon, "run", f"{folder}/model.onnx", "--input", f"{name}={work}/input.npy", "--output-dir", f"{work}/out"], check=True)
seconds = time.time() - started
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20

logits = np.load(glob.glob(f"{work}/out/*.npy")[0])
logits = logits.reshape(-1, *logits.shape[-3:])
labels = logits.argmax(0)
expected = np.asarray(reference["labels"]).reshape(labels.shape)
agreement = float((labels == expected).mean())
block = logits[:, 96:128, 96:128, 96:128]
error = float(np.abs(block - reference["logits_block"].reshape(block.shape)).max() / np.abs(reference["logits_block"]).max())
ok = agreement >= 0.99999 and peak <= 1.5
print(f"  labels equal on {agreement:.7f} of the voxels (0.99999), logits within {error:.1e} of their maximum")
print(f"  {seconds:.1f} s, peak {peak:.2f} GiB (1.5)   {'ok' if ok else 'MISSED'}")
sys.exit(0 if ok else 1)
