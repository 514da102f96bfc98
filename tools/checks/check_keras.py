"""Runs networks of keras.applications and 3DUnetCNN with random weights through the release binary and compares with Keras.

  tools/check keras [--filter REGEX] [--osteon BINARY] [--keep FOLDER]
  tools/check keras --write-fixtures

Each case saves its weights alone and names the network with --architecture. Fails where an output is off by more than
1e-4 of the reference's largest magnitude. With --write-fixtures nothing is compared: weights that compress well and what Keras makes of
them on small inputs go into fixtures/oracles/keras, which the tests read.
"""

import argparse
import logging
import os
import re
import subprocess
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
# Convolutions with channels first need oneDNN, which TensorFlow leaves out by itself on older processors.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
logging.disable(logging.WARNING)
HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

import h5py
import numpy as np
import tf_keras

sys.path.append(os.path.join(HERE, "fixtures"))
import keras_layers
import oracle_fixtures

applications, L = tf_keras.applications, tf_keras.layers


def old_resnet50(pool1_pad=True, size=224):
    """ResNet50 as it was up to Keras 2.2.4, whose layers are called res2a_branch2a."""
    def normal(x, filters, kernel, place, stride=1):
        x = L.Conv2D(filters, kernel, strides=stride, padding="same" if kernel == 3 else "valid", name="res" + place)(x)
        return L.BatchNormalization(name="bn" + place)(x)

    inputs = tf_keras.Input((size, size, 3))
    x = L.Conv2D(64, 7, strides=2, name="conv1")(L.ZeroPadding2D(3)(inputs))
    x = L.Activation("relu")(L.BatchNormalization(name="bn_conv1")(x))
    x = L.MaxPooling2D(3, strides=2)(L.ZeroPadding2D(1)(x) if pool1_pad else x)
    for stage, count in enumerate((3, 4, 6, 3)):
        for block in range(count):
            place, filters, stride = f"{stage + 2}{'abcdef'[block]}_branch", 64 << stage, 2 if stage and not block else 1
            y = L.Activation("relu")(normal(x, filters, 1, place + "2a", stride))
            y = L.Activation("relu")(normal(y, filters, 3, place + "2b"))
            y = normal(y, 4 * filters, 1, place + "2c")
            x = L.Activation("relu")(L.Add()([y, x if block else normal(x, 4 * filters, 1, place + "1", stride)]))
    return tf_keras.Model(inputs, L.Dense(1000, activation="softmax", name="fc1000")(L.GlobalAveragePooling2D()(x)))


def unet(**settings):
    return tf_keras.Model(*keras_layers.unet(tf_keras, **settings))


CASES = {
    **{name.lower(): (name.lower(), lambda name=name: getattr(applications, name)(weights=None))
       for name in ("DenseNet121", "DenseNet169", "DenseNet201", "ResNet50", "ResNet101", "ResNet152", "VGG16", "VGG19", "MobileNet")},
    "resnet50-notop": ("resnet50:pooling=avg", lambda: applications.ResNet50(weights=None, include_top=False, pooling="avg")),
    "vgg16-notop": ("vgg16:input_shape=[64,96,3]", lambda: applications.VGG16(weights=None, include_top=False, input_shape=(64, 96, 3))),
    "mobilenet-small": ("mobilenet:alpha=0.25,classes=7", lambda: applications.MobileNet(weights=None, alpha=0.25, classes=7)),
    "resnet50-old": ("resnet50", old_resnet50),
    "resnet50-older": ("resnet50:pool1_pad=false", lambda: old_resnet50(False)),
    "unet3d": ("unet3d:n_base_filters=8,input_shape=[2,16,16,16],depth=3", lambda: unet(filters=8, size=16, channels_first=True, batch=False)),
    "unet3d-batch": ("unet3d:n_base_filters=8,input_shape=[2,16,16,16],depth=4,deconvolution=true,batch_normalization=true",
                     lambda: unet(filters=8, depth=4, size=16, channels_first=True, deconvolution=True)),
    "unet2d": ("unet2d:n_base_filters=8,input_shape=[32,32,2],depth=3,data_format=channels_last,batch_normalization=true",
               lambda: unet(rank=2, filters=8, size=32)),
}


# The networks as fixtures: on small images, and without the layers that are all weights.
SMALL = {"weights": None, "include_top": False, "input_shape": (64, 64, 3)}
KEPT = {
    "densenet121": ("densenet121:input_shape=[64,64,3],pooling=avg", lambda: applications.DenseNet121(**SMALL, pooling="avg")),
    "mobilenet": ("mobilenet:alpha=0.25,classes=7,input_shape=[64,64,3]", lambda: applications.MobileNet(weights=None, alpha=0.25, classes=7, input_shape=(64, 64, 3))),
    "resnet50": ("resnet50:input_shape=[64,64,3],pooling=max", lambda: applications.ResNet50(**SMALL, pooling="max")),
    "resnet50-old": ("resnet50:input_shape=[64,64,3]", lambda: old_resnet50(size=64)),
    "vgg16": ("vgg16:input_shape=[64,64,3]", lambda: applications.VGG16(**SMALL)),
    **{name: case for name, case in CASES.items() if name.startswith("unet")},
    "resnet50-older": ("resnet50:input_shape=[64,64,3],pool1_pad=false", lambda: old_resnet50(False, size=64)),
}
# Networks that have another's weights and only differ in layers without any.
SHARED = {"resnet50-older": "resnet50-old"}


def repeating(model):
    """Gives the model weights that repeat after 97 numbers, which take gzip next to nothing."""
    for index, layer in enumerate(layer for layer in model.layers if layer.weights):
        weights = []
        for place, variable in enumerate(layer.weights):
            shape, kind = tuple(variable.shape), variable.name.split("/")[-1].split(":")[0]
            reach = (6 / max(1, np.prod(shape[:-1]))) ** 0.5
            low, high = {"gamma": (0.2, 0.6), "moving_variance": (0.5, 1.5)}.get(kind, (-reach, reach) if len(shape) > 1 else (-0.2, 0.2))
            weights.append(np.resize(oracle_fixtures.noise((97,), index * 16 + place, low, high), shape))
        layer.set_weights(weights)


def copied(path, destination):
    """The file in HDF5's newest form, which takes least beside the weights."""
    with h5py.File(path) as source, h5py.File(destination, "w", libver="latest") as result:
        def copy(name, item):
            made = result.require_group(name) if isinstance(item, h5py.Group) else result.create_dataset(name, data=item[()])
            for key, value in item.attrs.items():
                made.attrs[key] = value
        for key, value in source.attrs.items():
            result.attrs[key] = value
        source.visititems(copy)


def write_fixtures():
    cases, arrays = [], {}
    for index, (name, (architecture, make)) in enumerate(KEPT.items()):
        tf_keras.backend.clear_session()
        model = make()
        repeating(model)
        shape = [1] + [extent or 64 for extent in model.inputs[0].shape[1:]]
        wanted = np.asarray(model(oracle_fixtures.noise(shape, index), training=False))
        with tempfile.TemporaryDirectory() as temporary:
            model.save_weights(f"{temporary}/weights.h5")
            copied(f"{temporary}/weights.h5", f"{temporary}/copied.h5")
            with open(f"{temporary}/copied.h5", "rb") as file:
                content = np.frombuffer(file.read(), np.uint8)
            # As an archive in the archive: what repeats compresses twice.
            np.savez_compressed(f"{temporary}/weights.npz", weights=content)
            with open(f"{temporary}/weights.npz", "rb") as file:
                weights = np.frombuffer(file.read(), np.uint8)
        key = f"file {SHARED.get(name, name)}"
        arrays.setdefault(key, weights)
        cases.append({"name": name, "file": key, "architecture": architecture, "input": shape, "seed": index, "shape": wanted.shape, "largest": float(np.abs(wanted).max())})
        arrays[name] = oracle_fixtures.summary(wanted)
    oracle_fixtures.write("keras", ["h5py", "numpy", "tensorflow-cpu", "tf_keras"], cases, arrays)


def check(name, architecture, make, osteon, folder):
    tf_keras.backend.clear_session()
    tf_keras.utils.set_random_seed(1)
    model, random = make(), np.random.default_rng(0)
    for layer in model.layers:
        if isinstance(layer, L.BatchNormalization):
            shape = layer.get_weights()[0].shape
            layer.set_weights([random.uniform(0.5, 1.5, shape), random.normal(0, 0.1, shape), random.normal(0, 0.1, shape),
                               random.uniform(0.5, 1.5, shape)])
    weights, reference = os.path.join(folder, name + ".h5"), os.path.join(folder, name + ".npz")
    model.save_weights(weights)
    x = random.standard_normal([1] + [extent or 64 for extent in model.inputs[0].shape[1:]]).astype(np.float32)
    listing = subprocess.run([osteon, "inspect", weights, "--architecture", architecture], capture_output=True, text=True)
    output = re.search(r"^output\s+(\S+):", listing.stdout, re.M)
    if not output:
        return listing.stderr.strip()
    np.savez(reference, input_1=x, **{output[1]: np.asarray(model(x, training=False))})
    result = subprocess.run(
        [osteon, "verify", weights, "--architecture", architecture, "--reference", reference], capture_output=True, text=True)
    print(f"{name:16} {' '.join(result.stdout.splitlines()[-2].split()[1:3]) if result.returncode == 0 else 'FAILED'}", flush=True)
    return "" if result.returncode == 0 else result.stdout + result.stderr


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--filter", default="")
    parser.add_argument("--osteon", default=os.path.join(HERE, "..", ".build", "release", "osteon"))
    parser.add_argument("--keep")
    parser.add_argument("--write-fixtures", action="store_true")
    options = parser.parse_args()
    if options.write_fixtures:
        return write_fixtures()
    failures = []
    for name, (architecture, make) in CASES.items():
        if not re.search(options.filter, name):
            continue
        with tempfile.TemporaryDirectory() as temporary:
            folder = options.keep or temporary
            os.makedirs(folder, exist_ok=True)
            problem = check(name, architecture, make, options.osteon, folder)
        if problem:
            failures.append(name)
            print(f"{name}: {problem}")
    sys.exit(f"{len(failures)} failed: {', '.join(failures)}" if failures else 0)


if __name__ == "__main__":
    main()
