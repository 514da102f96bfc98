import Bytes

/// One extent of a shape: a number, a free dimension with a name, or not known yet.
package enum Dimension: Hashable, Sendable {
    case fixed(Int)
    /// The same name stands for the same number throughout a graph; it's bound when a plan is made.
    case free(String)
    case unknown

    package var fixed: Int? {
        if case .fixed(let extent) = self { extent } else { nil }
    }
}

extension Dimension: ExpressibleByIntegerLiteral {
    package init(integerLiteral value: Int) { self = .fixed(value) }
}

extension Dimension: CustomStringConvertible {
    package var description: String {
        switch self {
        case .fixed(let extent): "\(extent)"
        case .free(let name): name
        case .unknown: "?"
        }
    }
}

/// Element type and shape of a value in a graph. `shape` is nil while even the rank is unknown.
package struct TensorType: Hashable, Sendable {
    package var elementType: ElementType
    package var shape: [Dimension]?

    package init(_ elementType: ElementType, _ shape: [Dimension]?) {
        self.elementType = elementType
        self.shape = shape
    }

    package init(_ elementType: ElementType, fixed shape: [Int]) {
        self.init(elementType, shape.map(Dimension.fixed))
    }

    package var rank: Int? { shape?.count }

    /// The shape in numbers, or nil where some extent isn't fixed.
    package var fixedShape: [Int]? {
        guard let shape else { return nil }
        var result: [Int] = []
        for dimension in shape {
            guard let extent = dimension.fixed else { return nil }
            result.append(extent)
        }
        return result
    }

    /// The number of elements where the shape is fixed and the product fits.
    package var count: Int? { fixedShape.flatMap { try? Checked.product($0) } }

    /// The size in bytes where the shape is fixed and the product fits.
    package var byteCount: Int? { count.flatMap { try? Checked.multiply($0, elementType.byteCount) } }
}

extension TensorType: CustomStringConvertible {
    /// For example `f32[1×D×H×W]`, `f32[]` for a scalar, `f32[…]` for unknown rank.
    package var description: String {
        guard let shape else { return "\(elementType.rawValue)[…]" }
        return "\(elementType.rawValue)[\(shape.map(\.description).joined(separator: "×"))]"
    }
}
