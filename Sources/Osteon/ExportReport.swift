import Bytes
import Verification

/// What an export wrote.
public struct ExportReport: Sendable {
    /// One file.
    public struct Entry: Sendable {
        public var file: String
        /// Files beside it: weights, a server's configuration.
        public var further: [String] = []
        /// Weights of earlier exports to the same file, which this one doesn't use.
        public var earlierData: [String] = []
        /// By input; empty where the model's free dimensions stayed free.
        public var shapes: [String: [Int]]
        public var nodesBefore: Int
        public var nodesAfter: Int
        /// What was written against the source's model, an entry an output.
        public var checks: [OutputCheck] = []
        /// Whether the proof compared each value by itself; see `EngineComparison.Result`.
        public var isByStretch = false
        /// Of the memory plan in the file; nil where it has none.
        public var arenaByteCount: Int?
        /// Of all its files.
        public var byteCount = 0

        init(file: String, shapes: [String: [Int]], nodesBefore: Int, nodesAfter: Int) {
            self.file = file
            self.shapes = shapes
            self.nodesBefore = nodesBefore
            self.nodesAfter = nodesAfter
        }

        mutating func set(_ proof: ExportProof.Result) {
            checks = proof.checks
            isByStretch = proof.comparison.isByStretch
        }

        var shapesJSON: JSONValue {
            .record(shapes.sorted { $0.key < $1.key }.map { ($0.key, .array($0.value.map { .integer($0) })) })
        }
    }

    public internal(set) var entries: [Entry] = []
    public internal(set) var notes: [String] = []

    public var json: JSONValue {
        .record([
            ("schema", .string("osteon.export.1")),
            (
                "files",
                .array(
                    entries.map { entry in
                        .record([
                            ("file", .string(entry.file)), ("further_files", .array(entry.further.map { .string($0) })),
                            ("shapes", entry.shapesJSON), ("nodes_before", .integer(entry.nodesBefore)),
                            ("nodes", .integer(entry.nodesAfter)), ("bytes", .integer(entry.byteCount)),
                            ("arena_bytes", entry.arenaByteCount.map { .integer($0) } ?? .null),
                            ("checks", .array(entry.checks.map(\.json))), ("by_stretch", .bool(entry.isByStretch)),
                        ])
                    })
            ),
            ("notes", .array(notes.map { .string($0) })),
        ])
    }
}
