"""Lists and loads an .osteon file with the safetensors library of Python, as anyone without Osteon would.

  tools/check safetensors FILE.osteon [EXPECTED.npz]

Checks that the library takes the file, that every tensor is aligned and has the SHA-256 recorded, and that the metadata
follows formats/osteon.schema.json. Arrays of EXPECTED.npz must be there under the same names with the same bytes.
"""

import hashlib
import json
import pathlib
import struct
import sys

import safetensors

if len(sys.argv) < 2:
    sys.exit(__doc__)
schema_path = pathlib.Path(__file__).resolve().parent.parent.parent / "formats/osteon.schema.json"
path, *expected_path = sys.argv[1:]
content = open(path, "rb").read()
tensors = safetensors.deserialize(content)
length = struct.unpack("<Q", content[:8])[0]
header = json.loads(content[8 : 8 + length])
metadata = {key: json.loads(text) if key in json.load(open(schema_path))["properties"] else text
            for key, text in header.pop("__metadata__").items()}
try:
    import jsonschema
    jsonschema.validate(metadata, json.load(open(schema_path)))
    schema = "schema ok"
except ImportError:
    schema = "schema not checked (no jsonschema)"

own = metadata["osteon"]["header_sha256"].encode()
digest = hashlib.sha256(content[8 : 8 + length].replace(own, b"0" * 64, 1)).hexdigest()
assert digest.encode() == own, "the header's checksum is wrong"
assert (8 + length) % 64 == 0, "the data isn't aligned"
assert sorted(name for name, _ in tensors) == sorted(metadata["tensors"]), "tensors and checksums differ in names"
for name, tensor in tensors:
    begin, end = header[name]["data_offsets"]
    count = 1
    for extent in tensor["shape"]:
        count *= extent
    assert count == 0 or begin % ((end - begin) // count) == 0, f"{name} isn't aligned"
    assert hashlib.sha256(bytes(tensor["data"])).hexdigest() == metadata["tensors"][name], f"{name}: wrong checksum"

if expected_path:
    import numpy
    loaded = dict(tensors)
    for name, array in numpy.load(expected_path[0]).items():
        assert list(array.shape) == list(loaded[name]["shape"]), f"{name}: shape {loaded[name]['shape']}, expected {array.shape}"
        assert array.tobytes() == bytes(loaded[name]["data"]), f"{name}: other bytes than expected"
print(f"{path}: {len(tensors)} tensors, {sum(len(t['data']) for _, t in tensors)} bytes, {schema}")
