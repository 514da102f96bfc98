"""Writes the benchmark networks: MONAI's own definitions with seeded weights, as ONNX, with torch's outputs beside them.

    networks.py FOLDER [NAME…]

Each network becomes FOLDER/NAME.onnx (opset 17) and FOLDER/NAME.npz with the arrays `input` and `output`. Weights come
from torch's generator seeded with 0, batch statistics and affine parameters are drawn so that none is trivial, and the
input is NumPy's RandomState(0) noise: the same files on every machine with the same versions.
"""
import sys
import warnings

import numpy as np
import torch
from monai.networks.nets import AHNet, DenseNet121, SegResNet, UNet

warnings.filterwarnings("ignore")


def unet():
    return UNet(
        spatial_dims=3, in_channels=1, out_channels=2, channels=(16, 32, 64, 128, 256), strides=(2, 2, 2, 2), num_res_units=2,
        norm="batch")


def segresnet():
    return SegResNet(
        spatial_dims=3, init_filters=16, in_channels=4, out_channels=3, blocks_down=(1, 2, 2, 4), blocks_up=(1, 1, 1))


def ahnet():
    return AHNet(spatial_dims=3, in_channels=1, out_channels=3, psp_block_num=0, upsample_mode="transpose")


def densenet():
    return DenseNet121(spatial_dims=2, in_channels=3, out_channels=15)


NETWORKS = {
    "unet96": (unet, (1, 1, 96, 96, 96)),
    "segresnet96": (segresnet, (1, 4, 96, 96, 96)),
    "ahnet96": (ahnet, (1, 1, 96, 96, 96)),
    "densenet121": (densenet, (1, 3, 256, 256)),
}


def build(name):
    """The network in evaluation mode, and the shape of its input."""
    make, shape = NETWORKS[name]
    torch.manual_seed(0)
    model = make().eval()
    for module in model.modules():
        if isinstance(module, (torch.nn.BatchNorm2d, torch.nn.BatchNorm3d)):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.normal_(0, 0.1)
    return model, shape


def write(folder, name):
    model, shape = build(name)
    x = torch.from_numpy(np.random.RandomState(0).randn(*shape).astype(np.float32))
    with torch.inference_mode():
        y = model(x)
    np.savez(f"{folder}/{name}.npz", input=x.numpy(), output=y.numpy())
    torch.onnx.export(
        model, (x,), f"{folder}/{name}.onnx", input_names=["input"], output_names=["output"], opset_version=17, dynamo=False)
    print(f"{name}: {tuple(x.shape)} → {tuple(y.shape)}", file=sys.stderr)


if __name__ == "__main__":
    for chosen in sys.argv[2:] or NETWORKS:
        write(sys.argv[1], chosen)
