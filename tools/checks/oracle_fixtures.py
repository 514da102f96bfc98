"""Fixtures of other libraries' results, which Tests/OracleTests holds Osteon to without Python.

`fixtures/oracles/NAME/cases.json` has a line a case and the libraries' versions, `arrays.npz` the arrays it names. Inputs and weights
that follow from a seed aren't stored: `noise` is SplitMix64, as in Sources/Bytes. Of a large result a summary is kept.
"""

import hashlib
import importlib.metadata
import io
import json
import pathlib
import zipfile

import numpy as np

FOLDER = pathlib.Path(__file__).resolve().parent.parent.parent / "fixtures" / "oracles"
SAMPLES = 256
PERIOD = 4099


def noise(shape, seed, low=-1.0, high=1.0):
    """Numbers from `low` up to `high` as f32: low + (high - low) · u in double precision, u the upper 24 bits of SplitMix64 · 2⁻²⁴.
    They repeat after PERIOD, so that weights of millions are made at once."""
    total = int(np.prod(shape, dtype=np.int64))
    count = min(total, PERIOD)
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    unit = (z >> np.uint64(40)).astype(np.float64) / (1 << 24)
    return np.resize((low + (high - low) * unit).astype(np.float32), total).reshape(shape)


def summary(array):
    """What's kept of a result: elements evenly spread over it, then for each axis the mean over the others at each of its places, so that
    an error at one end or in one channel shows whatever lies between the samples."""
    array = np.asarray(array, np.float64)
    flat = array.reshape(-1)
    count = min(SAMPLES, flat.size)
    parts = [flat[np.arange(count) * flat.size // max(count, 1)]]
    for axis in range(array.ndim):
        parts.append(array.mean(axis=tuple(other for other in range(array.ndim) if other != axis)))
    return np.concatenate(parts).astype(np.float32)


def digest(array):
    """SHA-256 of the elements as little-endian f32 in row-major order."""
    return hashlib.sha256(np.ascontiguousarray(array, "<f4").tobytes()).hexdigest()


def versions(*packages):
    return {package: importlib.metadata.version(package) for package in packages}


def write(name, packages, cases, arrays):
    """Writes the fixture of one check; equal contents give equal bytes."""
    folder = FOLDER / name
    folder.mkdir(parents=True, exist_ok=True)
    head = json.dumps({"made_by": f"tools/check {name} --write-fixtures", "libraries": versions(*packages)})[:-1]
    lines = ",\n".join(json.dumps(case, separators=(",", ":"), allow_nan=False) for case in cases)
    (folder / "cases.json").write_text(f'{head}, "cases": [\n{lines}\n]}}\n')
    with zipfile.ZipFile(folder / "arrays.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for key, array in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, np.ascontiguousarray(array), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{key}.npy", (1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, member.getvalue(), compresslevel=9)
    enter(name, folder, versions(*packages))
    size = sum(file.stat().st_size for file in folder.iterdir())
    print(f"{folder}: {len(cases)} cases, {size:,} bytes")


def enter(name, folder, libraries):
    """Enters the files in fixtures/manifest.json."""
    path = FOLDER.parent / "manifest.json"
    manifest = json.loads(path.read_text())
    source = ", ".join([f"tools/check {name} --write-fixtures", *(f"{library} {version}" for library, version in libraries.items())])
    for file in sorted(folder.iterdir()):
        sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
        manifest[f"oracles/{name}/{file.name}"] = {"source": source, "licence": "Apache-2.0", "sha256": sha256}
    path.write_text(json.dumps(dict(sorted(manifest.items())), indent=2) + "\n")
