"""Holds the release binary's volumes, transforms and sliding windows to nibabel, SciPy, MONAI and ONNX Runtime.

  tools/check imaging [--real FOLDER] [--filter REGEX] [--osteon BINARY] [--keep FOLDER]
  tools/check imaging --write-fixtures

Volumes made on the spot are always compared; real ones (a folder with hippocampus/, spleen/ and meshnet/: --real,
$OSTEON_REAL or ../shared/real beside the project) where they are there. Fails where a transform is off by more than 1e-4
of the largest value, a sliding window by more than 1e-5, a mask isn't the same in space for every orientation, or a large CT
takes 4 GiB. With --write-fixtures nothing is compared: what the libraries make of small volumes goes into
fixtures/oracles/imaging, which the tests read.
"""

import argparse
import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import warnings

warnings.filterwarnings("ignore")
os.environ.setdefault("OMP_NUM_THREADS", "2")
# The last bit of MONAI's affines, which decides between voxels that are equally near, depends on the kernels of NumPy's OpenBLAS: other
# ones on processors without FMA. Osteon repeats these.
os.environ.setdefault("OPENBLAS_CORETYPE", "Haswell")

import nibabel as nib
import numpy as np
import torch
from PIL import Image
from monai import transforms as mt
from monai.inferers import sliding_window_inference
from scipy import ndimage

import oracle_fixtures

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
TRANSFORM, WINDOW = 1e-4, 1e-5
RNG = np.random.default_rng(7)


class Check:
    """Runs Osteon and compares; `Recorder` keeps what it would be compared with."""

    records = False

    def __init__(self, arguments):
        self.osteon, self.folder = arguments.osteon, arguments.keep
        self.filter = re.compile(arguments.filter or "")
        self.failed = self.count = 0

    def wants(self, name):
        return self.filter.search(name) is not None

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, *arguments):
        done = subprocess.run([self.osteon, *map(str, arguments)], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stderr.strip().replace("\n", " "))
        return json.loads(done.stdout)

    def prepare(self, steps, *images, back=None):
        """The array that `osteon prepare` makes with these transforms, without the batch axis, and its affine."""
        with open(self.path("steps.json"), "w") as file:
            json.dump(steps, file)
        extra = ["--back", back] if back else []
        report = self.run("prepare", *images, "--transforms", self.path("steps.json"), "-o", self.path("out.npy"), "--orientation", "as-stored", "--json", *extra)
        array = np.load(self.path("out.npy"))
        return (array if back else array[0]), np.array(report["affine"] + [[0, 0, 0, 1]])

    def segment(self, onnx, steps, path, window, overlap, blend, batch):
        """The network's values over a scan, and its mask as a file."""
        with open(self.path("pipeline.json"), "w") as file:
            json.dump({"preprocessing": steps}, file)
        text = "x".join(map(str, window))
        self.run("segment", onnx, path, "-o", self.path("mask.nii.gz"), "--transforms", self.path("pipeline.json"), "--window", text, "--overlap", overlap, "--blend", blend, "--batch", batch, "--values", self.path("values.npy"), "--decide", "argmax", "--orientation", "as-stored", "--json")
        return np.load(self.path("values.npy")), nib.load(self.path("mask.nii.gz"))

    def seeded(self, path, seed, count):
        """Told that a file's voxels, so many of f32, follow from a seed."""

    def equal(self, name, ours, theirs):
        return ours.shape == theirs.shape and np.array_equal(ours, theirs)

    def mask(self, name, mask, values, scan):
        same = np.asarray(mask.dataobj)
        differing = int((same != values.argmax(0)).sum())
        self.count += 1
        self.say(name, f"{differing} voxels differ", differing <= 2 and np.array_equal(mask.affine, scan.affine))

    def report(self, name, ours, theirs, tolerance=TRANSFORM, affines=None):
        self.count += 1
        ours, theirs = np.asarray(ours, np.float64), np.asarray(theirs, np.float64)
        if ours.shape != theirs.shape:
            text, passed = f"shape {ours.shape}, not {theirs.shape}", False
        else:
            error = np.abs(ours - theirs).max() / max(np.abs(theirs).max(), 1e-30)
            text, passed = f"{error:.1e}", bool(error <= tolerance)
            if affines is not None and not np.allclose(affines[0], affines[1], atol=1e-3):
                text, passed = text + ", another affine", False
        self.say(name, text, passed)

    def say(self, name, text, passed):
        print(f"{'ok    ' if passed else 'FAILED'} {name}: {text}", flush=True)
        self.failed += not passed

    def guarded(self, name, body):
        if not self.wants(name):
            return
        try:
            body()
        except Exception as error:
            self.count += 1
            self.say(name, str(error)[:400], False)


class Prepared:
    """What Osteon would have been asked for, in place of its answer."""

    def __init__(self, case, is_channel=False):
        self.case, self.is_channel = case, is_channel

    def __getitem__(self, _):
        return Prepared(self.case, True)


class Recorder(Check):
    """Writes what the libraries give as a fixture instead of comparing it."""

    records = True

    def __init__(self, arguments):
        super().__init__(arguments)
        self.cases, self.arrays, self.files, self.seeds = [], {}, {}, {}

    def prepare(self, steps, *images, back=None):
        case = {"files": [self.stored(path) for path in images], "transforms": steps}
        if images[0] in self.seeds:
            case["seed"] = self.seeds[images[0]]
        if back:
            case["back"] = back
        prepared = Prepared(case)
        return prepared, prepared

    def segment(self, onnx, steps, path, window, overlap, blend, batch):
        name = os.path.relpath(onnx, os.path.join(ROOT, "fixtures"))
        case = {"files": [self.stored(path)], "transforms": steps, "network": name, "window": list(window), "overlap": overlap, "blend": blend, "batch": batch}
        return Prepared(case), Prepared(case)

    def stored(self, path):
        """The names under which the bytes of an image are kept; of a pair both."""
        names = [path] + ([path[:-4] + ".hdr"] if path.endswith(".img") else [])
        result = []
        for name in names:
            with open(name, "rb") as file:
                content = file.read()
            content = content[:352] if path in self.seeds else content
            key = self.files.setdefault(content, f"{len(self.files)}.{os.path.basename(name).split('.', 1)[1]}")
            self.arrays[f"file {key}"] = np.frombuffer(content, np.uint8)
            result.append(key)
        return result if len(result) > 1 else result[0]

    def seeded(self, path, seed, count):
        self.seeds[path] = [seed, count]

    def add(self, name, prepared, theirs, exact, extra):
        """The case with the libraries' result: a digest where every bit is held, a summary with its bound otherwise."""
        # Of the only channel.
        theirs = np.asarray(theirs)[None] if prepared.is_channel else np.asarray(theirs)
        case = {"name": name, **prepared.case, "shape": list(theirs.shape), **extra}
        if exact:
            case["sha256"] = oracle_fixtures.digest(theirs)
        else:
            case["largest"] = float(np.abs(theirs).max())
            self.arrays[name] = oracle_fixtures.summary(theirs)
        self.cases.append(case)

    def report(self, name, ours, theirs, tolerance=TRANSFORM, affines=None):
        extra = {} if affines is None else {"affine": np.asarray(affines[1])[:3].tolist()}
        self.add(name, ours, theirs, tolerance == 0, {**({"tolerance": tolerance} if tolerance else {}), **extra})

    def equal(self, name, ours, theirs):
        self.add(name, ours, theirs, True, {})
        return True

    def mask(self, name, mask, values, scan):
        self.arrays[name] = values.argmax(0).astype(np.uint8)
        self.cases.append({"name": name, **mask.case, "shape": list(self.arrays[name].shape), "mask": True, "affine": scan.affine[:3].tolist()})

    def guarded(self, name, body):
        body()

    def write(self):
        oracle_fixtures.write("imaging", ["monai", "nibabel", "numpy", "onnxruntime", "pillow", "scipy", "torch"], self.cases, self.arrays)


# MARK: Volumes


def affine(code, spacing=(1.1, 0.9, 2.3), turn=0.0):
    """An affine whose axes run towards the three letters, turned by so many degrees around two axes."""
    matrix = np.zeros((3, 3))
    for axis, letter in enumerate(code):
        row = ["RL", "AP", "SI"].index(next(pair for pair in ("RL", "AP", "SI") if letter in pair))
        matrix[row, axis] = spacing[row] * (1 if letter in "RAS" else -1)
    a, b = np.radians(turn), np.radians(turn / 2)
    z = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    result = np.eye(4)
    result[:3, :3] = z @ x @ matrix
    result[:3, 3] = [-17.5, 23.25, -41]
    return result


def smooth(shape):
    return ndimage.gaussian_filter(RNG.normal(size=shape), 2).astype(np.float32) * 500


def files(check):
    """Every element type, byte order, version, scaling and affine, against nibabel."""
    for kind in ("u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8"):
        for order in "<>":
            for form, header in ((nib.Nifti1Image, nib.Nifti1Header), (nib.Nifti2Image, nib.Nifti2Header), (nib.Nifti1Pair, nib.Nifti1Header)):
                name = f"file {form.__name__} {order}{kind}"
                if not check.wants(name):
                    continue
                shape = (4, 3, 3, 2) if check.records else (7, 6, 5, 2)
                data = (RNG.integers(0, 100, shape) if kind[0] != "f" else RNG.normal(size=shape) * 100).astype(order + kind)
                head = header(endianness=order)
                head.set_data_dtype(data.dtype)
                image = form(data, affine("LIA", turn=20), head)
                suffix = ".img" if form is nib.Nifti1Pair else (".nii.gz" if order == "<" else ".nii")
                path = check.path(f"file{suffix}")
                nib.save(image, path)
                loaded = nib.load(path)

                def compare():
                    ours, matrix = check.prepare([{"name": "LoadNifti", "args": {"fields": "image"}}], path)
                    check.report(name, ours, np.moveaxis(np.asarray(loaded.dataobj, np.float32), 3, 0), 0, (matrix, loaded.affine))

                check.guarded(name, compare)
    for name, qform, sform in (("qform alone", 1, 0), ("sform alone", 0, 2), ("neither", 0, 0), ("both", 1, 1)):
        data = RNG.integers(-50, 50, (6, 5, 4)).astype(np.int16)
        image = nib.Nifti1Image(data, None)
        image.header.set_zooms((1.5, 2, 3))
        image.set_qform(affine("PSR", turn=30), code=qform)
        image.set_sform(affine("LAS", turn=10) if sform else None, code=sform)
        image.header.set_slope_inter(0.37, -11)
        path = check.path("affine.nii")
        nib.save(image, path)
        loaded = nib.load(path)

        def compare():
            ours, matrix = check.prepare([{"name": "LoadNifti", "args": {"fields": "image"}}], path)
            check.report(f"file {name}", ours[0], np.asarray(loaded.dataobj, np.float32), 1e-7, (matrix, loaded.affine))

        check.guarded(f"file {name}", compare)


def layouts(check):
    """Units, and FreeSurfer's surfaces, as nibabel writes them."""
    for unit, factor in (("meter", 1000.0), ("mm", 1.0), ("micron", 0.001), ("unknown", 1.0)):
        image = nib.Nifti1Image(RNG.normal(size=(5, 4, 3)).astype(np.float32), affine("LPS"))
        image.header.set_xyzt_units(unit, "sec")
        path = check.path("units.nii")
        nib.save(image, path)

        def compare():
            ours, matrix = check.prepare([{"name": "LoadNifti", "args": {"fields": "image"}}], path)
            loaded = nib.load(path)
            check.report(f"file in {unit}", ours[0], np.asarray(loaded.dataobj, np.float32), 0, (matrix, np.diag([factor] * 3 + [1]) @ loaded.affine))

        check.guarded(f"file in {unit}", compare)
    for vertices in (163842, 40000):
        path = check.path(f"surface.{'nii' if check.records else 'nii.gz'}")
        nib.save(nib.Nifti1Image(oracle_fixtures.noise((vertices, 1, 1), vertices), np.eye(4)), path)
        check.seeded(path, vertices, vertices)

        def compare():
            ours, _ = check.prepare([{"name": "LoadNifti", "args": {"fields": "image"}}], path)
            check.report(f"surface of {vertices}", ours[0], np.asarray(nib.load(path).dataobj), 0)

        check.guarded(f"surface of {vertices}", compare)


def pictures(check):
    """PNG files of every kind of pixel, as Pillow reads them and MONAI lays them out."""
    random = np.random.default_rng(5)
    grey, rgb = random.integers(0, 256, (5, 7), np.uint8), random.integers(0, 256, (5, 7, 3), np.uint8)
    deep = random.integers(0, 65536, (5, 7), np.uint16)
    bits = Image.fromarray(grey > 128)
    kinds = {
        "8 bits": Image.fromarray(grey), "16 bits": Image.fromarray(deep), "1 bit": bits, "RGB": Image.fromarray(rgb),
        "a palette": Image.fromarray(rgb).quantize(13), "grey with alpha": Image.fromarray(np.stack([grey, 255 - grey], -1), "LA"),
        "RGB with alpha": Image.fromarray(np.concatenate([rgb, grey[..., None]], -1), "RGBA"),
    }
    for kind, picture in kinds.items():
        path = check.path("picture.png")
        picture.save(path)
        plain = picture.convert({"P": "RGB", "RGBA": "RGB", "LA": "L", "1": "L"}.get(picture.mode, picture.mode))
        theirs = np.atleast_3d(np.asarray(plain, np.float32)).transpose(2, 0, 1)
        for name, wanted in (("LoadPng", theirs), ("LoadImage", theirs.transpose(0, 2, 1))):

            def compare():
                ours, _ = check.prepare([{"name": name, "args": {"fields": "image"}}], path)
                check.report(f"picture of {kind} by {name}", ours, wanted, 0)

            check.guarded(f"picture of {kind} by {name}", compare)


# MARK: Transforms


def steps(shape):
    """Name, Osteon's configuration and MONAI's transforms, for a volume of this shape."""
    k = {"keys": "image"}
    for code in ("RAS", "LPS", "PSR", "ILA"):
        yield f"Orientation {code}", [("Orientationd", {**k, "axcodes": code})], [mt.Orientationd("image", code)]
    for size in ((1.5, 1.5, 2.0), (0.7, 0.9, 1.1)):
        yield f"Spacing {size}", [("Spacingd", {**k, "pixdim": size, "mode": "bilinear"})], [mt.Spacingd("image", size, mode="bilinear")]
    # With halves, where nearest is a matter of the last bit; MONAI takes 24 bytes a voxel for its places.
    for size in ((1.5, 1.5, 2.0), (0.5, 0.75, 0.25))[: 2 if np.prod(shape) < 2e5 else 1]:
        yield f"Spacing {size} nearest", [("Spacingd", {**k, "pixdim": size, "mode": "nearest"})], [mt.Spacingd("image", size, mode="nearest")]
    yield "Spacing one axis kept", [("Spacingd", {**k, "pixdim": [1.37, 0, 1.73]})], [mt.Spacingd("image", (1.37, 0, 1.73), mode="bilinear")]
    for mode, extra in (("area", {}), ("trilinear", {}), ("trilinear", {"align_corners": True}), ("nearest", {})):
        yield f"Resize {mode} {extra}", [("Resized", {**k, "spatial_size": [40, 33, 27], "mode": mode, **extra})], [mt.Resized("image", (40, 33, 27), mode=mode, **extra)]
    yield "Resize longest", [("Resized", {**k, "spatial_size": 50, "size_mode": "longest", "mode": "trilinear"})], [mt.Resized("image", 50, size_mode="longest", mode="trilinear")]
    yield "NormalizeIntensity", [("NormalizeIntensityd", k)], [mt.NormalizeIntensityd("image")]
    yield "NormalizeIntensity nonzero", [("NormalizeIntensityd", {**k, "nonzero": True, "channel_wise": True})], [mt.NormalizeIntensityd("image", nonzero=True, channel_wise=True)]
    yield "NormalizeIntensity given", [("NormalizeIntensityd", {**k, "subtrahend": 12, "divisor": 40})], [mt.NormalizeIntensityd("image", 12, 40)]
    yield "NormalizeNonzeroIntensities", [("NormalizeNonzeroIntensities", {"fields": "image"})], [mt.NormalizeIntensityd("image", nonzero=True, channel_wise=True)]
    yield "ScaleIntensityRange", [("ScaleIntensityRange", {"fields": "image", "a_min": -57, "a_max": 164, "b_min": 0, "b_max": 1, "clip": True})], [mt.ScaleIntensityRanged("image", -57, 164, 0, 1, clip=True)]
    yield "ScaleIntensityRange open", [("ScaleIntensityRanged", {**k, "a_min": -57, "a_max": 164, "b_min": -2, "b_max": 3})], [mt.ScaleIntensityRanged("image", -57, 164, -2, 3)]
    yield "ScaleIntensityRangePercentiles", [("ScaleIntensityRangePercentilesd", {**k, "lower": 1, "upper": 99.5, "b_min": 0, "b_max": 1, "clip": True})], [mt.ScaleIntensityRangePercentilesd("image", 1, 99.5, 0, 1, clip=True)]
    yield "ScaleIntensity", [("ScaleIntensityd", {**k, "minv": -1, "maxv": 1})], [mt.ScaleIntensityd("image", -1, 1)]
    yield "ThresholdIntensity", [("ThresholdIntensityd", {**k, "threshold": 30, "above": False, "cval": 5})], [mt.ThresholdIntensityd("image", 30, above=False, cval=5)]
    yield "CropForeground", [("CropForegroundd", {**k, "source_key": "image", "select_fn": "$lambda x: x > 40", "margin": 3, "k_divisible": 8})], [mt.CropForegroundd("image", "image", select_fn=lambda x: x > 40, margin=3, k_divisible=8)]
    yield "DivisiblePad", [("DivisiblePadd", {**k, "k": 16})], [mt.DivisiblePadd("image", 16)]
    yield "DivisiblePad end", [("DivisiblePadd", {**k, "k": [32, 16, 8], "method": "end", "mode": "edge"})], [mt.DivisiblePadd("image", (32, 16, 8), method="end", mode="edge")]
    # PyTorch mirrors once at most.
    wide = [n + min(n - 1, more) for n, more in zip(shape, (19, 8, 11))]
    yield "SpatialPad reflect", [("SpatialPadd", {**k, "spatial_size": wide, "mode": "reflect"})], [mt.SpatialPadd("image", wide, mode="reflect")]
    yield "BorderPad", [("BorderPadd", {**k, "spatial_border": [1, 2, 3, 4, 5, 6]})], [mt.BorderPadd("image", (1, 2, 3, 4, 5, 6))]
    yield "CenterSpatialCrop", [("CenterSpatialCropd", {**k, "roi_size": [17, 20, -1]})], [mt.CenterSpatialCropd("image", (17, 20, -1))]
    yield "SpatialCrop", [("SpatialCropd", {**k, "roi_center": [15, 16, 17], "roi_size": [9, 10, 11]})], [mt.SpatialCropd("image", (15, 16, 17), (9, 10, 11))]
    yield "ResizeWithPadOrCrop", [("ResizeWithPadOrCropd", {**k, "spatial_size": [60, 31, 50]})], [mt.ResizeWithPadOrCropd("image", (60, 31, 50))]
    yield "RepeatChannel", [("RepeatChannel", {"fields": "image", "repeat_times": 3})], [mt.RepeatChanneld("image", 3)]
    yield "Activations softmax", [("RepeatChanneld", {**k, "repeats": 2}), ("ScaleIntensityd", k), ("Activationsd", {**k, "softmax": True})], [mt.RepeatChanneld("image", 2), mt.ScaleIntensityd("image"), mt.Activationsd("image", softmax=True)]
    yield "Activations sigmoid", [("ScaleIntensityd", {**k, "minv": -4, "maxv": 4}), ("Activationsd", {**k, "sigmoid": True})], [mt.ScaleIntensityd("image", -4, 4), mt.Activationsd("image", sigmoid=True)]
    yield "AsDiscrete threshold", [("AsDiscreted", {**k, "threshold": 30})], [mt.AsDiscreted("image", threshold=30)]
    for connectivity in (None, 1):
        extra = {} if connectivity is None else {"connectivity": connectivity}
        yield f"KeepLargestConnectedComponent {connectivity}", [("AsDiscreted", {**k, "threshold": 60}), ("KeepLargestConnectedComponentd", {**k, **extra})], [mt.AsDiscreted("image", threshold=60), mt.KeepLargestConnectedComponentd("image", **extra)]
    yield "a whole pipeline", [("Orientationd", {**k, "axcodes": "RAS"}), ("Spacingd", {**k, "pixdim": [1.4, 1.3, 2.1], "mode": "bilinear"}), ("ScaleIntensityRanged", {**k, "a_min": 0, "a_max": 100, "b_min": 0, "b_max": 1, "clip": True}), ("CropForegroundd", {**k, "source_key": "image"}), ("DivisiblePadd", {**k, "k": 16})], [mt.Orientationd("image", "RAS"), mt.Spacingd("image", (1.4, 1.3, 2.1), mode="bilinear"), mt.ScaleIntensityRanged("image", 0, 100, 0, 1, clip=True), mt.CropForegroundd("image", "image"), mt.DivisiblePadd("image", 16)]


def transforms(check, name, path):
    load = [{"name": "LoadImaged", "args": {"keys": "image"}}, {"name": "EnsureChannelFirstd", "args": {"keys": "image"}}]
    shape = nib.load(path).shape[:3]
    for step, ours, theirs in steps(shape):
        def compare():
            array, matrix = check.prepare(load + [{"name": n, "args": a} for n, a in ours], path)
            item = mt.Compose([mt.LoadImaged("image"), mt.EnsureChannelFirstd("image"), *theirs])({"image": path})["image"]
            check.report(f"{name}: {step}", array, item, TRANSFORM, (matrix, np.asarray(item.affine)))

        check.guarded(f"{name}: {step}", compare)
    pipeline = list(steps(shape))[-1]

    def inverted():
        array, _ = check.prepare(load + [{"name": n, "args": a} for n, a in pipeline[1][:2]], path, back="linear")
        chain = mt.Compose([mt.LoadImaged("image"), mt.EnsureChannelFirstd("image"), *pipeline[2][:2]])
        item = chain({"image": path})
        for transform in reversed(pipeline[2][:2]):
            item = transform.inverse(item)
        check.report(f"{name}: and back", array, item["image"])

    check.guarded(f"{name}: and back", inverted)
    scipy_zoom(check, name, path)


def scipy_zoom(check, name, path):
    """Clara's resampling: SciPy's zoom."""
    image = nib.load(path)
    data, sizes = np.asarray(image.dataobj, np.float32), np.sqrt((image.affine[:3, :3] ** 2).sum(0))
    target = [1.31, 1.22, 1.73]
    shape = [int(np.round(n * s / t)) for n, s, t in zip(data.shape, sizes, target)]
    for label, order in ((False, 1), (True, 0)):
        def compare():
            ours, _ = check.prepare([{"name": "LoadNifti", "args": {"fields": "image"}}, {"name": "ScaleByResolution", "args": {"fields": "image", "target_resolution": target, "is_label": label}}], path)
            theirs = ndimage.zoom(data, [m / n for m, n in zip(shape, data.shape)], order=order, mode="nearest")
            check.report(f"{name}: ScaleByResolution order {order}", ours[0], theirs)

        check.guarded(f"{name}: ScaleByResolution order {order}", compare)


def grids(check, count=240):
    """Spacing on small volumes of every kind of affine, and back, to the last bit: perpendicular, slightly and plainly sheared, oblique, flat."""
    rng = np.random.default_rng(3)
    load = [{"name": "LoadImaged", "args": {"keys": "image"}}, {"name": "EnsureChannelFirstd", "args": {"keys": "image"}}]
    differing = {}
    for number in range(count):
        kind = ("flipped", "exchanged", "slightly sheared", "oblique", "sheared", "nearly straight", "flat", "by quaternion")[number % 8]
        sizes = rng.choice([0.5, 0.75, 0.8125, 1, 1.25, 1.5, 2, 0.9, 2.3, 0.7, 0.625], 3)
        matrix = np.diag(sizes.astype(float))
        if kind == "flipped":
            matrix *= rng.choice([-1, 1], 3)
        elif kind == "exchanged":
            matrix = matrix[:, rng.permutation(3)] * rng.choice([-1, 1], 3)
        elif kind == "slightly sheared":
            matrix[rng.integers(3), rng.integers(3)] += rng.choice([-4e-8, 9e-4, 1e-5, 1e-9])
        elif kind == "sheared":
            matrix = matrix @ (np.eye(3) + rng.normal(size=(3, 3)) * 0.2)
        elif kind in ("oblique", "by quaternion", "nearly straight"):
            turn, _ = np.linalg.qr(rng.normal(size=(3, 3)) if kind != "nearly straight" else np.eye(3) + rng.normal(size=(3, 3)) * 1e-4)
            matrix = turn @ matrix
        place = np.eye(4)
        place[:3, :3] = matrix
        place[:3, 3] = rng.choice([0, 1], 3) * rng.normal(size=3) * 60
        shape = tuple(int(n) for n in rng.integers(2, 30, 2 if kind == "flat" else 3))
        # Files have the first axis run fastest.
        image = nib.Nifti1Image(oracle_fixtures.noise(shape[::-1], number).T, place if kind != "by quaternion" else None)
        if kind == "by quaternion":
            image.set_qform(place, code=1)
        path = check.path(f"grid{number if check.records else ''}.nii")
        nib.save(image, path)
        check.seeded(path, number, int(np.prod(shape)))
        options = {"pixdim": [float(n) for n in rng.choice([0.5, 0.8, 1, 1.5, 2, 0.75, 1.3, 0], 3)], "mode": str(rng.choice(["nearest", "bilinear"])), "align_corners": bool(rng.integers(2)), "diagonal": bool(rng.integers(6) == 0)}
        dtype = "float32" if rng.integers(4) == 0 else "float64"
        turned = bool(rng.integers(3) == 0) and kind != "flat"

        def compare():
            ours = [*load, *([{"name": "Orientationd", "args": {"keys": "image", "axcodes": "PSR"}}] if turned else []), {"name": "Spacingd", "args": {"keys": "image", "dtype": dtype, **options}}]
            spacing = mt.Spacingd("image", dtype=getattr(np, dtype), **options)
            item = mt.Compose([mt.LoadImaged("image"), mt.EnsureChannelFirstd("image"), *([mt.Orientationd("image", "PSR")] if turned else [])])({"image": path})
            result = spacing(item)
            array, matrix = check.prepare(ours, path)
            theirs = np.asarray(result["image"])
            same = check.equal(f"grid {number}, {kind}", array, theirs)
            interpolation = "nearest" if options["mode"] == "nearest" else "linear"
            back, _ = check.prepare(ours, path, back=interpolation)
            if interpolation == "nearest":
                result["image"].applied_operations[-1]["extra_info"]["align_corners"] = False
            inverse = spacing.inverse(result)
            if turned:
                inverse = {"image": original_axes(np.asarray(inverse["image"]), place)}
            returned = np.asarray(inverse["image"])
            same_back = check.equal(f"grid {number}, {kind}, and back", back, returned)
            if not (same and same_back):
                differing.setdefault(kind, []).append(f"{shape} {options} {dtype}{' turned' if turned else ''}{'' if same else ' forth'}{'' if same_back else ' back'}")

        if check.records:
            compare()
        elif check.wants("grids"):
            try:
                compare()
            except Exception as error:
                differing.setdefault(kind, []).append(f"{shape} {options}: {str(error)[:200]}")
    if check.wants("grids") and not check.records:
        check.count += 1
        check.say(f"grids: Spacing of {count} affines forth and back", f"{sum(map(len, differing.values()))} differ in a bit {dict(list(differing.items())[:2]) if differing else ''}", not differing)


def original_axes(array, place):
    """What was oriented to PSR, along the file's own axes again."""
    own = nib.io_orientation(place)
    back = nib.orientations.ornt_transform(nib.orientations.axcodes2ornt("PSR"), own)
    return np.stack([nib.orientations.apply_orientation(channel, back) for channel in array])


# MARK: Windows


def network():
    import onnxruntime

    path = os.path.join(ROOT, "fixtures/onnx/unet3d_small.onnx")
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    port = session.get_inputs()[0]
    return path, port.shape[1], lambda x: torch.from_numpy(session.run(None, {port.name: x.numpy()})[0])


def windows(check, name, path):
    onnx, channels, run = network()
    k = {"keys": "image"}
    ours = [("LoadImaged", k), ("EnsureChannelFirstd", k), ("ScaleIntensityd", k), ("RepeatChanneld", {**k, "repeats": channels})]
    ours = [{"name": n, "args": a} for n, a in ours]
    item = mt.Compose([mt.LoadImaged("image"), mt.EnsureChannelFirstd("image"), mt.ScaleIntensityd("image"), mt.RepeatChanneld("image", channels)])({"image": path})["image"]
    image = torch.as_tensor(np.asarray(item))[None]
    scan, half = nib.load(path), 2 if check.records else 1
    for size, overlap, blend, batch in (((32, 32, 32), 0.25, "constant", 1), ((32, 16, 48), 0.5, "gaussian", 3), ((48, 48, 32), 0.0, "constant", 2), ((64, 64, 64), 0.6, "gaussian", 1)):
        size = tuple(n // half for n in size)
        text = "x".join(map(str, size))

        def compare():
            values, mask = check.segment(onnx, ours, path, size, overlap, blend, batch)
            with torch.no_grad():
                theirs = sliding_window_inference(image, size, batch, run, overlap, blend).numpy()[0]
            check.report(f"{name}: window {text} overlap {overlap} {blend}", values, theirs, WINDOW)
            check.mask(f"{name}: mask {text}", mask, theirs, scan)

        check.guarded(f"{name}: window {text} overlap {overlap} {blend}", compare)


def orientations(check, name, path):
    """One scan stored in several ways gives one mask in space."""
    onnx, channels, _ = network()
    k = {"keys": "image"}
    ours = [("LoadImaged", k), ("EnsureChannelFirstd", k), ("ScaleIntensityd", k), ("RepeatChanneld", {**k, "repeats": channels})]
    with open(check.path("pipeline.json"), "w") as file:
        json.dump({"preprocessing": [{"name": n, "args": a} for n, a in ours]}, file)
    scan = nib.as_closest_canonical(nib.load(path))
    reference = None
    for code in ("RAS", "LPS", "LAS", "PSR", "ASL"):
        turn = nib.orientations.ornt_transform(nib.io_orientation(scan.affine), nib.orientations.axcodes2ornt(code))
        stored = scan.as_reoriented(turn)
        nib.save(stored, check.path("stored.nii.gz"))
        # A file's affine is in single precision.
        stored = nib.load(check.path("stored.nii.gz"))

        def compare():
            nonlocal reference
            check.run("segment", onnx, check.path("stored.nii.gz"), "-o", check.path("mask.nii.gz"), "--transforms", check.path("pipeline.json"), "--window", "32x32x32", "--decide", "argmax", "--json")
            mask = nib.load(check.path("mask.nii.gz"))
            placed = np.array_equal(mask.affine, stored.affine) and mask.shape == stored.shape
            canonical = np.asarray(nib.as_closest_canonical(mask).dataobj)
            reference = canonical if reference is None else reference
            check.count += 1
            check.say(f"{name}: stored as {code}", f"{int((canonical != reference).sum())} voxels differ, {int(canonical.astype(bool).sum())} in the mask", placed and np.array_equal(canonical, reference))

        check.guarded(f"{name}: stored as {code}", compare)


def large(check):
    """A CT of 512×512×300 at 0.7×0.7×1.25 mm, brought to 1 mm, segmented with a window of 96³ and written back, in under 4 GiB."""

    def measure():
        data = np.full((512, 512, 300), -1000, np.int16)
        data[100:400, 120:380] = RNG.integers(-60, 160, (300, 260, 300), dtype=np.int16)
        scan = nib.Nifti1Image(data, np.array([[-0.7, 0, 0, 179], [0, -0.7, 0, 179], [0, 0, 1.25, -200], [0, 0, 0, 1]]))
        nib.save(scan, check.path("large.nii.gz"))
        model = os.path.join(ROOT, "fixtures/mmar/segmentation_ct_spleen")
        arguments = ["segment", model, check.path("large.nii.gz"), "-o", check.path("large_mask.nii.gz"), "--window", "96x96x96", "--json", "--quiet"]
        # By a small process: a child's peak begins with that of who started it.
        watch = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
        done = subprocess.run([sys.executable, "-c", watch, check.osteon, *arguments], capture_output=True, text=True, check=True)
        peak, mask = int(done.stdout) / 2**20, nib.load(check.path("large_mask.nii.gz"))
        placed = mask.shape == scan.shape and np.allclose(mask.affine, scan.affine, atol=1e-5)
        check.count += 1
        check.say("a CT of 512x512x300 at 1 mm", f"{peak:.2f} GiB at the most", placed and peak < 4)

    check.guarded("a CT of 512x512x300 at 1 mm", measure)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--osteon")
    parser.add_argument("--real", default=os.environ.get("OSTEON_REAL") or os.path.join(ROOT, "../shared/real"))
    parser.add_argument("--filter")
    parser.add_argument("--keep")
    parser.add_argument("--write-fixtures", action="store_true")
    arguments = parser.parse_args()
    if not arguments.osteon and not arguments.write_fixtures:
        folder = subprocess.run(["swift", "build", "-c", "release", "--show-bin-path"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
        arguments.osteon = os.path.join(folder, "osteon")
    with tempfile.TemporaryDirectory() as folder:
        arguments.keep = arguments.keep or folder
        os.makedirs(arguments.keep, exist_ok=True)
        check = (Recorder if arguments.write_fixtures else Check)(arguments)
        files(check)
        layouts(check)
        pictures(check)
        grids(check, 96 if check.records else 240)
        volumes = []
        for name, code, turn in (("made LPS", "LPS", 0), ("made oblique", "PIR", 24)):
            path = check.path(name.replace(" ", "_") + ".nii.gz")
            nib.save(nib.Nifti1Image(smooth((19, 23, 17) if check.records else (41, 52, 37)), affine(code, turn=turn)), path)
            volumes.append((name, path))
        if check.records:
            for name, path in volumes:
                transforms(check, name, path)
                windows(check, name, path)
            return check.write()
        large(check)
        real = arguments.real
        for name, pattern in (("hippocampus", "hippocampus/imagesTr/*.nii.gz"), ("spleen CT", "spleen/spleen_8.nii.gz"), ("T1", "meshnet/t1_crop.nii.gz")):
            found = sorted(glob.glob(os.path.join(real, pattern)))
            if found:
                volumes.append((name, found[0]))
            else:
                print(f"skipped {name}: it isn't in {real}")
        for name, path in volumes:
            transforms(check, name, path)
        for name, path in volumes:
            if np.prod(nib.load(path).shape) < 2e5:
                windows(check, name, path)
                orientations(check, name, path)
        print(f"{check.count - check.failed} of {check.count} as they should be")
        sys.exit(1 if check.failed else 0)


if __name__ == "__main__":
    main()
