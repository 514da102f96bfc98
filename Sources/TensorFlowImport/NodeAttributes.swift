import Bytes
import GraphIR
import Tensors
import WireFormats

/// The attributes of a node, read by name and kind.
///
/// A missing attribute takes the default given; one of another kind is `.malformed`.
struct NodeAttributes {
    let values: [String: Tensorflow_AttrValue]

    init(_ values: [String: Tensorflow_AttrValue]) { self.values = values }

    func has(_ name: String) -> Bool { values[name]?.value != nil }

    func string(_ name: String, default fallback: String) throws(OsteonError) -> String {
        guard let value = values[name]?.value else { return fallback }
        guard case .s(let bytes) = value, let text = String(validating: bytes, as: UTF8.self) else {
            throw mismatch(name, "a string")
        }
        return text
    }

    func int(_ name: String, default fallback: Int) throws(OsteonError) -> Int {
        guard let value = values[name]?.value else { return fallback }
        guard case .i(let number) = value else { throw mismatch(name, "an integer") }
        return Int(number)
    }

    func bool(_ name: String, default fallback: Bool) throws(OsteonError) -> Bool {
        guard let value = values[name]?.value else { return fallback }
        guard case .b(let flag) = value else { throw mismatch(name, "true or false") }
        return flag
    }

    func double(_ name: String, default fallback: Double) throws(OsteonError) -> Double {
        guard let value = values[name]?.value else { return fallback }
        guard case .f(let number) = value else { throw mismatch(name, "a number") }
        return Double(number)
    }

    /// A list of integers; empty where it's missing.
    func ints(_ name: String) throws(OsteonError) -> [Int] {
        guard let value = values[name]?.value else { return [] }
        guard case .list(let list) = value else { throw mismatch(name, "a list of integers") }
        return list.i.map { Int($0) }
    }

    /// A list of numbers; empty where it's missing.
    func doubles(_ name: String) throws(OsteonError) -> [Double] {
        guard let value = values[name]?.value else { return [] }
        guard case .list(let list) = value else { throw mismatch(name, "a list of numbers") }
        return list.f.map { Double($0) }
    }

    func strings(_ name: String) throws(OsteonError) -> [String] {
        guard let value = values[name]?.value else { return [] }
        guard case .list(let list) = value else { throw mismatch(name, "a list of strings") }
        return list.s.map { String(decoding: $0, as: UTF8.self) }
    }

    /// An element type; nil where it's missing.
    /// - Throws: `.unsupported` for a type Osteon doesn't have.
    func type(_ name: String) throws(OsteonError) -> ElementType? {
        guard let value = values[name]?.value else { return nil }
        guard case .type(let type) = value else { throw mismatch(name, "an element type") }
        return try type.elementType()
    }

    /// Element `index` of a list of types; nil where it's missing.
    func type(_ name: String, at index: Int) throws(OsteonError) -> ElementType? {
        guard let value = values[name]?.value else { return nil }
        guard case .list(let list) = value else { throw mismatch(name, "a list of types") }
        return index < list.type.count ? try list.type[index].elementType() : nil
    }

    /// The length of a list of types; 0 where it's missing.
    func types(_ name: String) throws(OsteonError) -> Int {
        guard let value = values[name]?.value else { return 0 }
        guard case .list(let list) = value else { throw mismatch(name, "a list of types") }
        return list.type.count
    }

    func shape(_ name: String) throws(OsteonError) -> Tensorflow_TensorShapeProto? {
        guard let value = values[name]?.value else { return nil }
        guard case .shape(let shape) = value else { throw mismatch(name, "a shape") }
        return shape
    }

    /// Element `index` of a list of shapes; nil where it's missing.
    func shape(_ name: String, at index: Int) throws(OsteonError) -> Tensorflow_TensorShapeProto? {
        guard let value = values[name]?.value else { return nil }
        guard case .list(let list) = value else { throw mismatch(name, "a list of shapes") }
        return index < list.shape.count ? list.shape[index] : nil
    }

    func tensor(_ name: String) throws(OsteonError) -> Tensorflow_TensorProto? {
        guard let value = values[name]?.value else { return nil }
        guard case .tensor(let tensor) = value else { throw mismatch(name, "a tensor") }
        return tensor
    }

    /// The name of a function; nil where it's missing.
    func function(_ name: String) throws(OsteonError) -> String? {
        guard let value = values[name]?.value else { return nil }
        guard case .func(let function) = value else { throw mismatch(name, "a function") }
        return function.name
    }

    /// The names of a list of functions; empty where it's missing.
    func functions(_ name: String) throws(OsteonError) -> [String] {
        guard let value = values[name]?.value else { return [] }
        guard case .list(let list) = value else { throw mismatch(name, "a list of functions") }
        return list.func.map(\.name)
    }

    private func mismatch(_ name: String, _ wanted: String) -> OsteonError {
        OsteonError(.malformed, "Attribute \(name) isn't \(wanted).")
    }
}
