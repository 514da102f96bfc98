import Bytes

/// Whole numbers that are stored as floats: scaling and other programs' arithmetic leave values such as 1.0000152 for 1.
package enum WholeNumber {
    /// How far a value may lie from the whole number it stands for.
    package static let tolerance = 1e-3
    /// The largest value a label may have.
    package static let largestLabel = 65_535

    /// The whole number a value stands for; nil where none is near enough, and for NaN and infinities.
    package static func nearest(_ value: Double) -> Int? {
        let whole = value.rounded()
        return abs(value - whole) <= tolerance ? Int(exactly: whole) : nil
    }
}

extension Tensor {
    /// Floats with each value brought to the whole number it stands for; integers and floats that are whole already are given back
    /// as they are, storage shared.
    /// - Throws: `.malformed` where a value stands for none.
    package func wholeNumbers() throws(OsteonError) -> Tensor {
        guard elementType.isFloat else { return self }
        if elementType == .f64 { return try wholeNumbers(Double.self) }
        return try (elementType == .f32 ? self : converted(to: .f32)).wholeNumbers(Float.self)
    }

    private func wholeNumbers<T: BinaryFloatingPoint & BitwiseCopyable>(_ type: T.Type) throws(OsteonError) -> Tensor {
        let from = elements(T.self)
        guard from.indices.contains(where: { from[$0].rounded() != from[$0] || !from[$0].isFinite }) else { return self }
        let result = try Tensor(uninitialized: elementType, shape)
        var to = result.mutableElements(T.self)
        for i in 0..<count {
            guard let whole = WholeNumber.nearest(Double(from[i])) else {
                throw OsteonError(
                    .malformed,
                    """
                    Voxel \(i) of a volume of labels holds \(from[i]), and labels are whole numbers (\(WholeNumber.tolerance) \
                    aside). A map of probabilities has to be thresholded first.
                    """
                )
            }
            to[i] = T(whole)
        }
        return result
    }
}

extension Tensor {
    /// The different values a volume of labels holds, rising.
    /// - Throws: `.malformed` for a value that's no label: negative, above 65,535 or not whole.
    package func labelValues() throws(OsteonError) -> [Int] {
        let whole = try wholeNumbers()
        let values = try [.u8, .f32, .f64].contains(whole.elementType) ? whole : whole.converted(to: .f64)
        var isPresent = [Bool](repeating: false, count: WholeNumber.largestLabel + 1)
        switch values.elementType {
        case .u8:
            let elements = values.elements(UInt8.self)
            for index in elements.indices { isPresent[Int(elements[index])] = true }
        case .f32: try values.mark(Float.self, &isPresent)
        default: try values.mark(Double.self, &isPresent)
        }
        return isPresent.indices.filter { isPresent[$0] }
    }

    private func mark<T: BinaryFloatingPoint & BitwiseCopyable>(_ type: T.Type, _ isPresent: inout [Bool]) throws(OsteonError) {
        let elements = elements(T.self)
        for index in elements.indices {
            let value = elements[index]
            guard value >= 0, value <= T(WholeNumber.largestLabel) else {
                throw OsteonError(
                    .malformed, "A volume of labels holds \(value); labels are whole numbers from 0 to \(WholeNumber.largestLabel).")
            }
            isPresent[Int(value)] = true
        }
    }
}
