import Bytes
import GraphIR
import Tensors

/// A number for a fixed extent, a string for a free one, null for one not known.
extension Dimension: JSONCodable {
    package var json: JSONValue {
        switch self {
        case .fixed(let extent): .integer(extent)
        case .free(let name): .string(name)
        case .unknown: .null
        }
    }

    package init(json: JSONValue) throws(OsteonError) {
        switch json {
        case .integer(let number) where number >= 0: self = .fixed(number)
        case .string(let name) where !name.isEmpty: self = .free(name)
        case .null: self = .unknown
        default: throw json.mismatch("an extent (a number from 0, a name, or null)")
        }
    }
}

/// A value of a graph as it's described: the members `name`, `type` and `shape`, which is null where the rank isn't known.
struct NamedType: Record {
    var name = ""
    var type = TensorType(.f32, nil)

    init() {}

    init(_ name: String, _ type: TensorType) {
        self.name = name
        self.type = type
    }

    mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
        try visitor.member("name", &name)
        try visitor.member("type", &type.elementType, .named)
        try visitor.nullable("shape", &type.shape)
    }
}

extension JSONForm<ElementType> {
    /// Another name is `.unsupported`: it may be a newer version's.
    fileprivate static var named: JSONForm {
        JSONForm(
            write: { $0.json },
            read: { (json) throws(OsteonError) in
                let name = try json.string()
                guard let type = ElementType(rawValue: name) else {
                    throw OsteonError(.unsupported, "The element type \"\(name)\" isn't known.")
                }
                return type
            })
    }
}

extension TensorType {
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
