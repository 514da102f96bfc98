"""Holds real checkpoints, SavedModels and Keras files to their frameworks' own outputs.

    archives.py OSTEON FOLDER WORK            compares; ends with 1 where one misses 1e-4
    archives.py --make FOLDER                 writes archives.npz anew (needs tensorflow-cpu 2.x and tf_keras)

Inputs are a fixed formula; archives.npz holds what TensorFlow computed for them, thinned out.
"""
import os
import subprocess
import sys

import numpy as np

REFERENCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "archives.npz")


def pattern(*shape):
    """Waves of different lengths along the axes, from 0 to 1."""
    places = np.indices(shape).astype(np.float64)
    wave = sum(np.sin(places[axis] * (0.9 / (axis + 1)) + axis) for axis in range(len(shape)))
    return ((wave - wave.min()) / (wave.max() - wave.min())).astype(np.float32)


# name: (path below the folder, input, its shape, output, how far the output is thinned out)
MODELS = {
    "axondeepseg": ("axondeepseg", "input", (1, 512, 512), "prob_maps/Reshape_1", 8),
    "epyseg": ("epyseg/surface_projection_model", "input_1", (1, 32, 64, 64, 1), "lambda_2", 1),
    "fer": ("fer/emotion_model.hdf5", "input_1", (2, 64, 64, 1), "predictions", 1),
}


def thinned(array, step):
    return array[:, ::step, ::step] if step > 1 else array


def tensorflow_outputs(folder):
    import tensorflow as tf
    tf1 = tf.compat.v1
    prefix = f"{folder}/axondeepseg/model.ckpt"
    _, name, shape, output, _ = MODELS["axondeepseg"]
    meta = tf1.MetaGraphDef.FromString(open(prefix + ".meta", "rb").read())
    # TensorFlow refuses the whole graph for the shapes noted at its gradients.
    graph = tf1.graph_util.extract_sub_graph(meta.graph_def, [output])
    for node in graph.node:
        node.attr.pop("_output_shapes", None)
    values = tf.train.load_checkpoint(prefix)
    with tf.Graph().as_default() as made:
        tf.import_graph_def(graph, name="")
        feeds = {f"{node.name}/read:0": values.get_tensor(node.name) for node in graph.node if node.op == "VariableV2"}
        feeds |= {f"{name}:0": pattern(*shape), "training_phase:0": False}
        with tf1.Session(graph=made) as session:
            yield "axondeepseg", session.run(f"{output}:0", feeds)
    path, name, shape, output, _ = MODELS["epyseg"]
    serve = tf.saved_model.load(f"{folder}/{path}").signatures["serving_default"]
    yield "epyseg", serve(**{name: tf.constant(pattern(*shape))})[output].numpy()
    import tf_keras
    path, _, shape, _, _ = MODELS["fer"]
    yield "fer", tf_keras.models.load_model(f"{folder}/{path}", compile=False).predict(pattern(*shape), verbose=0)


def make(folder):
    np.savez_compressed(REFERENCE, **{name: thinned(array, MODELS[name][4]) for name, array in tensorflow_outputs(folder)})


def compare(osteon, folder, work):
    reference = np.load(REFERENCE)
    ok = True
    for name, (path, feed, shape, output, step) in MODELS.items():
        if not os.path.exists(f"{folder}/{path}"):
            print(f"  {name} is skipped: {folder}/{path} isn't there")
            continue
        np.save(f"{work}/{name}.npy", pattern(*shape))
        native = f"{work}/{name}.osteon"
        done = subprocess.run([osteon, "convert", f"{folder}/{path}", "-o", native, "--quiet"], capture_output=True, text=True)
        done = done if done.returncode else subprocess.run(
            [osteon, "run", native, "--input", f"{feed}={work}/{name}.npy", "--output-dir", f"{work}/{name}"], capture_output=True, text=True)
        if done.returncode:
            print(f"  {name}: {done.stderr.strip()}")
            ok = False
            continue
        file = "".join(c if c.isalnum() or c in "._-" else "_" for c in output) + ".npy"
        error = float(np.abs(thinned(np.load(f"{work}/{name}/{file}"), step) - reference[name]).max())
        print(f"  {name}: max error {error:.1e} (1e-4) {'ok' if error <= 1e-4 else 'MISSED'}")
        ok = ok and error <= 1e-4
    sys.exit(0 if ok else 1)


if __name__ == "__main__":
    make(sys.argv[2]) if sys.argv[1] == "--make" else compare(*sys.argv[1:4])
