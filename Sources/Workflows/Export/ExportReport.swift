import Bytes
import Verification

/// What an export wrote.
package struct ExportReport: Sendable {
    /// One file.
    package struct Entry: Sendable {
        package var file: String
        /// Files beside it: weights, a server's configuration.
        package var further: [String] = []
        /// Weights of earlier exports to the same file, which this one doesn't use.
        package var earlierData: [String] = []
        /// By input; empty where the model's free dimensions stayed free.
        package var shapes: [String: [Int]]
        package var nodesBefore: Int
        package var nodesAfter: Int
        /// What was written against the source's model, an entry an output.
        package var checks: [OutputCheck] = []
        /// Whether the proof compared each value by itself; see `ModelComparison.Result`.
        package var isByValue = false
        /// Of the memory plan in the file; nil where it has none.
        package var arenaByteCount: Int?
        /// Of all its files.
        package var byteCount = 0

        init(file: String, shapes: [String: [Int]], nodesBefore: Int, nodesAfter: Int) {
            self.file = file
            self.shapes = shapes
            self.nodesBefore = nodesBefore
            self.nodesAfter = nodesAfter
        }

        mutating func set(_ proof: ExportProof.Result) {
            checks = proof.checks
            isByValue = proof.comparison.isByValue
        }

        var shapesJSON: JSONValue {
            .record(shapes.sorted { $0.key < $1.key }.map { ($0.key, .array($0.value.map { .integer($0) })) })
        }
    }

    package internal(set) var entries: [Entry] = []
    package internal(set) var notes: [String] = []

    package var json: JSONValue {
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
                            ("checks", .array(entry.checks.map(\.json))), ("by_stretch", .bool(entry.isByValue)),
                        ])
                    })
            ),
            ("notes", .array(notes.map { .string($0) })),
        ])
    }
}
