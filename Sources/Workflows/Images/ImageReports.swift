import Bytes
import Contracts
import Imaging
import Tensors

// What the commands on images report, as `--json` prints it; `formats/reports.md` lists the schemas.

extension Segmentation {
    /// The volume of so many voxels of the mask.
    package func millilitres(_ voxels: Int) -> Double { Double(voxels) * abs(mask.affine.determinant) / 1000 }

    /// - Parameters:
    ///   - path: where the mask was written.
    ///   - images: the scan's files.
    package func json(mask path: String, images: [String]) -> JSONValue {
        let labels = counts.map { entry in
            JSONValue.record([
                ("index", .integer(entry.label.index)), ("name", .string(entry.label.name)), ("voxels", .integer(entry.voxels)),
                ("ml", .number(millilitres(entry.voxels))),
            ])
        }
        return .record([
            ("schema", "osteon.segment.1"), ("mask", .string(path)), ("images", images.json), ("extents", mask.extents.json),
            ("spacing", mask.spacing.json), ("labels", .array(labels)), ("window", window.json), ("windows", .integer(windowCount)),
            ("pipeline", .string(pipeline)),
            (
                "seconds",
                .record([
                    ("preparing", .number(seconds.preparing)), ("inference", .number(seconds.inference)),
                    ("finishing", .number(seconds.finishing)),
                ])
            ),
            ("notes", notes.json),
        ])
    }
}

extension Classification {
    /// Of several images, each classified on its own.
    package static func report(_ results: [Classification]) -> JSONValue {
        .record([("schema", "osteon.classify.1"), ("images", .array(results.map(\.json)))])
    }

    private var json: JSONValue {
        let scores = scores.map { entry in
            JSONValue.record([
                ("index", .integer(entry.label.index)), ("name", .string(entry.label.name)), ("value", .number(entry.value)),
            ])
        }
        return .record([
            ("file", .string(files.first ?? "")), ("probabilities", .bool(areProbabilities)), ("scores", .array(scores)),
            ("notes", notes.json),
        ])
    }
}

extension VolumeConversion {
    package static func report(_ items: [Item]) -> JSONValue {
        let files = items.map { item in
            JSONValue.record([
                ("file", .string(item.file)), ("output", item.error == nil ? .string(item.output) : .null), ("label", .bool(item.isLabel)),
                ("note", item.note.isEmpty ? .null : .string(item.note)), ("error", item.error.map { .string("\($0)") } ?? .null),
            ])
        }
        return .record([("schema", "osteon.dataconvert.1"), ("files", .array(files))])
    }
}

/// What a prepared image holds.
package struct PreparationReport: Sendable {
    package let volume: Volume
    /// Of the values that are numbers; 0 where there are none.
    package let minimum: Double
    package let maximum: Double
    package let notes: [String]

    package init(_ volume: Volume, notes: [String]) throws(OsteonError) {
        self.volume = volume
        var low = Double.infinity
        var high = -Double.infinity
        try volume.tensor.forEachDouble { value in
            guard value.isFinite else { return }
            low = min(low, value)
            high = max(high, value)
        }
        (minimum, maximum) = low <= high ? (low, high) : (0, 0)
        let unusable = volume.unusableCount
        self.notes = notes + (unusable > 0 ? ["\(unusable) of \(volume.tensor.count) values aren't numbers (NaN or infinite)"] : [])
    }

    /// - Parameter path: where the image was written.
    package func json(file path: String) -> JSONValue {
        .record([
            ("schema", "osteon.prepare.1"), ("file", .string(path)), ("channels", .integer(volume.channels)),
            ("extents", volume.extents.json), ("affine", volume.affine.rows.json), ("minimum", .number(minimum)),
            ("maximum", .number(maximum)), ("notes", notes.json),
        ])
    }
}
