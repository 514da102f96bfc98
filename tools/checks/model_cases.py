"""The models among the fixtures, and how each is imported; shared by the tools that go through them all."""

import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FIXTURES = ROOT / "fixtures"


class Case:
    """A model, how it's imported, and the file with its inputs."""

    def __init__(self, name, source, arrays, *options):
        self.name, self.source, self.arrays, self.options = name, str(source), arrays, list(options)


def torch_cases():
    def text(value):
        return json.dumps(value, separators=(",", ":")) if not isinstance(value, str) else value

    for entry in json.loads((FIXTURES / "torch/networks.json").read_text()):
        file = FIXTURES / "torch" / entry["file"]
        arguments = ",".join(f"{name}={text(value)}" for name, value in entry["arguments"].items())
        yield Case(f"torch/{file.stem}", file, file.with_suffix(".npz"), "--architecture", entry["network"] + (f":{arguments}" if arguments else ""))


def fixture_cases():
    for pattern in ("onnx/*.onnx", "tensorflow/*.pb"):
        for file in sorted(FIXTURES.glob(pattern)):
            yield Case(f"{file.parent.name}/{file.stem}", file, file.with_suffix(".npz"))
    for folder in sorted((FIXTURES / "tensorflow_saved").iterdir()):
        yield Case(f"tensorflow_saved/{folder.name}", folder, next(folder.glob("*.npz"), None))
    for arrays in sorted((FIXTURES / "keras").glob("*.npz")):
        for suffix in (".h5", ".keras", ".weights.h5"):
            file = arrays.with_name(arrays.stem + suffix)
            architecture = arrays.with_suffix(".json")
            if file.exists():
                yield Case(f"keras/{file.name}", file, arrays, *(["--architecture", str(architecture)] if architecture.exists() else []))
    yield from torch_cases()
    for kind in ("mmar", "trained"):
        for folder in sorted((FIXTURES / kind).iterdir()):
            if folder.is_dir():
                yield Case(f"{kind}/{folder.name}", folder, folder / "reference.npz")


def bench_cases():
    cache = pathlib.Path(os.environ.get("OSTEON_BENCH_CACHE") or pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "osteon-bench")
    for file in sorted((cache / "networks").glob("*.onnx")):
        yield Case(f"bench/{file.stem}", file, file.with_suffix(".npz"))


def osteon(binary, *arguments, accept=(0,)):
    """What a run of the program printed; an error where it ends with another code."""
    done = subprocess.run([binary, *arguments], capture_output=True, text=True)
    if done.returncode not in accept:
        raise RuntimeError(f"osteon {arguments[0]} ended with {done.returncode}: {done.stderr.strip()[-600:]}")
    return done.stdout


def add_case_arguments(parser):
    """What every tool takes that goes through models."""
    parser.add_argument("sources", nargs="*")
    parser.add_argument("--osteon", default=str(ROOT / ".build" / "release" / "osteon"))
    parser.add_argument("--bench", action="store_true")
    parser.add_argument("--filter", default="")


def chosen_cases(options):
    """The models that the arguments name, or the fixtures; ends the program where there's no binary."""
    if not os.access(options.osteon, os.X_OK):
        sys.exit(f"{options.osteon} is missing: tools/build makes it")
    if options.sources:
        cases = [Case(pathlib.Path(source).name, source, pathlib.Path(source).with_suffix(".npz")) for source in options.sources]
    else:
        cases = list(fixture_cases()) + (list(bench_cases()) if options.bench else [])
    return [case for case in cases if re.search(options.filter, case.name)]
