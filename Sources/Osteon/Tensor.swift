import Bytes
import Tensors

/// A dense tensor in row-major order: the last axis is contiguous.
///
/// Copies share their elements, which never change.
public struct Tensor: Sendable {
    let inner: Tensors.Tensor

    init(_ inner: Tensors.Tensor) { self.inner = inner }

    /// A tensor of `f32`.
    /// - Parameters:
    ///   - elements: row-major.
    ///   - shape: extents whose product is the number of elements.
    /// - Throws: `.invalidGraph` where they don't fit.
    public init(_ elements: [Float], shape: [Int]) throws(OsteonError) {
        inner = try facing { () throws(Bytes.OsteonError) in try Tensors.Tensor(elements, shape: shape) }
    }

    /// A tensor of `i64`.
    /// - Throws: `.invalidGraph` where the elements don't fill the shape.
    public init(_ elements: [Int64], shape: [Int]) throws(OsteonError) {
        inner = try facing { () throws(Bytes.OsteonError) in try Tensors.Tensor(elements, shape: shape) }
    }

    /// The array in a NumPy file (`.npy`).
    /// - Throws: `.unreadable`, `.malformed` or `.unsupported`, with the file on the trail.
    public init(contentsOf path: String) throws(OsteonError) {
        inner = try facing { () throws(Bytes.OsteonError) in
            try locating(path) { () throws(Bytes.OsteonError) in try NPY.read(path) }
        }
    }

    /// The type of each element.
    public var elementType: ElementType { ElementType(inner.elementType) }
    /// Extents by axis; empty for a scalar.
    public var shape: [Int] { inner.shape }
    /// The number of elements.
    public var count: Int { inner.count }

    /// All elements as `Float`, row-major; other types are converted, the nearest value taken.
    public func floats() throws(OsteonError) -> [Float] {
        try facing { () throws(Bytes.OsteonError) in try inner.converted(to: .f32).array(Float.self) }
    }

    /// All elements as `Double`, row-major.
    public func doubles() throws(OsteonError) -> [Double] { try facing { () throws(Bytes.OsteonError) in try inner.doubles() } }

    /// Calls `body` with the elements' bytes, in this machine's order; the buffer is valid within the call only.
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try withExtendedLifetime(inner) { try unsafe body(inner.unsafeBytes) }
    }

    /// Writes a NumPy file (`.npy`), whole or not at all.
    /// - Throws: `.outputFailed`.
    public func write(to path: String) throws(OsteonError) { try facing { () throws(Bytes.OsteonError) in try NPY.write(inner, to: path) } }
}
