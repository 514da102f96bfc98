import Bytes
import GraphIR
import Tensors

extension TensorType {
    /// The members `type` and `shape` of a value: a number for a fixed extent, a string for a free one, null for one not
    /// known; null for the shape where the rank isn't known.
    var members: [JSONValue.Member] {
        let extents = shape.map { shape in
            JSONValue.array(
                shape.map { dimension in
                    switch dimension {
                    case .fixed(let extent): .integer(extent)
                    case .free(let name): .string(name)
                    case .unknown: .null
                    }
                })
        }
        return [.init("type", .string(elementType.rawValue)), .init("shape", extents ?? .null)]
    }

    init(members value: JSONValue) throws(OsteonError) {
        let name = try value.member("type").string()
        guard let elementType = ElementType(rawValue: name) else {
            throw OsteonError(.unsupported, "The element type \"\(name)\" isn't known.")
        }
        let shape = try value.member("shape")
        guard shape != .null else {
            self.init(elementType, nil)
            return
        }
        var dimensions: [Dimension] = []
        for extent in try shape.array() {
            switch extent {
            case .integer(let number) where number >= 0: dimensions.append(.fixed(number))
            case .string(let name) where !name.isEmpty: dimensions.append(.free(name))
            case .null: dimensions.append(.unknown)
            default: throw extent.mismatch("an extent (a number from 0, a name, or null)")
            }
        }
        self.init(elementType, dimensions)
    }

    /// What this type, inferred, becomes when a file says `stored`: names of free extents are kept where nothing else is known.
    func adopting(_ stored: TensorType) -> TensorType {
        guard let shape, let other = stored.shape, shape.count == other.count else { return self }
        var result = self
        result.shape = zip(shape, other).map { inferred, stored in
            if case .unknown = inferred, case .free = stored { stored } else { inferred }
        }
        return result
    }
}
