import Bytes
import Tensors

extension VerificationRecord {
    /// Where the inputs come from.
    package enum Origin: Sendable, Hashable {
        /// Made from a seed: the graph's inputs in order, by the generator that `formats/osteon.md` describes.
        case seeded(seed: UInt64, integerLimit: Int)
        /// Read from a file.
        case file(Provenance.Source)
    }

    /// What was fed, and where it comes from.
    package struct Inputs: Record, Hashable {
        package var origin = Origin.seeded(seed: 0, integerLimit: 1)
        /// In the graph's order.
        package var tensors: [Input] = []

        package init() {}

        package init(_ origin: Origin, _ tensors: [Input]) {
            self.origin = origin
            self.tensors = tensors
        }

        package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
            var seed: UInt64?
            var limit: Int?
            var file: Provenance.Source?
            switch origin {
            case .seeded(let value, let bound): (seed, limit) = (value, bound)
            case .file(let source): file = source
            }
            try visitor.optional("seed", &seed, .decimal)
            try visitor.optional("integer_limit", &limit, JSONForm<Int>.own.holding("a number above 0") { $0 > 0 })
            try visitor.optional("file", &file)
            try visitor.member("tensors", &tensors)
            try visitor.require(
                (file == nil) == (seed != nil) && (seed == nil) == (limit == nil), "Inputs come from a seed with a limit, or from a file.")
            try visitor.require(file == nil || tensors.allSatisfy { $0.values == nil }, "The values of inputs from a file are in the file.")
            if let file { origin = .file(file) } else if let seed, let limit { origin = .seeded(seed: seed, integerLimit: limit) }
        }
    }

    /// One tensor that was fed.
    package struct Input: Record, Hashable {
        package var name = ""
        package var elementType = ElementType.f32
        package var shape: [Int] = []
        /// Of its bytes; 64 hexadecimal digits.
        package var sha256 = ""
        /// Its elements, where inputs come from a seed and this one doesn't: a shape, sizes, axes.
        package var values: [Int]?

        package init() {}

        package init(name: String, _ tensor: Tensor) {
            self.name = name
            elementType = tensor.elementType
            shape = tensor.shape
            sha256 = SHA256Digest(of: tensor.bytes).hexadecimal
        }

        /// Whether it's the same tensor under the same name, however its elements are written.
        package func isSameData(as other: Input) -> Bool {
            name == other.name && elementType == other.elementType && shape == other.shape && sha256 == other.sha256
        }

        /// The most elements that are written out.
        package static let mostValues = 64

        package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
            try visitor.member("name", &name)
            try visitor.member("type", &elementType)
            try visitor.member("shape", &shape, .extents)
            try visitor.member("sha256", &sha256, .digest)
            try visitor.optional("values", &values)
            try visitor.require(holdsItsElements, "The values of input \(name) aren't its elements.")
        }

        private var holdsItsElements: Bool {
            guard let values else { return true }
            return elementType.isInteger && values.count <= Self.mostValues && (try? Checked.product(shape)) == values.count
        }
    }
}
