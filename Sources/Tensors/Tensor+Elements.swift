import Bytes

extension Tensor {
    /// The bytes of the elements, which keep the storage alive.
    package var bytes: SharedBytes { storage.bytes.extracting(byteOffset..<byteOffset + byteCount) }

    /// The elements in place. `T` must have the size of the element type: its Swift type, or `UInt16` for 16-bit floats, which
    /// `converted(to:)` widens.
    @inlinable
    @_lifetime(borrow self)
    package func elements<T: BitwiseCopyable>(_ type: T.Type = T.self) -> Span<T> {
        checkSize(MemoryLayout<T>.stride)
        return unsafe _overrideLifetime(Span(_unsafeBytes: unsafeBytes), borrowing: self)
    }

    /// The elements to be written, by the code that made this tensor and before it's shared.
    @inlinable
    @_lifetime(borrow self)
    package func mutableElements<T: BitwiseCopyable>(_ type: T.Type = T.self) -> MutableSpan<T> {
        checkSize(MemoryLayout<T>.stride)
        return unsafe _overrideLifetime(MutableSpan(_unsafeBytes: unsafeMutableBytes), borrowing: self)
    }

    /// Writes one element; for the code that made this tensor, before it's shared.
    @inlinable
    package func store<T: BitwiseCopyable>(_ value: T, at index: Int) {
        var elements = mutableElements(T.self)
        elements[index] = value
    }

    /// The bytes of the elements in place.
    package var byteSpan: Span<UInt8> {
        @_lifetime(borrow self) get { unsafe _overrideLifetime(Span(_unsafeBytes: unsafeBytes), borrowing: self) }
    }

    /// The bytes of the elements to be written, by the code that made this tensor and before it's shared.
    package var mutableBytes: MutableSpan<UInt8> {
        @_lifetime(borrow self) get {
            unsafe _overrideLifetime(MutableSpan(_unsafeBytes: unsafeMutableBytes), borrowing: self)
        }
    }

    /// Makes all elements zeros (false for `bool`); for the code that made this tensor, before it's shared.
    package func clear() {
        var bytes = mutableBytes
        bytes.update(repeating: 0)
    }

    /// Writes bytes from `offset` on; for the code that made this tensor, before it's shared.
    package func write(_ bytes: SharedBytes, at offset: Int = 0) {
        var target = mutableBytes
        target.copy(bytes.span, to: offset)
    }

    @usableFromInline
    func checkSize(_ size: Int) {
        precondition(size == elementType.byteCount, "elements of another size than the tensor's")
    }

    /// The address of the elements, for C.
    @unsafe package var unsafeBytes: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: storage.memory.baseAddress.map { unsafe UnsafeRawPointer($0 + byteOffset) }, count: byteCount)
    }

    /// The same for the code that made this tensor, before it's shared.
    @unsafe package var unsafeMutableBytes: UnsafeMutableRawBufferPointer {
        assert(storage.isWritable, "writing a borrowed tensor")
        return unsafe UnsafeMutableRawBufferPointer(start: storage.memory.baseAddress.map { unsafe $0 + byteOffset }, count: byteCount)
    }

    /// The address of the elements as those of `T`, for C; see `elements`.
    @inlinable
    @unsafe package func unsafeElements<T: BitwiseCopyable>(_ type: T.Type = T.self) -> UnsafeBufferPointer<T> {
        checkSize(MemoryLayout<T>.stride)
        return unsafe unsafeBytes.assumingMemoryBound(to: T.self)
    }

    @inlinable
    @unsafe package func unsafeMutableElements<T: BitwiseCopyable>(_ type: T.Type = T.self) -> UnsafeMutableBufferPointer<T> {
        checkSize(MemoryLayout<T>.stride)
        return unsafe unsafeMutableBytes.assumingMemoryBound(to: T.self)
    }
}

extension MutableSpan where Element: BitwiseCopyable {
    /// Copies all of `source` to the elements from `start` on.
    @inlinable
    @_lifetime(self: copy self)
    package mutating func copy(_ source: Span<Element>, to start: Int = 0) {
        precondition(start >= 0 && source.count <= count - start, "a copy beyond the end")
        guard !source.isEmpty else { return }
        unsafe withUnsafeMutableBufferPointer { target in
            unsafe source.withUnsafeBufferPointer { source in
                guard let from = source.baseAddress, let to = target.baseAddress else { return }
                unsafe (to + start).update(from: from, count: source.count)
            }
        }
    }
}
