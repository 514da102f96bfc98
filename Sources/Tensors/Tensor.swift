import Bytes

/// A dense tensor: element type, shape in row-major order (the last axis is contiguous), and shared storage.
///
/// Copies of a `Tensor` share storage. Only the code that made a tensor writes to it, and only before anyone
/// else sees it. Its elements are read through `elements` and written through `mutableElements`, which are checked against its bounds
/// and can't outlive it. The unsafe ones are for C: their pointers are valid while some copy of the tensor is alive, so it's kept in a
/// variable that outlives them (`withExtendedLifetime`).
package struct Tensor: Sendable {
    package let elementType: ElementType
    package let shape: [Int]
    package let count: Int
    package let storage: TensorStorage
    /// Where the first element lies in `storage`, in bytes.
    package let byteOffset: Int

    package var byteCount: Int { count * elementType.byteCount }
    package var rank: Int { shape.count }
    package var type: TensorType { TensorType(elementType, fixed: shape) }

    /// A tensor over `storage`; the sizes are checked.
    package init(_ elementType: ElementType, _ shape: [Int], storage: TensorStorage, byteOffset: Int = 0) throws(OsteonError) {
        let count = try Checked.product(shape)
        let end = try Checked.add(byteOffset, Checked.multiply(count, elementType.byteCount))
        guard byteOffset >= 0, end <= storage.byteCount else {
            throw OsteonError(
                .malformed,
                "A tensor of shape \(shape) and type \(elementType.rawValue) needs \(end) bytes, but \(storage.byteCount) are there.")
        }
        self.elementType = elementType
        self.shape = shape
        self.count = count
        self.storage = storage
        self.byteOffset = byteOffset
    }

    /// A new tensor whose elements are undefined: write them all before anyone reads them.
    package init(uninitialized elementType: ElementType, _ shape: [Int]) throws(OsteonError) {
        let bytes = try Checked.multiply(Checked.product(shape), elementType.byteCount)
        try self.init(elementType, shape, storage: TensorStorage(byteCount: bytes))
    }

    /// A new tensor of zeros (false for `bool`).
    package init(zeros elementType: ElementType, _ shape: [Int]) throws(OsteonError) {
        try self.init(uninitialized: elementType, shape)
        clear()
    }

    /// A tensor of the given elements.
    package init<T: TensorElement>(_ elements: [T], shape: [Int]) throws(OsteonError) {
        try self.init(uninitialized: T.elementType, shape)
        guard elements.count == count else {
            throw OsteonError(.invalidGraph, "\(elements.count) elements don't fill the shape \(shape).")
        }
        unsafe elements.withUnsafeBytes { unsafe unsafeMutableBytes.copyMemory(from: $0) }
    }

    /// A tensor of rank 1.
    package init<T: TensorElement>(_ elements: [T]) throws(OsteonError) {
        try self.init(elements, shape: [elements.count])
    }

    /// A tensor of rank 0.
    package init<T: TensorElement>(scalar: T) throws(OsteonError) {
        try self.init([scalar], shape: [])
    }

    /// A new tensor whose elements `body` writes, all of them.
    package init<T: TensorElement>(_ shape: [Int], writing body: (inout MutableSpan<T>) throws(OsteonError) -> Void) throws(OsteonError) {
        try self.init(uninitialized: T.elementType, shape)
        var elements = mutableElements(T.self)
        try body(&elements)
    }

    /// The same elements under another shape of equal count; storage is shared.
    package func reshaped(_ newShape: [Int]) throws(OsteonError) -> Tensor {
        guard try Checked.product(newShape) == count else {
            throw OsteonError(.invalidGraph, "A tensor of shape \(shape) can't be seen as \(newShape): the counts differ.")
        }
        return try Tensor(elementType, newShape, storage: storage, byteOffset: byteOffset)
    }

    /// The elements copied into memory of their own.
    package func copied() throws(OsteonError) -> Tensor {
        let copy = try Tensor(uninitialized: elementType, shape)
        copy.write(bytes)
        return copy
    }

    /// All elements as an array. `T` must be the tensor's element type.
    package func array<T: TensorElement>(_ type: T.Type = T.self) throws(OsteonError) -> [T] {
        guard T.elementType == elementType else {
            throw OsteonError(.invalidGraph, "A tensor of \(elementType.rawValue) was read as \(T.elementType.rawValue).")
        }
        try MemoryBudget.current.check(count, of: MemoryLayout<T>.stride)
        return withExtendedLifetime(storage) { unsafe Array(unsafeElements(T.self)) }
    }

    /// All elements as integers, from any integer or bool type: shapes, axes, indices.
    package func integers() throws(OsteonError) -> [Int] {
        guard !elementType.isFloat else {
            throw OsteonError(.invalidGraph, "A tensor of \(elementType.rawValue) where integers are needed.")
        }
        if elementType == .u64 {
            var result: [Int] = []
            for value in try array(UInt64.self) { result.append(try Checked.int(value)) }
            return result
        }
        let wide = try converted(to: .i64)
        try MemoryBudget.current.check(count, of: MemoryLayout<Int>.stride)
        let elements = wide.elements(Int64.self)
        return elements.indices.map { Int(elements[$0]) }
    }

    /// Looks at all elements as doubles, from any type, in order and a block at a time: nothing of the tensor's size is held.
    package func forEachDouble(_ body: (Double) throws(OsteonError) -> Void) throws(OsteonError) {
        let block = 1 << 16
        for start in stride(from: 0, to: count, by: block) {
            let part = try Tensor(
                elementType, [min(block, count - start)], storage: storage, byteOffset: byteOffset + start * elementType.byteCount)
            let values = try part.converted(to: .f64)
            let elements = values.elements(Double.self)
            for index in elements.indices { try body(elements[index]) }
        }
    }

    /// All elements as doubles, from any type.
    package func doubles() throws(OsteonError) -> [Double] {
        try converted(to: .f64).array(Double.self)
    }
}

extension Tensor {
    /// Whether type, shape and every byte are the same (NaNs with equal bits are equal).
    package func isIdentical(to other: Tensor) -> Bool {
        guard elementType == other.elementType, shape == other.shape else { return false }
        return bytes.isIdentical(to: other.bytes)
    }
}
