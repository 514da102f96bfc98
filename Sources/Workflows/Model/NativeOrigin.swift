import Bytes
import Container
import Verification

/// What a native file records about itself: what it was made from and how, which checks it records, who signed it.
package struct NativeOrigin: Sendable {
    /// One check, as the file keeps it.
    package struct Check: Sendable {
        package var kind: String
        /// The program and version that made it.
        package var tool: String
        package var passed: Bool
        /// The largest difference of any output, relative to its reference's largest magnitude.
        package var relativeError: Double
        /// Whether it's about the model this one was made from.
        package var isInherited: Bool
    }

    package var tool: String
    package var provenance: Provenance
    /// Records of a kind this version doesn't know are left out.
    package var checks: [Check]
    /// SHA-256 of the key that signed the file; nil where it isn't signed.
    package var signedBy: String?

    init(_ file: ModelFile) {
        tool = file.tool
        provenance = file.provenance
        checks = file.verification.compactMap(\.record).map { record in
            Check(
                kind: record.kind.rawValue, tool: record.tool, passed: record.passed,
                relativeError: record.outputs.map(\.errors.relativeToMaximum).max() ?? 0, isInherited: record.isInherited)
        }
        signedBy = file.signature?.publicKey.fingerprint
    }

    var json: JSONValue {
        .record([
            ("tool", .string(tool)), ("source_format", .string(provenance.format)), ("producer", .string(provenance.producer)),
            (
                "sources",
                .array(
                    provenance.sources.map {
                        .record([("name", .string($0.name)), ("bytes", .integer($0.byteCount)), ("sha256", .string($0.sha256))])
                    })
            ),
            ("options", .record(provenance.options.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
            ("passes", .array(provenance.passes.map { .record([("id", .string($0.id)), ("count", .integer($0.count))]) })),
            (
                "checks",
                .array(
                    checks.map {
                        .record([
                            ("kind", .string($0.kind)), ("tool", .string($0.tool)), ("passed", .bool($0.passed)),
                            ("max_rel", .number($0.relativeError)), ("inherited", .bool($0.isInherited)),
                        ])
                    })
            ),
            ("signed_by", signedBy.map { .string($0) } ?? .null),
        ])
    }
}
