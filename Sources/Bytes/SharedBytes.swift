import FoundationEssentials
import Glibc

/// Bytes that don't change, with what keeps them alive: a mapped file, a tensor's storage, or a part of either.
///
/// It's the form in which bytes go from a file to its readers and from tensors to a file. A copy or a part costs a reference, no
/// access goes beyond the end, and the memory can't go while a part of it is held. A loop over many elements takes `span`.
@safe package struct SharedBytes: @unchecked Sendable {
    @usableFromInline let memory: UnsafeRawBufferPointer
    @usableFromInline let owner: AnyObject?

    /// The bytes at `memory`.
    /// - Parameter owner: keeps them valid and unchanged as long as it lives.
    @inlinable
    @unsafe package init(unsafe memory: UnsafeRawBufferPointer, owner: AnyObject?) {
        unsafe self.memory = memory
        self.owner = owner
    }

    /// No bytes.
    package init() { unsafe self.init(unsafe: UnsafeRawBufferPointer(start: nil, count: 0), owner: nil) }

    /// A copy of an array's bytes.
    package init(_ bytes: [UInt8]) {
        if bytes.isEmpty {
            self.init()
        } else {
            let block = HeapBlock(bytes)
            unsafe self.init(unsafe: UnsafeRawBufferPointer(block.memory), owner: block)
        }
    }

    /// The bytes of `data`, not copied where it keeps them in a heap block, which doesn't move while nobody mutates it.
    package init(_ data: Data) {
        guard data.count > 64 else {  // small ones are stored inline
            self.init([UInt8](data))
            return
        }
        let owner = DataOwner(data)
        unsafe self.init(unsafe: owner.data.withUnsafeBytes { unsafe $0 }, owner: owner)
    }

    /// The bytes in place.
    @inlinable package var span: Span<UInt8> {
        @_lifetime(borrow self) get {
            unsafe _overrideLifetime(Span(_unsafeBytes: memory), borrowing: self)
        }
    }

    /// The bytes of a range, counted from the first; the part counts its own from 0.
    @inlinable package func extracting(_ range: Range<Int>) -> SharedBytes {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "a part beyond the end of the bytes")
        return unsafe SharedBytes(unsafe: UnsafeRawBufferPointer(rebasing: memory[range]), owner: owner)
    }

    @inlinable package func extracting(_ range: some RangeExpression<Int>) -> SharedBytes { extracting(range.relative(to: 0..<count)) }

    /// The integer that begins at `offset`, in the processor's byte order.
    @inlinable package func load<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type, at offset: Int = 0) -> T {
        // `bytes` is checked against its bounds, and every bit pattern is an integer.
        unsafe span.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: type)
    }

    /// Whether the first byte lies at a multiple of `alignment` bytes.
    package func isAligned(to alignment: Int) -> Bool { unsafe UInt(bitPattern: memory.baseAddress) % UInt(alignment) == 0 }

    /// How far behind the start of `whole` these bytes begin; nil where they aren't a part of it.
    package func offset(in whole: SharedBytes) -> Int? {
        guard let start = unsafe whole.memory.baseAddress, let own = unsafe memory.baseAddress else { return nil }
        let offset = unsafe own - start
        return offset >= 0 && offset <= whole.count - count ? offset : nil
    }

    /// Whether both are the same memory, or hold the same bytes.
    package func isIdentical(to other: SharedBytes) -> Bool {
        guard count == other.count else { return false }
        guard count > 0, let start = unsafe memory.baseAddress, let otherStart = unsafe other.memory.baseAddress else { return true }
        return unsafe start == otherStart || memcmp(start, otherStart, count) == 0
    }

    /// Gives C the address; it's valid within `body`.
    @unsafe package func withUnsafeBytes<R, Failure: Error>(_ body: (UnsafeRawBufferPointer) throws(Failure) -> R) throws(Failure) -> R {
        try withExtendedLifetime(owner) { () throws(Failure) in unsafe try body(memory) }
    }

    /// The bytes as `Data` without a copy, which keeps them alive too.
    package var data: Data {
        guard count > 0, let start = unsafe memory.baseAddress else { return Data() }
        return unsafe Data(
            bytesNoCopy: UnsafeMutableRawPointer(mutating: start), count: count, deallocator: .custom { [self] _, _ in _ = self })
    }
}

extension SharedBytes: RandomAccessCollection {
    package typealias Indices = Range<Int>

    @inlinable package var startIndex: Int { 0 }
    @inlinable package var endIndex: Int { unsafe memory.count }
    @inlinable package var count: Int { unsafe memory.count }
    @inlinable package subscript(index: Int) -> UInt8 { span[index] }

    @inlinable package func contains(where predicate: (UInt8) throws -> Bool) rethrows -> Bool {
        let span = span
        for index in span.indices where try predicate(span[index]) { return true }
        return false
    }

    @inlinable package func withContiguousStorageIfAvailable<R>(_ body: (UnsafeBufferPointer<UInt8>) throws -> R) rethrows -> R? {
        try unsafe span.withUnsafeBufferPointer(body)
    }
}

/// A copy of an array's bytes on the heap.
@safe private final class HeapBlock {
    let memory: UnsafeMutableRawBufferPointer

    init(_ bytes: [UInt8]) {
        unsafe memory = .allocate(byteCount: bytes.count, alignment: 64)
        unsafe memory.copyBytes(from: bytes)
    }

    deinit { unsafe memory.deallocate() }
}

/// Keeps a `Data` and with it the heap block of its bytes.
private final class DataOwner: Sendable {
    let data: Data

    init(_ data: Data) { self.data = data }
}
