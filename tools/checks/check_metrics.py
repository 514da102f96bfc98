"""Compares `osteon metrics` with MONAI, DeepMind's surface-distance, scikit-learn and MLstatkit on random and edge cases.

  tools/check metrics [--cases N] [--osteon BINARY] [--keep FOLDER]
  tools/check metrics --write-fixtures

Masks: Dice and IoU, HD95 by both rules, surface Dice of voxels and of elements, in planes and volumes, with even and
uneven spacings; empty, single, whole, touching and noisy masks. Scores: AUC with ties, DeLong's variance, the paired test.
Fails where a figure is off by more than 1e-6 (relative to it where it's above 1). With --write-fixtures nothing is compared: the
libraries' figures go into fixtures/oracles/metrics, which the tests read.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import warnings

warnings.filterwarnings("ignore")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import scipy.ndimage
import torch

import oracle_fixtures

# surface-distance 0.1 uses names that NumPy 2 and SciPy 1.15 took away.
np.Inf = np.inf
for name in ("filters", "morphology"):
    setattr(scipy.ndimage, name, scipy.ndimage)

import surface_distance
from MLstatkit import Delong_test
from monai.metrics import DiceMetric, HausdorffDistanceMetric, MeanIoU, SurfaceDiceMetric
from sklearn.metrics import roc_auc_score

torch.set_num_threads(1)
TOLERANCE = 1e-6


def ball(shape, center, radii):
    grid = np.indices(shape).astype(float)
    return sum(((grid[a] - center[a]) / radii[a]) ** 2 for a in range(len(shape))) <= 1


def mask_pairs(count):
    """Name, spacing, prediction and reference of each case."""
    random = np.random.default_rng(1)

    def empty(shape):
        return np.zeros(shape, bool)

    for shape in ((7, 9), (6, 7, 8)):
        whole, none, one = np.ones(shape, bool), empty(shape), empty(shape)
        one[tuple(s // 2 for s in shape)] = True
        corner = empty(shape)
        corner[(0,) * len(shape)] = True
        line = empty(shape)
        line[(1,) * (len(shape) - 1)] = True
        for spacing in ([1.0, 1.0, 1.0], [0.7, 1.3, 2.5]):
            for a_name, a in (("whole", whole), ("none", none), ("one", one), ("corner", corner), ("line", line)):
                for b_name, b in (("whole", whole), ("none", none), ("one", one), ("corner", corner), ("line", line)):
                    yield f"{a_name}/{b_name} {len(shape)}D", spacing[: len(shape)], a, b
    for index in range(count):
        rank = 2 if index % 4 == 3 else 3
        shape = tuple(int(extent) for extent in random.integers(3, 26, rank))
        spacing = [round(float(s), 3) for s in random.uniform(0.3, 4, rank)] if index % 3 else [1.0] * rank
        if index % 5 == 4:
            a, b = (random.random(shape) < random.uniform(0.02, 0.9) for _ in range(2))
        else:
            center, radii = random.uniform(0, shape), random.uniform(1.5, max(shape), rank) / 1.5
            a = ball(shape, center, radii)
            b = ball(shape, center + random.normal(0, 1.5, rank), radii * random.uniform(0.8, 1.25, rank))
            noise = random.random(shape) < 0.02
            b = b ^ noise
        yield f"random {index} {shape}", spacing, a, b


def agree(got, wanted):
    got = {"NaN": math.nan, "Infinity": math.inf}.get(got, got)
    if math.isnan(wanted) or math.isnan(got):
        return math.isnan(wanted) and math.isnan(got)
    return got == wanted or abs(got - wanted) <= TOLERANCE * max(1, abs(wanted))


def monai_masks(metric, a, b, **arguments):
    pair = [torch.from_numpy(x.astype(np.float32))[None, None] for x in (a, b)]
    return float(metric(*pair, **arguments).flatten()[0])


def close_to_a_step(distances, tolerance):
    """Whether a distance equals the tolerance but for rounding, so that its side is a matter of arithmetic."""
    return any(np.any(np.abs(d - tolerance) < 1e-6 * tolerance) and not np.any(d == tolerance) for d in distances)


class Check:
    """Runs Osteon and compares; `Recorder` keeps what it would be compared with."""

    def __init__(self, osteon, folder):
        self.osteon, self.folder = osteon, folder
        self.compared, self.failed = {}, []

    def run(self, *arguments):
        result = subprocess.run([self.osteon, "metrics", "--json", *arguments], capture_output=True, text=True)
        if result.returncode != 0:
            sys.exit(f"osteon metrics {' '.join(arguments)}: {result.stderr}")
        return json.loads(result.stdout)

    def save(self, name, array):
        path = os.path.join(self.folder, name + ".npy")
        np.save(path, array)
        return path

    def hold(self, case, figure, got, wanted):
        self.compared[figure] = self.compared.get(figure, 0) + 1
        if not agree(got, wanted):
            self.failed.append(f"{case}: {figure} is {got}, wanted {wanted}")

    def begin(self, case, arrays, **settings):
        """Told what follows is about."""

    def masks(self, case, spacing, a, b):
        paths = [self.save("prediction", a.astype(np.uint8)), self.save("reference", b.astype(np.uint8))]
        tau = 1.0 if all(s == 1 for s in spacing) else 1.234
        self.begin(case, {"prediction": a, "reference": b}, spacing=spacing, tau=tau)
        common = [*paths, "--labels", "1", "--spacing", ",".join(map(str, spacing)), "--nsd", str(tau)]

        def figures(*more):
            return self.run(*common, *more)["structures"][0]

        found = figures("--empty-masks", "monai", "--hd95", "monai", "--nsd-pieces", "voxels")
        self.hold(case, "Dice (MONAI)", found["Dice"], monai_masks(DiceMetric(reduction="none"), a, b))
        self.hold(case, "IoU (MONAI)", found["IoU"], monai_masks(MeanIoU(reduction="none"), a, b))
        monai_hd = HausdorffDistanceMetric(include_background=True, percentile=95, reduction="none")
        self.hold(case, "HD95 (MONAI)", found["HD95"], monai_masks(monai_hd, a, b, spacing=spacing))
        for figure, pieces, value in (
            ("surface Dice, voxels (MONAI)", False, found["NSD"]),
            ("surface Dice, elements (MONAI)", True, figures("--hd95", "deepmind", "--empty-masks", "metrics-reloaded")["NSD"]),
        ):
            metric = SurfaceDiceMetric([tau], include_background=True, reduction="none", use_subvoxels=pieces)
            self.hold(case, figure, value, monai_masks(metric, a, b, spacing=spacing))

        found = figures("--hd95", "deepmind", "--empty-masks", "metrics-reloaded")
        both = int(a.sum() + b.sum())
        self.hold(case, "Dice (MetricsReloaded)", found["Dice"], 1.0 if both == 0 else 2.0 * int((a & b).sum()) / both)
        distances = surface_distance.compute_surface_distances(b, a, spacing)
        if both:
            self.hold(case, "HD95 (DeepMind)", found["HD95"], float(surface_distance.compute_robust_hausdorff(distances, 95)))
        if not close_to_a_step([distances["distances_gt_to_pred"], distances["distances_pred_to_gt"]], tau):
            wanted = surface_distance.compute_surface_dice_at_tolerance(distances, tau)
            self.hold(case, "surface Dice (DeepMind)", found["NSD"], float(wanted))

    def scores(self, case, truth, first, second):
        self.begin(case, {"truth": truth, "scores": first, "other": second})
        report = self.run(
            self.save("scores", first), self.save("truth", truth.astype(np.uint8)), "--scores", "--against", self.save("other", second))
        for label, found in enumerate(report["labels"]):
            y, a, b = truth[:, label], first[:, label], second[:, label]
            if len(np.unique(y)) < 2:
                self.hold(case, "AUC of one kind alone", found["auc"], math.nan)
                continue
            self.hold(case, "AUC (scikit-learn)", found["auc"], roc_auc_score(y, a))
            positives = a[y] >= 0.5
            self.hold(case, "sensitivity", found["sensitivity"], positives.mean())
            if y.sum() < 2 or (~y).sum() < 2 or np.array_equal(a, b):
                continue
            z, p, interval, _, _, _, info = Delong_test(y, a, b)
            if info["method"] != "delong":
                continue
            self.hold(case, "DeLong interval, lower (MLstatkit)", found["interval"]["lower"], interval[0])
            self.hold(case, "DeLong interval, upper (MLstatkit)", found["interval"]["upper"], interval[1])
            self.hold(case, "variance of the difference (MLstatkit)", found["difference_variance"], info["var_diff"])
            self.hold(case, "p of the difference (MLstatkit)", found["p"], p)


class Asked:
    """What Osteon would have been asked for, in place of its figures."""

    def __init__(self, settings, path=()):
        self.settings, self.path = settings, path

    def __getitem__(self, member):
        return Asked(self.settings, (*self.path, member))


class Recorder(Check):
    """Writes the libraries' figures as a fixture instead of comparing them."""

    def __init__(self, folder):
        super().__init__(None, folder)
        self.cases, self.arrays = [], {}

    def begin(self, case, arrays, **settings):
        shape = next(iter(arrays.values())).shape
        self.cases.append({"name": case, "shape": shape, **settings, "wanted": []})
        for name, array in arrays.items():
            self.arrays[f"{case} {name}"] = np.packbits(array.reshape(-1)) if array.dtype == bool else array

    def run(self, *arguments):
        # Of scores there's a list of as many labels as there are columns.
        if "--scores" in arguments:
            return {"labels": [Asked({}, (label,)) for label in range(self.cases[-1]["shape"][1])]}
        named = {"--empty-masks": "empty_masks", "--hd95": "hd95", "--nsd-pieces": "pieces"}
        settings = {named[flag]: value for flag, value in zip(arguments, arguments[1:]) if flag in named}
        return {"structures": [Asked(settings)]}

    def hold(self, case, figure, got, wanted):
        text = "NaN" if math.isnan(wanted) else "Infinity" if math.isinf(wanted) else float(wanted)
        self.cases[-1]["wanted"].append([figure, got.settings, list(got.path), text])

    def write(self):
        self.cases = [case for case in self.cases if case["wanted"]]
        packages = ["MLstatkit", "monai", "numpy", "scikit-learn", "scipy", "surface-distance", "torch"]
        oracle_fixtures.write("metrics", packages, self.cases, self.arrays)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=120)
    parser.add_argument("--osteon", default=os.path.join(os.path.dirname(__file__), "../../.build/release/osteon"))
    parser.add_argument("--keep")
    parser.add_argument("--write-fixtures", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        check = Check(arguments.osteon, arguments.keep or temporary)
        if arguments.write_fixtures:
            arguments.cases, check = 36, Recorder(temporary)
        for case in mask_pairs(arguments.cases):
            check.masks(*case)
        random = np.random.default_rng(2)
        for index in range(max(4, arguments.cases // 6)):
            cases, labels = int(random.integers(3, 60 if arguments.write_fixtures else 400)), int(random.integers(1, 6))
            truth = random.random((cases, labels)) < random.uniform(0.05, 0.6)
            first = np.clip(truth * random.uniform(0, 0.5) + random.random((cases, labels)) * 0.6, 0, 1)
            second = np.clip(first + random.normal(0, 0.1, first.shape), 0, 1)
            if index % 2:
                first, second = first.round(1), second.round(1)  # ties
            check.scores(f"scores {index}", truth, first, second)
    if arguments.write_fixtures:
        return check.write()
    for figure, count in check.compared.items():
        print(f"{figure:45} {count:5} compared")
    for line in check.failed[:40]:
        print(line)
    print(f"{sum(check.compared.values())} figures, {len(check.failed)} beyond {TOLERANCE}")
    sys.exit(1 if check.failed else 0)


main()
