import GraphIR
import Tensors
import Verification

// Where values aren't numbers, two results may be equal and yet prove nothing: what wasn't compared is reported.
extension [OutputCheck] {
    /// A line for each output with values that are NaN or infinite in both, and so weren't compared.
    var remarks: [String] { compactMap { check in check.comparison.remark.map { "output \(check.name): \($0)" } } }

    /// Whether a number was compared at all (or an output has no elements).
    var compareNumbers: Bool { contains { $0.comparison.finiteCount > 0 || $0.comparison.count == 0 } }

    /// The largest difference for people: `no number` where none was compared.
    package var worstText: String {
        compareNumbers ? (map(\.comparison.maximumRelativeToMaximum).max() ?? 0).errorText : isEmpty ? "0" : "no number compared"
    }
}

extension Model {
    /// Which of the model's weights hold values that aren't numbers, for people.
    var weightRemarks: [String] {
        var lines: [String] = []
        var more = 0
        for id in graph.valueIDs {
            guard let tensor = graph.constant(id), tensor.elementType.isFloat, let (nan, infinite) = try? tensor.nonFiniteCounts() else {
                continue
            }
            // A scalar infinity is the start of a maximum or a mask's fill.
            guard nan > 0 || infinite > 0 && tensor.count > 1 else { continue }
            if lines.count < 5 {
                let parts = [(nan, "NaN"), (infinite, "infinite")].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
                lines.append("weight \(graph[id].name): \(parts.joined(separator: " and ")) of \(tensor.count) values")
            } else {
                more += 1
            }
        }
        return more > 0 ? lines + ["and \(more) more weights with values that are NaN or infinite"] : lines
    }
}

extension Tensor {
    /// How many elements are NaN, and how many infinite.
    fileprivate func nonFiniteCounts() throws -> (nan: Int, infinite: Int) {
        let values = elementType == .f64 || elementType == .f32 ? self : try converted(to: .f32)
        return values.elementType == .f64 ? Self.count(values.elements(Double.self)) : Self.count(values.elements(Float.self))
    }

    private static func count<T: BinaryFloatingPoint>(_ values: Span<T>) -> (nan: Int, infinite: Int) {
        var nan = 0
        var infinite = 0
        for index in values.indices where !values[index].isFinite { if values[index].isNaN { nan += 1 } else { infinite += 1 } }
        return (nan, infinite)
    }
}
