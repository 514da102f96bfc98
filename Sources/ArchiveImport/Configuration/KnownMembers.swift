import Bytes

/// The members of a configuration that are known by name: a misspelt one mustn't be passed over where it would change the result.
enum KnownMembers {
    /// What a pipeline written by hand may hold.
    static let pipeline: Set<String> = ["pre_transforms", "preprocessing", "inferer", "post_transforms", "postprocessing"]

    /// Of Clara's configurations for validation and inference, and for the server.
    static let clara: Set<String> = [
        "pre_transforms", "post_transforms", "label_transforms", "inferer", "inference", "model_loader", "loader", "val_metrics", "metrics",
        "writers", "writer",
        "evaluator", "dataset", "dataloader", "train", "validate", "validation", "model", "pre_processing_transforms", "handlers",
        "input_nodes",
        "output_nodes", "labels", "tf", "trtis", "AIAA", "TRITON", "batch_transforms", "image_pipeline", "loss", "optimizer", "lr_policy",
        "aux_ops", "key_metric", "learning_rate_policy", "deterministic", "lr_scheduler", "update_transforms",
    ]

    /// Plain settings of the same configurations: those of the window, which are read, and those of training and of the machine.
    private static let claraSettings: Set<String> = [
        "type", "use_scanning_window", "scanning_window", "batch_size", "sw_batch_size", "roi", "roi_size", "overlap", "padding", "sigma",
        "image_format", "output_dir", "result_dir", "multi_gpu", "num_gpus", "gpu", "device", "use_amp", "amp", "num_workers",
        "cache_rate", "epochs", "learning_rate", "num_training_epoch_per_valid", "num_interval_per_valid",
        "train_summary_recording_interval",
        "num_images_per_batch", "dynamic_input_shape", "determinism", "seed", "use_gpu", "ddp", "horovod",
    ]

    /// Words about a configuration, in any of them.
    private static let words: Set<String> = [
        "name", "title", "description", "documentation", "doc", "docs", "comment", "comments", "note", "notes", "version", "schema",
        "author", "authors",
        "license", "licence", "copyright", "changelog", "date", "reference", "references", "source", "url", "tags", "imports", "format",
    ]

    private static func isWord(_ name: String) -> Bool {
        words.contains(name.lowercased()) || name.hasPrefix("_") || name.hasPrefix("$") || name.hasPrefix("//")
    }

    /// - Throws: `.malformed` for a member that's neither known nor words.
    static func check(_ json: JSONValue, _ known: Set<String>) throws(OsteonError) {
        for member in try json.members() where !known.contains(member.name) && !isWord(member.name) { throw unknown(member.name, known) }
        for (one, other) in [("pre_transforms", "preprocessing"), ("post_transforms", "postprocessing")]
        where json[one] != nil && json[other] != nil {
            throw OsteonError(.malformed, "The configuration has both \(one) and \(other); it's ambiguous which one applies.")
        }
    }

    /// Configurations whose members may also be variables of their own: only what describes steps must be known.
    /// - Returns: what's to be said of the others, which may be settings with a slip in their names; nil for none.
    /// - Throws: `.malformed` for a component, or a list of them, under a name that isn't known.
    static func checkComponents(_ json: JSONValue, _ known: Set<String>) throws(OsteonError) -> String? {
        var others: [String] = []
        for member in try json.members() where !known.contains(member.name) && !isWord(member.name) && !member.name.hasPrefix("inference_")
        {
            if describesComponents(member.value) { throw unknown(member.name, known) }
            if !claraSettings.contains(member.name) { others.append("\"\(member.name.prefix(60))\"") }
        }
        if others.isEmpty { return nil }
        let names = others.prefix(6).joined(separator: ", ") + (others.count > 6 ? " and \(others.count - 6) more" : "")
        return "\(names) \(others.count == 1 ? "isn't a setting" : "aren't settings") Osteon knows: without effect, if not misspelt"
    }

    private static func describesComponents(_ json: JSONValue) -> Bool {
        func isComponent(_ json: JSONValue) -> Bool { json["_target_"] != nil || json["name"] != nil && json["args"] != nil }
        if case .array(let elements) = json { return elements.contains(where: isComponent) }
        return isComponent(json)
    }

    private static func unknown(_ name: String, _ known: Set<String>) -> OsteonError {
        let shown = known.count > 8 ? ["pre_transforms", "inferer", "post_transforms", "label_transforms"] : known.sorted()
        return OsteonError(
            .malformed,
            """
            The configuration's member \"\(name.prefix(60))\" isn't known, and could change the result; it's read for \
            \(shown.joined(separator: ", ")).
            """
        )
    }
}
