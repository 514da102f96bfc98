import Bytes
import Tensors

/// Which values the label maps of a run may hold, and what they mean beyond one value a structure.
package struct LabelMeaning: Sendable, Hashable {
    /// The value of a reference's voxels that are left out of every figure, on both sides; nil for none.
    package var ignored: Int?
    /// The values a reference may hold; empty where nobody says.
    package var reference: [Int]
    /// The values a mask of the model may hold; empty where it has channels, or where nobody says.
    package var prediction: [Int]
    /// Where the model gives a channel a region: the channel of each of the data list's regions, and the label it becomes, later
    /// ones over earlier ones (nnU-Net's `regions_class_order`). Empty for label maps.
    package var channels: [Int]
    package var classOrder: [Int]

    package init(ignored: Int? = nil, reference: [Int] = [], prediction: [Int] = [], channels: [Int] = [], classOrder: [Int] = []) {
        self.ignored = ignored
        self.reference = reference
        self.prediction = prediction
        self.channels = channels
        self.classOrder = classOrder
    }

    /// Looks for values that nobody named: scored, they would count as background in silence.
    /// - Parameter values: those of the case's label file, rising.
    /// - Throws: `.unsupported` naming the values and what they likely are.
    package func check(reference values: [Int]) throws(OsteonError) {
        let foreign = values.filter { !reference.contains($0) }
        guard !reference.isEmpty, !foreign.isEmpty else { return }
        throw OsteonError(
            .unsupported,
            "The label holds the value\(foreign.count == 1 ? "" : "s") \(Self.text(foreign)) that the data list doesn't name: \(Self.text(values)) are there, \(Self.text(reference)) are named. \(Self.remedy(values, named: reference, ignored: ignored))"
        )
    }

    /// - Throws: `.unsupported` where a mask of the model holds a value that has no name.
    package func check(prediction values: [Int]) throws(OsteonError) {
        let foreign = values.filter { !prediction.contains($0) }
        guard !prediction.isEmpty, !foreign.isEmpty else { return }
        throw OsteonError(
            .unsupported,
            "The model's mask holds the value\(foreign.count == 1 ? "" : "s") \(Self.text(foreign)) that neither the model nor the data list names (\(Self.text(prediction)) are named), so it can't be said what \(foreign.count == 1 ? "it is" : "they are"); name all of the model's labels, or all values in the list's \"labels\"."
        )
    }

    /// What values that aren't named most likely stand for.
    private static func remedy(_ values: [Int], named: [Int], ignored: Int?) -> String {
        let found = values.filter { $0 != 0 && $0 != ignored }
        let wanted = named.filter { $0 != 0 && $0 != ignored }
        guard found.count <= wanted.count, found.count == wanted.count || found.count == 1 else {
            return "Add the values to the list's \"labels\", or relabel the file."
        }
        if wanted.count == 1 {
            return "Most likely \(found[0]) is \(wanted[0]): store 0 and \(wanted[0]), or name \(found[0]) in the list's \"labels\"."
        }
        guard found.count == wanted.count else { return "Add the value to the list's \"labels\", or relabel the file." }
        let pairs = zip(found, wanted).filter { $0 != $1 }.map { "\($0) is \($1)" }.joined(separator: ", ")
        return "Most likely \(pairs): relabel the file, or name its values in the list's \"labels\"."
    }

    private static func text(_ values: [Int]) -> String {
        values.prefix(12).map(String.init).joined(separator: ", ") + (values.count > 12 ? ", …" : "")
    }
}

// MARK: JSON

extension LabelMeaning {
    var json: JSONValue {
        func list(_ values: [Int]) -> JSONValue { .array(values.map { .integer($0) }) }
        return .record([
            ("ignored", ignored.map { .integer($0) } ?? .null), ("reference", list(reference)), ("prediction", list(prediction)),
            ("channels", list(channels)), ("class_order", list(classOrder)),
        ])
    }

    init(json: JSONValue) throws(OsteonError) {
        func list(_ name: String) throws(OsteonError) -> [Int] {
            try json.list(name) { (value) throws(OsteonError) in
                let label = try value.integer()
                guard (0...WholeNumber.largestLabel).contains(label) else { throw value.mismatch("a label value") }
                return label
            }
        }
        ignored = try json.member("ignored").unlessNull { (value) throws(OsteonError) in try value.integer() }
        reference = try list("reference")
        prediction = try list("prediction")
        channels = try list("channels")
        classOrder = try list("class_order")
    }
}
