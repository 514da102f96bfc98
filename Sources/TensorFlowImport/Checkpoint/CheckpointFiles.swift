import Bytes
import FoundationEssentials
import Glibc

/// The files of a checkpoint, found from any one of them, their common prefix, or their folder.
struct CheckpointFiles {
    /// What the names of index, shards and graph begin with.
    let prefix: String
    /// Things a person should know of how it was found.
    private(set) var notes: [String] = []

    /// The file with the training graph.
    var graphPath: String { prefix + ".meta" }

    static func recognizes(_ path: String) -> Bool { (try? CheckpointFiles(path)) != nil }

    /// - Throws: `.unsupported` where `path` is none of a checkpoint's, `.usage` for a folder with several.
    init(_ path: String) throws(OsteonError) {
        if FileStatus.isFolder(path) {
            (prefix, notes) = try Self.inFolder(path)
            return
        }
        guard let found = Self.prefix(of: path) else {
            if let old = Self.versionOne(path) { throw Self.oldVersion(old) }
            let prefix = [".meta", ".index"].first { path.hasSuffix($0) }.map { String(path.dropLast($0.count)) } ?? path
            throw OsteonError(
                .unsupported,
                "\(path) isn't a whole TensorFlow checkpoint: \(prefix).index, which says where the variables lie, isn't beside it or isn't one."
            )
        }
        prefix = found
    }

    /// The file with the variables of a checkpoint of version 1, where `path` is it or the graph beside it.
    static func versionOne(_ path: String) -> String? {
        let prefix = path.hasSuffix(".meta") ? String(path.dropLast(5)) : path
        // Its variables lie in tables themselves, one file or several.
        for name in [prefix, prefix + "-00000-of-00001"] where !name.hasSuffix(".index") {
            guard let file = try? MappedFile(path: name) else { continue }
            if withExtendedLifetime(file, { SortedTable.recognizes(file.bytes) }) { return name }
        }
        return nil
    }

    static func oldVersion(_ path: String) -> OsteonError {
        OsteonError(
            .unsupported,
            "\(path) holds the variables of a checkpoint of version 1 (TensorFlow before 1.0), which isn't read. Write it as version 2, in TensorFlow: restore it by tf.compat.v1.train.import_meta_graph and save it by a Saver, whose write_version is V2 unless it's told otherwise; or freeze the graph."
        )
    }

    private static func prefix(of path: String) -> String? {
        if hasIndex(path) { return path }
        for suffix in [".index", ".meta"] where path.hasSuffix(suffix) {
            let prefix = String(path.dropLast(suffix.count))
            if hasIndex(prefix) { return prefix }
        }
        // A shard: "….data-00000-of-00002".
        if let dot = path.ranges(of: ".data-").last {
            let digits = path[dot.upperBound...].split(separator: "-", omittingEmptySubsequences: false)
            if digits.count == 3, digits[1] == "of", Int(digits[0]) != nil, Int(digits[2]) != nil {
                let prefix = String(path[..<dot.lowerBound])
                if hasIndex(prefix) { return prefix }
            }
        }
        return nil
    }

    /// Whether the file `prefix`.index is there and ends as an index does.
    private static func hasIndex(_ prefix: String) -> Bool {
        guard let file = try? MappedFile(path: prefix + ".index") else { return false }
        return withExtendedLifetime(file) { SortedTable.recognizes(file.bytes) }
    }

    private static func inFolder(_ folder: String) throws(OsteonError) -> (prefix: String, notes: [String]) {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
        let candidates = names.filter { $0.hasSuffix(".index") }.map { String($0.dropLast(6)) }.filter { hasIndex("\(folder)/\($0)") }
        guard let first = candidates.first else {
            if let old = names.lazy.compactMap({ $0.hasSuffix(".meta") ? versionOne("\(folder)/\($0)") : nil }).first {
                throw oldVersion(old)
            }
            throw OsteonError(.unsupported, "\(folder) holds no TensorFlow checkpoint.")
        }
        if let latest = try latest(folder) {
            // The path is often the training machine's own: only its last part counts here.
            let name = latest.split(separator: "/").last.map(String.init) ?? latest
            guard candidates.contains(name) else {
                throw OsteonError(
                    .usage,
                    "The file \(folder)/checkpoint names \(name), which isn't there; name one of \(candidates.joined(separator: ", ")).")
            }
            return ("\(folder)/\(name)", candidates.count > 1 ? ["of \(candidates.count) checkpoints, \(name) is the latest"] : [])
        }
        guard candidates.count == 1 else {
            throw OsteonError(.usage, "\(folder) holds several checkpoints; name one of \(candidates.joined(separator: ", ")).")
        }
        return ("\(folder)/\(first)", [])
    }

    /// The checkpoint that the folder's text file `checkpoint` names as the latest; nil where there's no such file.
    private static func latest(_ folder: String) throws(OsteonError) -> String? {
        let path = "\(folder)/checkpoint"
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let file = try MappedFile(path: path)
        guard file.count <= 1 << 20, let text = withExtendedLifetime(file, { String(validating: file.bytes, as: UTF8.self) }) else {
            throw OsteonError(.malformed, "\(path) isn't the list of checkpoints that TensorFlow writes.")
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
