import Bytes
import Inspection

extension GraphDifference {
    /// The schema `osteon.diff.1`.
    package var json: JSONValue {
        .record([
            ("schema", .string("osteon.diff.1")),
            ("equal", .integer(equalCount)),
            ("interface", .array(interface.map { .string($0) })),
            ("only_in_first", .array(onlyInFirst.map { .string($0) })),
            ("only_in_second", .array(onlyInSecond.map { .string($0) })),
            (
                "changed",
                .array(
                    changed.map { change in
                        .record([
                            ("name", .string(change.name)), ("changes", .array(change.changes.map { .string($0) })),
                            ("weight_change", change.weightChange.map { .number($0) } ?? .null),
                        ])
                    })
            ),
        ])
    }
}
