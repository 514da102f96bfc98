extension Pipeline {
    /// What `convert` runs: exact simplifications first, then patterns, then what merges arithmetic into weights.
    package static let standard = Pipeline([
        "eliminate-dead-code",
        "fold-constants",
        "fold-shapes",
        "eliminate-identities",
        "eliminate-common-subexpressions",
        "lower-strided-slices",
        "push-transpositions",
        "lower-trivial-transpositions",
        "recognize-group-normalization",
        "recognize-normalization",
        "recognize-activations",
        "simplify-reshapes",
        "simplify-activations",
        "fold-padding",
        "fuse-gemm",
        "recognize-batch-normalization",
        "fold-batch-normalization",
        "fold-scales",
        "fuse-bias",
        "merge-constants",
    ])
}
