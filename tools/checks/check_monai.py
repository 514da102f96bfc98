"""Runs MONAI's networks with random weights through the release binary and compares with what MONAI computes.

  tools/check monai [--full] [--filter REGEX] [--osteon BINARY] [--keep FOLDER]
  tools/check monai --write-fixtures

Each case writes its state dict as a torch.save file (ZIP, from before PyTorch 1.6, or wrapped as trainers do) and as
safetensors, in turn, and gives the network to `osteon run` by name and arguments. --full adds networks of full width.
Fails where an output is off by more than 1e-4 of the reference's largest magnitude. With --write-fixtures nothing is compared: what
MONAI makes of weights that follow from seeds goes into fixtures/oracles/monai, which the tests read.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import warnings
from collections import OrderedDict

warnings.filterwarnings("ignore")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from monai.networks import nets
from safetensors.torch import save_file

import oracle_fixtures

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
TOLERANCE = 1e-4


def cases():
    """Name, arguments and input shape of each case."""
    small = {"spatial_dims": 2, "in_channels": 2, "out_channels": 3}
    deep = {"spatial_dims": 3, "in_channels": 1, "out_channels": 2}

    for size, common in (((2, 2, 32, 48), small), ((1, 1, 16, 24, 32), deep)):
        yield "SegResNet", {**common, "init_filters": 8}, size
        for mode in ("deconv", "nontrainable", "pixelshuffle"):
            yield "SegResNet", {**common, "init_filters": 8, "blocks_down": [1, 2, 1], "blocks_up": [1, 2], "upsample_mode": mode, "dropout_prob": 0.2}, size
        yield "SegResNet", {**common, "init_filters": 4, "norm": ["instance", {"affine": True}], "act": "PRELU", "blocks_down": [1, 1], "blocks_up": [1]}, size
        yield "SegResNet", {**common, "init_filters": 4, "norm": "BATCH", "act": ["leakyrelu", {"negative_slope": 0.2}], "blocks_down": [1, 1], "blocks_up": [1], "use_conv_final": False}, size
        yield "SegResNetVAE", {**common, "input_image_size": list(size[2:]), "init_filters": 8, "blocks_down": [1, 1, 1], "blocks_up": [1, 1], "vae_nz": 16}, size
    yield "SegResNet", {"norm_name": "group", "num_groups": 4, "init_filters": 4}, (1, 1, 16, 16, 16)

    for rank, size in ((1, (2, 2, 48)), (2, (2, 2, 32, 48)), (3, (1, 2, 16, 24, 32))):
        base = {"spatial_dims": rank, "in_channels": 2, "out_channels": 3, "channels": [4, 8, 16], "strides": [2, 2]}
        yield "UNet", base, size
        yield "UNet", {**base, "num_res_units": 2}, size
        yield "UNet", {**base, "num_res_units": 1, "act": "relu", "norm": "batch", "bias": False, "dropout": 0.1, "adn_ordering": "AND"}, size
        yield "UNet", {**base, "kernel_size": 5, "up_kernel_size": 5, "num_res_units": 3, "out_channels": 2, "norm": ["group", {"num_groups": 2}]}, size
    for ordering in ("NA", "AN", "N", "A", "DNA", "NAD"):
        yield "UNet", {"spatial_dims": 2, "in_channels": 1, "out_channels": 2, "channels": [4, 8], "strides": [2], "adn_ordering": ordering, "norm": ["instance", {"affine": True, "track_running_stats": ordering == "NA"}]}, (1, 1, 16, 16)
    yield "UNet", {"spatial_dims": 3, "in_channels": 1, "out_channels": 2, "channels": [4, 8, 8, 16], "strides": [[2, 2, 1], 2, 1], "kernel_size": [3, 3, 1], "up_kernel_size": [3, 1, 3], "num_res_units": 2}, (1, 1, 16, 16, 8)
    for act in ("relu6", "selu", "celu", "gelu", "sigmoid", "tanh", "swish", "memswish", "mish", "elu", ["prelu", {"num_parameters": 1, "init": 0.3}], ["gelu", {"approximate": "tanh"}], ["softmax", {"dim": 1}], ["logsoftmax", {"dim": 1}], ["elu", {"alpha": 0.5}]):
        yield "UNet", {"spatial_dims": 2, "in_channels": 1, "out_channels": 2, "channels": [4, 4], "strides": [2], "act": act}, (1, 1, 16, 16)
    yield "UNet", {"spatial_dims": 2, "in_channels": 1, "out_channels": 2, "channels": [4, 4, 4], "strides": [1, 2], "norm": ["syncbatch", {"eps": 0.01}]}, (1, 1, 16, 16)

    for rank, size in ((1, (1, 2, 53)), (2, (1, 2, 37, 50)), (3, (1, 2, 33, 16, 18))):
        features = {"spatial_dims": rank, "in_channels": 2, "features": [4, 4, 6, 8, 10, 6]}
        for mode in ("deconv", "nontrainable", "pixelshuffle", "deconvgroup"):
            yield "BasicUNet", {**features, "upsample": mode}, size
        yield "BasicUNet", {**features, "act": "prelu", "norm": "batch", "bias": False, "dropout": 0.3}, size

    for rank, size in ((2, (1, 2, 32, 48)), (3, (1, 2, 16, 32, 24))):
        base = {"spatial_dims": rank, "in_channels": 2, "out_channels": 3, "filters": [4, 8, 8, 12], "strides": [1, 2, 2, 2], "kernel_size": [3, 3, 3, 3], "upsample_kernel_size": [2, 2, 2]}
        yield "DynUNet", base, size
        yield "DynUNet", {**base, "res_block": True, "trans_bias": True, "norm_name": "instance"}, size
        yield "DynUNet", {**base, "deep_supervision": True, "deep_supr_num": 2, "norm_name": ["batch", {}], "act_name": "relu"}, size
    yield "DynUNet", {"spatial_dims": 3, "in_channels": 1, "out_channels": 2, "filters": [4, 6, 8], "kernel_size": [[3, 3, 1], [3, 3, 3], [5, 3, 1]], "strides": [[1, 1, 1], [2, 2, 1], [2, 2, 2]], "upsample_kernel_size": [[2, 2, 1], [2, 2, 2]], "res_block": True, "norm_name": ["group", {"num_groups": 2}]}, (1, 1, 16, 16, 8)

    for rank, size in ((2, (1, 1, 32, 32)), (3, (1, 1, 16, 32, 16))):
        yield "VNet", {"spatial_dims": rank}, size
        yield "VNet", {"spatial_dims": rank, "in_channels": 2, "out_channels": 3, "act": "prelu", "bias": True}, (1, 2) + size[2:]
    yield "VNet", {"spatial_dims": 2, "in_channels": 4, "act": ["relu", {"inplace": True}], "dropout_prob_down": None}, (2, 4, 16, 32)

    for mode in ("transpose", "trilinear", "nearest"):
        for blocks in (0, 2) if mode != "transpose" else (0, 1, 3):
            yield "AHNet", {"layers": [1, 2, 1, 1], "spatial_dims": 3, "in_channels": 2, "out_channels": 3, "psp_block_num": blocks, "upsample_mode": mode}, (1, 2, 64, 64, 32)
    for mode in ("transpose", "bilinear", "nearest"):
        yield "AHNet", {"layers": [1, 1, 2, 1], "spatial_dims": 2, "in_channels": 1, "out_channels": 2, "psp_block_num": 2, "upsample_mode": mode}, (1, 1, 64, 128)

    for rank, size in ((1, (2, 2, 48)), (2, (1, 2, 32, 48)), (3, (1, 2, 16, 24, 32))):
        base = {"spatial_dims": rank, "in_channels": 2, "out_channels": 3, "init_filters": 4}
        yield "SegResNetDS", base, size
        yield "SegResNetDS", {**base, "blocks_down": [1, 2, 1], "blocks_up": [2, 1], "norm": "INSTANCE", "dsdepth": 2, "act": "leakyrelu"}, size
        yield "SegResNetDS", {**base, "blocks_down": [1, 1, 1, 1], "upsample_mode": "nontrainable", "resolution": [1.0, 0.5, 3.7][:rank]}, size
    yield "SegResNetDS", {"init_filters": 4, "blocks_down": [1, 1, 1, 1, 1], "resolution": [5.0, 0.7, 0.7], "norm": ["group", {"num_groups": 2}]}, (1, 1, 8, 32, 32)
    yield "SegResNetDS", {"init_filters": 4, "blocks_down": [1, 1], "upsample_mode": "pixelshuffle"}, (1, 1, 8, 8, 8)
    yield "SegResNetDS", {"init_filters": 4, "blocks_down": [2]}, (1, 1, 8, 8, 8)

    for rank, size in ((1, (2, 2, 48)), (2, (2, 2, 32, 48)), (3, (1, 2, 16, 24, 32))):
        base = {"spatial_dims": rank, "in_channels": 2, "out_channels": 3, "channels": [4, 8, 16], "strides": [2, 2]}
        yield "AttentionUnet", base, size
        yield "AttentionUnet", {**base, "channels": [4, 6], "strides": [2], "kernel_size": 5, "up_kernel_size": 5, "dropout": 0.1}, size

    for rank, size in ((1, (2, 2, 48)), (2, (1, 2, 32, 24)), (3, (1, 2, 12, 16, 10))):
        layers = [
            {"name": "conv_0", "n_features": 4, "kernel_size": 3}, {"name": "res_1", "n_features": 4, "kernels": [3, 3], "repeat": 2},
            {"name": "res_2", "n_features": 7, "kernels": [3, 5], "repeat": 1}, {"name": "conv_1", "n_features": 8, "kernel_size": 1},
            {"name": "conv_2", "kernel_size": 3}]
        base = {"spatial_dims": rank, "in_channels": 2, "out_channels": 3, "layer_params": layers}
        yield "HighResNet", base, size
        yield "HighResNet", {**base, "channel_matching": "project", "bias": True, "norm_type": "instance", "acti_type": "prelu", "dropout_prob": 0.2}, size
    yield "HighResNet", {"in_channels": 1, "out_channels": 4}, (1, 1, 16, 16, 16)

    for size in ((1, 2, 32, 48), (1, 2, 32, 48, 32)):
        base = {"in_channels": 2, "out_channels": 3, "img_size": list(size[2:]), "spatial_dims": len(size) - 2, "feature_size": 4, "hidden_size": 24, "mlp_dim": 48, "num_heads": 4}
        yield "UNETR", base, size
        yield "UNETR", {**base, "proj_type": "perceptron", "qkv_bias": True, "norm_name": "batch"}, size
        yield "UNETR", {**base, "conv_block": False, "res_block": False, "norm_name": ["instance", {"affine": True}]}, (2,) + size[1:]

    for size in ((1, 2, 64, 96), (1, 1, 64, 32, 64)):
        base = {"in_channels": size[1], "out_channels": 3, "img_size": list(size[2:]), "spatial_dims": len(size) - 2, "feature_size": 12}
        yield "SwinUNETR", {**base, "use_checkpoint": True}, size
        yield "SwinUNETR", {**base, "use_v2": True, "downsample": "mergingv2", "window_size": 4, "depths": [2, 1, 3, 1], "patch_norm": True}, (2,) + size[1:]
        yield "SwinUNETR", {**base, "normalize": False, "qkv_bias": False, "mlp_ratio": 2.0, "norm_name": "batch", "window_size": [3, 5, 4][: len(size) - 2]}, size

    for rank, size in ((1, (2, 2, 64)), (2, (2, 2, 64, 96)), (3, (1, 2, 32, 64, 32))):
        base = {"spatial_dims": rank, "in_channels": 2, "out_channels": 5, "init_features": 8, "growth_rate": 4}
        yield "DenseNet", {**base, "block_config": [2, 3, 2], "bn_size": 2}, size
        yield "DenseNet121", base, size
        yield "DenseNet", {**base, "block_config": [1, 2], "act": "leakyrelu", "norm": ["instance", {"affine": True}], "dropout_prob": 0.2}, size
    for name in ("DenseNet169", "DenseNet201", "DenseNet264"):
        yield name, {"spatial_dims": 2, "in_channels": 1, "out_channels": 2, "init_features": 4, "growth_rate": 2}, (1, 1, 64, 64)

    for rank, size in ((1, (1, 2, 64)), (2, (1, 2, 64, 32)), (3, (1, 2, 16, 32, 16))):
        base = {"spatial_dims": rank, "n_input_channels": 2, "num_classes": 4}
        for block in ("basic", "bottleneck"):
            small = {**base, "block": block, "layers": [1, 2, 1, 1], "block_inplanes": [4, 8, 8, 12]}
            yield "ResNet", small, size
            yield "ResNet", {**small, "shortcut_type": "A", "conv1_t_size": [3, 5, 7][:rank], "conv1_t_stride": [2, 1, 2][:rank], "no_max_pool": True}, size
            yield "ResNet", {**small, "bias_downsample": False, "feed_forward": False, "widen_factor": 1.5, "norm": ["group", {"num_groups": 3}], "act": "elu"}, size
    for name in ("resnet10", "resnet18"):
        yield name, {"spatial_dims": 2, "n_input_channels": 1, "num_classes": 2, "widen_factor": 0.25}, (1, 1, 64, 64)
    for name in ("resnet34", "resnet50", "resnet101", "resnet152", "resnet200"):
        yield name, {"spatial_dims": 2, "n_input_channels": 1, "num_classes": 2, "widen_factor": 0.0625}, (1, 1, 64, 64)


def full_cases():
    yield "DenseNet121", {"spatial_dims": 3, "in_channels": 1, "out_channels": 2}, (1, 1, 64, 64, 64)
    yield "DenseNet121", {"spatial_dims": 2, "in_channels": 3, "out_channels": 15}, (1, 3, 256, 256)
    yield "SegResNet", {"spatial_dims": 3, "in_channels": 4, "out_channels": 3, "init_filters": 16, "dropout_prob": 0.2}, (1, 4, 96, 96, 96)
    yield "SegResNet", {"blocks_down": [1, 2, 2, 4], "blocks_up": [1, 1, 1], "init_filters": 32, "in_channels": 1, "out_channels": 105}, (1, 1, 64, 64, 64)
    yield "UNet", {"spatial_dims": 3, "in_channels": 1, "out_channels": 2, "channels": [16, 32, 64, 128, 256], "strides": [2, 2, 2, 2], "num_res_units": 2, "norm": "batch"}, (1, 1, 96, 96, 96)
    yield "AHNet", {"spatial_dims": 3, "in_channels": 1, "out_channels": 2, "psp_block_num": 4}, (1, 1, 128, 128, 64)
    yield "DynUNet", {"spatial_dims": 3, "in_channels": 4, "out_channels": 4, "kernel_size": [3] * 6, "strides": [1, 2, 2, 2, 2, 2], "upsample_kernel_size": [2] * 5}, (1, 4, 64, 64, 64)
    yield "BasicUNet", {"spatial_dims": 3, "in_channels": 1, "out_channels": 2}, (1, 1, 64, 64, 64)
    yield "UNETR", {"in_channels": 1, "out_channels": 5, "img_size": 96}, (1, 1, 96, 96, 96)
    yield "SwinUNETR", {"in_channels": 1, "out_channels": 14, "img_size": 96, "feature_size": 48}, (1, 1, 96, 96, 96)
    yield "resnet50", {"spatial_dims": 3, "n_input_channels": 1, "num_classes": 3, "bias_downsample": False}, (1, 1, 64, 64, 64)


def network(name, arguments, seed):
    """MONAI's network with random weights and statistics, in evaluation mode."""
    torch.manual_seed(seed)
    tuples = {key: to_tuples(value) for key, value in arguments.items()}
    if name.startswith("DenseNet") or name.lower().startswith("resnet"):
        tuples = {key: list(value) if key in ("layers", "block_inplanes") else value for key, value in tuples.items()}
    if name == "SwinUNETR":
        tuples.pop("img_size")  # MONAI takes it from the input
    model = getattr(nets, name)(**tuples).eval()
    with torch.no_grad():
        for module in model.modules():
            for statistic, low, high in (("running_mean", -0.2, 0.2), ("running_var", 0.5, 1.5)):
                if getattr(module, statistic, None) is not None:
                    getattr(module, statistic).uniform_(low, high)
            if isinstance(module, (torch.nn.GroupNorm, torch.nn.modules.batchnorm._NormBase)) and module.weight is not None:
                module.weight.uniform_(0.5, 1.5)
                module.bias.uniform_(-0.3, 0.3)
            if isinstance(module, torch.nn.LayerNorm):
                module.weight.uniform_(0.5, 1.5)
                module.bias.uniform_(-0.3, 0.3)
            for table in ("relative_position_bias_table", "position_embeddings"):
                if getattr(module, table, None) is not None:
                    getattr(module, table).normal_(0, 0.5)
            if isinstance(module, torch.nn.PReLU):
                module.weight.uniform_(0.05, 0.5)
    return model


def to_tuples(value):
    """JSON's lists as the tuples MONAI's constructors take; pairs of name and dict too."""
    return tuple(map(to_tuples, value)) if isinstance(value, list) else value


FORMATS = ("zip", "legacy", "safetensors", "wrapped")


def save(model, kind, folder):
    """Writes the state dict in one of the FORMATS."""
    state = model.state_dict()
    if kind == "safetensors":
        path = os.path.join(folder, "weights.safetensors")
        save_file({name: tensor.clone().contiguous() for name, tensor in state.items()}, path)
        return path
    path = os.path.join(folder, "weights.pt")
    if kind == "wrapped":
        wrapped = OrderedDict(("module." + name, tensor) for name, tensor in state.items())
        torch.save({"epoch": 3, "state_dict": wrapped, "best": np.float64(0.5), "optimizer": {"state": {}, "param_groups": [{"lr": 1e-4}]}}, path)
    else:
        torch.save(state, path, _use_new_zipfile_serialization=kind == "zip")
    return path


def architecture(name, arguments):
    pairs = [f"{key}={json.dumps(value, separators=(',', ':'))}" for key, value in arguments.items()]
    return name + (":" + ",".join(pairs) if pairs else "")


def check(osteon, folder, name, arguments, size, kind, seed):
    """The largest difference relative to the reference's largest magnitude, or what went wrong."""
    model = network(name, arguments, seed)
    x = torch.from_numpy(np.random.RandomState(seed).randn(*size).astype(np.float32))
    with torch.inference_mode():
        wanted = model(x)
    wanted = (wanted[0] if isinstance(wanted, tuple) else wanted).numpy()
    path = save(model, kind, folder)
    np.save(os.path.join(folder, "input.npy"), x.numpy())
    output = os.path.join(folder, "output.npy")
    if os.path.exists(output):
        os.remove(output)
    command = [osteon, "run", path, "--architecture", architecture(name, arguments), "--input", f"input={folder}/input.npy", "--output-dir", folder]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        return result.stderr.strip() or f"exit code {result.returncode}"
    got = np.load(output)
    if got.shape != wanted.shape:
        return f"shape {got.shape} instead of {wanted.shape}"
    if not np.isfinite(got).all():
        return "not finite"
    return float(np.abs(got - wanted).max() / np.abs(wanted).max())


def bounds(module, name, shape):
    """Least and greatest value of a weight that's made from a seed."""
    if name in ("running_mean", "running_var"):
        return (-0.2, 0.2) if name == "running_mean" else (0.5, 1.5)
    if isinstance(module, (torch.nn.GroupNorm, torch.nn.LayerNorm, torch.nn.modules.batchnorm._NormBase)):
        return (0.5, 1.5) if name == "weight" else (-0.3, 0.3)
    if isinstance(module, torch.nn.PReLU):
        return 0.05, 0.5
    if name in ("relative_position_bias_table", "position_embeddings") or len(shape) < 2:
        return -0.5, 0.5
    reach = round((6 / np.prod(shape[1:])) ** 0.5, 4)
    return -reach, reach


def seeded(model, seed):
    """Gives the network weights that follow from a seed; name, shape, bounds and seed of each."""
    owners, listed, state, known = dict(model.named_modules(remove_duplicate=False)), [], {}, {}
    for key, tensor in model.state_dict().items():
        if not tensor.is_floating_point():
            continue
        owner, _, name = key.rpartition(".")
        low, high = bounds(owners[owner], name, tensor.shape)
        # Modules that are used twice have one weight under two names.
        place = known.setdefault(tensor.data_ptr(), seed + len(known) + 1)
        state[key] = torch.from_numpy(oracle_fixtures.noise(tuple(tensor.shape), place, low, high))
        listed.append([key, list(tensor.shape), low, high, place])
    model.load_state_dict(state, strict=False)
    return listed


def write_fixtures():
    """The networks that are small, each with its weights' names, shapes, bounds and seeds, and a summary of its output."""
    listed, arrays = [], {}
    # How many of the networks that have no small form are kept, in two dimensions.
    wide = {"AHNet": 1, "SwinUNETR": 3, "VNet": 1}
    for index, (name, arguments, size) in enumerate(cases()):
        model = network(name, arguments, index)
        if sum(parameter.numel() for parameter in model.parameters()) > 420_000 or np.prod(size) > 100_000:
            if len(size) != 4 or not wide.get(name):
                continue
            wide[name] -= 1
        seed = (index + 1) << 32
        weights = seeded(model, seed)
        with torch.inference_mode():
            wanted = model(torch.from_numpy(oracle_fixtures.noise(size, seed)))
        wanted = (wanted[0] if isinstance(wanted, tuple) else wanted).numpy()
        title = f"{index} {name}"
        listed.append({"name": title, "architecture": architecture(name, arguments), "input": list(size), "seed": seed, "shape": list(wanted.shape), "largest": float(np.abs(wanted).max())})
        # As text in the archive, where it's compressed.
        arrays[f"{title} weights"] = np.frombuffer(json.dumps(weights, separators=(",", ":")).encode(), np.uint8)
        arrays[f"{title} output"] = oracle_fixtures.summary(wanted)
    oracle_fixtures.write("monai", ["monai", "numpy", "torch"], listed, arrays)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--filter", default="")
    parser.add_argument("--osteon", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", ".build", "release", "osteon"))
    parser.add_argument("--keep")
    parser.add_argument("--write-fixtures", action="store_true")
    options = parser.parse_args()
    if options.write_fixtures:
        return write_fixtures()
    listed = list(cases()) + (list(full_cases()) if options.full else [])
    failures, worst, count = 0, 0.0, 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or temporary
        os.makedirs(folder, exist_ok=True)
        for index, (name, arguments, size) in enumerate(listed):
            title = architecture(name, arguments)
            if not re.search(options.filter, title):
                continue
            count += 1
            kind = FORMATS[index % len(FORMATS)]
            error = check(options.osteon, folder, name, arguments, size, kind, index)
            isGood = isinstance(error, float) and error <= TOLERANCE
            failures += not isGood
            if isinstance(error, float):
                worst = max(worst, error)
                error = f"{error:.1e}"
            print(f"{'ok  ' if isGood else 'FAIL'} {error}  {kind}  {title}  {list(size)}", flush=True)
    print(f"{count - failures} of {count} agree; the largest difference is {worst:.1e} of the largest magnitude")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
