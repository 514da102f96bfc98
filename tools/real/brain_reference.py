"""Makes the brain-extraction reference: brain_reference.py WORK OUT

WORK holds the deepbrain wheel and the unpacked mricron-data. OUT gets graph_v1.pb, and reference.npz with
  img:0       the ch2 T1 on a 128³ grid (corner voxels kept, trilinear), divided by its maximum; 1×128×128×128×1 float32
  brain_mask  ch2bet > 0 on the same grid; 128×128×128 uint8
"""
import glob
import gzip
import struct
import sys
import zipfile

import numpy as np

SIZE = 128


def volume(path):
    """A little-endian NIfTI-1 volume stored with axes in RAS order (both of mricron's are): array[x, y, z] float32."""
    raw = gzip.open(path).read()
    if struct.unpack_from("<i", raw, 0)[0] != 348:
        raise SystemExit(f"{path} is no little-endian NIfTI-1 file")
    extents = struct.unpack_from("<3h", raw, 42)
    code = struct.unpack_from("<h", raw, 70)[0]
    offset = int(struct.unpack_from("<f", raw, 108)[0])
    dtype = {2: np.uint8, 4: np.int16, 16: np.float32}[code]
    count = int(np.prod(extents))
    return np.frombuffer(raw, dtype, count, offset).reshape(extents, order="F").astype(np.float32)


def linear(a):
    """`a` on a SIZE³ grid whose corner voxels are the corners of `a`."""
    for axis in range(3):
        place = np.linspace(0, a.shape[axis] - 1, SIZE)
        low = np.minimum(place.astype(int), a.shape[axis] - 2)
        shape = [1, 1, 1]
        shape[axis] = SIZE
        weight = (place - low).reshape(shape)
        a = np.take(a, low, axis) * (1 - weight) + np.take(a, low + 1, axis) * weight
    return a


def main(work, out):
    wheel = glob.glob(f"{work}/deepbrain-*.whl")[0]
    # The wheel calls its only graph graph.pb; elsewhere the same file is known as graph_v1.pb.
    with zipfile.ZipFile(wheel) as archive:
        member = next(name for name in archive.namelist() if name.endswith(".pb"))
        with open(f"{out}/graph_v1.pb", "wb") as file:
            file.write(archive.read(member))
    templates = f"{work}/volume/usr/share/mricron/templates"
    image = linear(volume(f"{templates}/ch2.nii.gz"))
    image = (image / image.max()).astype(np.float32)
    mask = (linear((volume(f"{templates}/ch2bet.nii.gz") > 0).astype(np.float32)) > 0.5).astype(np.uint8)
    np.savez(f"{out}/reference.npz", **{"img:0": image[None, ..., None], "brain_mask": mask})


main(*sys.argv[1:])
