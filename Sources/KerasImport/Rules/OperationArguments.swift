import Bytes

/// The arguments that operations read by name. What isn't read is refused: leaving `transpose_b` out would be another network.
enum OperationArguments {
    private static let reductions = ["axis", "keepdims"]

    /// Settings by operation, besides the tensors and the name.
    private static let settings: [String: [String]] = [
        "mean": reductions, "sum": reductions, "max": reductions, "min": reductions, "prod": reductions, "logsumexp": reductions,
        "any": reductions, "all": reductions, "std": reductions, "var": reductions, "concatenate": ["values", "xs", "arrays", "axis"],
        "matmul": ["transpose_a", "transpose_b", "adjoint_a", "adjoint_b"], "gelu": ["approximate"],
        "leakyrelu": ["alpha", "negative_slope"], "softmax": ["axis"], "logsoftmax": ["axis"], "transpose": ["perm", "axes"],
        "reshape": ["shape", "newshape"], "expanddims": ["axis"], "squeeze": ["axis"],
        "clip": ["clip_value_min", "clip_value_max", "x_min", "x_max"], "cast": ["dtype", "DstT"], "getitem": ["slice_spec", "key"],
        "split": ["axis", "indices_or_sections", "num_or_size_splits"], "stack": ["values", "arrays", "axis"],
        "unstack": ["axis", "num"], "pad": ["paddings", "pad_width", "mode", "constant_values"], "tile": ["multiples", "repeats"],
        "gather": ["params", "indices", "axis"], "take": ["indices", "axis"], "flip": ["axis"], "where": ["x1", "x2"],
        "einsum": ["equation", "subscripts"], "argmax": ["axis", "output_type", "keepdims"], "argmin": ["axis", "output_type", "keepdims"],
        "cumsum": ["axis", "exclusive", "reverse"], "l2normalize": ["axis", "epsilon"],
        "depthtospace": ["block_size", "data_format"], "spacetodepth": ["block_size", "data_format"],
        "resize": ["size", "method", "interpolation", "antialias", "data_format"], "broadcastto": ["shape"],
        "swapaxes": ["axis1", "axis2"],
        "zeroslike": ["dtype"], "oneslike": ["dtype"], "converttotensor": ["dtype", "sparse", "ragged"],
        "moveaxis": ["source", "destination"], "shape": ["out_type"],
    ]

    /// Arguments that change nothing where they have these values.
    private static let idle: [String: [JSONValue]] = [
        "conjugate": [false], "adjoint_a": [false], "adjoint_b": [false], "validate_indices": [nil], "batch_dims": [0],
        "preserve_aspect_ratio": [false], "crop_to_aspect_ratio": [false], "pad_to_aspect_ratio": [false], "a_is_sparse": [false],
        "b_is_sparse": [false], "out_type": ["int32", "int64"],
    ]

    /// - Throws: `.unsupported` for an argument given by name that the operation's rule doesn't read.
    static func check(_ call: LayerCall, of operation: String) throws(OsteonError) {
        let read = OperationRules.names.flatMap { $0 } + ["name", "training"] + (settings[operation] ?? [])
        for (name, value) in call.named where !read.contains(name) {
            if case .json(let json) = value, json == .null || idle[name]?.contains(json) == true { continue }
            throw OsteonError(.unsupported, "\(operation) with the argument \(name)")
        }
    }
}
