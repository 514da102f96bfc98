import Bytes

/// The files of a checkpoint, found from any one of them, their common prefix, or their folder.
struct CheckpointFiles {
    /// What the names of index, shards and graph begin with, in the source's folder.
    let prefix: String
    /// Things a person should know of how it was found.
    private(set) var notes: [String] = []

    /// - Throws: `.unsupported` where the source is none of a checkpoint's, `.usage` for a folder with several.
    init(_ source: Source) throws(OsteonError) {
        if source.isFolder {
            (prefix, notes) = try Self.inFolder(source.folder)
            return
        }
        guard let found = Self.prefix(of: source.name, in: source.folder) else {
            if let old = Self.versionOne(source) { throw Self.oldVersion(old) }
            let path = source.path
            let prefix = [".meta", ".index"].first { path.hasSuffix($0) }.map { String(path.dropLast($0.count)) } ?? path
            throw OsteonError(
                .unsupported,
                """
                \(path) isn't a whole TensorFlow checkpoint: \(prefix).index, which says where the variables lie, isn't beside it \
                or isn't one.
                """
            )
        }
        prefix = found
    }

    /// The path of the file with the variables of a checkpoint of version 1, where the source is it or the graph beside it.
    static func versionOne(_ source: Source) -> String? { versionOne(source.name, source.folder) }

    private static func versionOne(_ name: String, _ folder: SourceFolder) -> String? {
        let prefix = name.hasSuffix(".meta") ? String(name.dropLast(5)) : name
        // Its variables lie in tables themselves, one file or several.
        return [prefix, prefix + "-00000-of-00001"].first { !$0.hasSuffix(".index") && isTable($0, folder) }.map(folder.path)
    }

    static func oldVersion(_ path: String) -> OsteonError {
        OsteonError(
            .unsupported,
            """
            \(path) holds the variables of a checkpoint of version 1 (TensorFlow before 1.0), which isn't read. Write it as version \
            2, in TensorFlow: restore it by tf.compat.v1.train.import_meta_graph and save it by a Saver, whose write_version is V2 \
            unless it's told otherwise; or freeze the graph.
            """
        )
    }

    private static func prefix(of name: String, in folder: SourceFolder) -> String? {
        if hasIndex(name, folder) { return name }
        for suffix in [".index", ".meta"] where name.hasSuffix(suffix) {
            let prefix = String(name.dropLast(suffix.count))
            if hasIndex(prefix, folder) { return prefix }
        }
        // A shard: "….data-00000-of-00002".
        if let dot = name.ranges(of: ".data-").last {
            let digits = name[dot.upperBound...].split(separator: "-", omittingEmptySubsequences: false)
            if digits.count == 3, digits[1] == "of", Int(digits[0]) != nil, Int(digits[2]) != nil {
                let prefix = String(name[..<dot.lowerBound])
                if hasIndex(prefix, folder) { return prefix }
            }
        }
        return nil
    }

    /// Whether the file `prefix`.index is there and ends as an index does.
    private static func hasIndex(_ prefix: String, _ folder: SourceFolder) -> Bool { isTable(prefix + ".index", folder) }

    private static func isTable(_ name: String, _ folder: SourceFolder) -> Bool {
        guard let file = try? folder.map(name) else { return false }
        return SortedTable.recognizes(file.bytes)
    }

    private static func inFolder(_ folder: SourceFolder) throws(OsteonError) -> (prefix: String, notes: [String]) {
        let names = folder.names()
        let candidates = names.filter { $0.hasSuffix(".index") }.map { String($0.dropLast(6)) }.filter { hasIndex($0, folder) }
        guard let first = candidates.first else {
            if let old = names.lazy.compactMap({ $0.hasSuffix(".meta") ? versionOne($0, folder) : nil }).first { throw oldVersion(old) }
            throw OsteonError(.unsupported, "\(folder.path) holds no TensorFlow checkpoint.")
        }
        if let latest = try latest(folder) {
            // The path is often the training machine's own: only its last part counts here.
            let name = latest.split(separator: "/").last.map(String.init) ?? latest
            guard candidates.contains(name) else {
                throw OsteonError(
                    .usage,
                    "The file \(folder.path(of: list)) names \(name), which isn't there; name one of \(candidates.joined(separator: ", "))."
                )
            }
            return (name, candidates.count > 1 ? ["of \(candidates.count) checkpoints, \(name) is the latest"] : [])
        }
        guard candidates.count == 1 else {
            throw OsteonError(.usage, "\(folder.path) holds several checkpoints; name one of \(candidates.joined(separator: ", ")).")
        }
        return (first, [])
    }

    /// The text file that names the latest of a folder's checkpoints.
    private static let list = "checkpoint"

    /// The checkpoint that the folder's list names as the latest; nil where there's no list.
    private static func latest(_ folder: SourceFolder) throws(OsteonError) -> String? {
        guard folder.contains(list) else { return nil }
        let file = try folder.map(list)
        guard file.count <= 1 << 20, let text = String(validating: file.bytes, as: UTF8.self) else {
            throw OsteonError(.malformed, "\(file.path) isn't the list of checkpoints that TensorFlow writes.")
        }
        for line in text.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmed }
            guard parts.count == 2, parts[0] == "model_checkpoint_path", parts[1].count >= 2, parts[1].hasPrefix("\""),
                parts[1].hasSuffix("\"")
            else { continue }
            return String(parts[1].dropFirst().dropLast())
        }
        return nil
    }
}
