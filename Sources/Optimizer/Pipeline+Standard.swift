extension Pipeline {
    /// What `convert` runs: exact simplifications first, then what merges arithmetic into weights.
    public static let standard = Pipeline([
        "eliminate-dead-code",
        "fold-constants",
        "eliminate-common-subexpressions",
    ])
}
