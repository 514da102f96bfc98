import Bytes
import Tensors

/// Which values the label maps of a run may hold, and what they mean beyond one value a structure.
package struct LabelMeaning: Record, Hashable {
    package static let ignoresUnknownMembers = true

    /// The value of a reference's voxels that are left out of every figure, on both sides; nil for none.
    package var ignored: Int?
    /// The values a reference may hold; empty where nobody says.
    package var reference: [Int] = []
    /// The values a mask of the model may hold; empty where it has channels, or where nobody says.
    package var prediction: [Int] = []
    /// Where the model gives a channel a region: the channel of each of the data list's regions, and the label it becomes, later
    /// ones over earlier ones (nnU-Net's `regions_class_order`). Empty for label maps.
    package var channels: [Int] = []
    package var classOrder: [Int] = []

    package init() {}

    package init(ignored: Int? = nil, reference: [Int] = [], prediction: [Int] = [], channels: [Int] = [], classOrder: [Int] = []) {
        self.ignored = ignored
        self.reference = reference
        self.prediction = prediction
        self.channels = channels
        self.classOrder = classOrder
    }

    package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
        let values = JSONForm<Int>.own.holding("a label value") { 0...WholeNumber.largestLabel ~= $0 }.list
        try visitor.nullable("ignored", &ignored)
        try visitor.member("reference", &reference, values)
        try visitor.member("prediction", &prediction, values)
        try visitor.member("channels", &channels, values)
        try visitor.member("class_order", &classOrder, values)
    }

    /// Looks for values that nobody named: scored, they would count as background in silence.
    /// - Parameter values: those of the case's label file, rising.
    /// - Throws: `.unsupported` naming the values and what they likely are.
    package func check(reference values: [Int]) throws(OsteonError) {
        let foreign = values.filter { !reference.contains($0) }
        guard !reference.isEmpty, !foreign.isEmpty else { return }
        throw OsteonError(
            .unsupported,
            """
            The label holds the value\(foreign.count == 1 ? "" : "s") \(Self.text(foreign)) that the data list doesn't name: \
            \(Self.text(values)) are there, \(Self.text(reference)) are named. \
            \(Self.remedy(values, named: reference, ignored: ignored))
            """
        )
    }

    /// - Throws: `.unsupported` where a mask of the model holds a value that has no name.
    package func check(prediction values: [Int]) throws(OsteonError) {
        let foreign = values.filter { !prediction.contains($0) }
        guard !prediction.isEmpty, !foreign.isEmpty else { return }
        throw OsteonError(
            .unsupported,
            """
            The model's mask holds the value\(foreign.count == 1 ? "" : "s") \(Self.text(foreign)) that neither the model nor the \
            data list names (\(Self.text(prediction)) are named), so it can't be said what \
            \(foreign.count == 1 ? "it is" : "they are"); name all of the model's labels, or all values in the list's \"labels\".
            """
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
