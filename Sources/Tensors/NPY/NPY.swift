import Bytes

/// NumPy's `.npy` files: one array each.
///
/// Read are floats of 2, 4 and 8 bytes, integers of 1 to 8, booleans, and `V2` as `bf16` (NumPy has no such type and
/// saves that of ml_dtypes as two opaque bytes), in either byte order and either element order. Arrays of Python objects
/// are refused: nothing is unpickled. Written are version 1.0, little-endian, row-major.
package enum NPY {
    /// The array in the file at `path`; elements that lie as they should are used in place from the mapped file.
    /// - Throws: `.unreadable`, `.malformed`, `.unsupported` (element type), `.unsafeReference` (Python objects).
    package static func read(_ path: String) throws(OsteonError) -> Tensor {
        let file = try MappedFile(path: path)
        return try locating(path) { () throws(OsteonError) in
            try file.settled { () throws(OsteonError) in try read(file.bytes) }
        }
    }

    package static func read(_ bytes: [UInt8]) throws(OsteonError) -> Tensor {
        try read(TensorStorage(copying: bytes).bytes)
    }

    /// The array in `bytes`, which must be all there is; elements that lie as they should are used in place.
    package static func read(_ bytes: SharedBytes) throws(OsteonError) -> Tensor {
        let header = try NPYHeader(bytes)
        let count = try Checked.product(header.shape)
        let size = try Checked.multiply(count, header.elementType.byteCount)
        guard bytes.count - header.dataOffset == size else {
            throw OsteonError(
                .malformed,
                """
                An array of \(header.elementType.rawValue) \(header.shape) takes \(size) bytes, \(bytes.count - header.dataOffset) \
                are there.
                """,
                offset: header.dataOffset)
        }
        let data = bytes.extracting(header.dataOffset...)
        if isUsableInPlace(data, header) {
            return try Tensor(header.elementType, header.shape, storage: TensorStorage(sharing: data))
        }
        let tensor = try Tensor(uninitialized: header.elementType, header.shape)
        load(data, header, into: tensor)
        return tensor
    }

    /// Writes `tensor` as the file at `path`, whole or not at all.
    package static func write(_ tensor: Tensor, to path: String) throws(OsteonError) {
        try AtomicFile.write([SharedBytes(encodedHeader(tensor)), tensor.bytes], to: path)
    }

    /// What precedes the elements of `tensor` in a file.
    package static func encodedHeader(_ tensor: Tensor) -> [UInt8] { NPYHeader.encode(tensor.elementType, tensor.shape) }

    private static func isUsableInPlace(_ data: SharedBytes, _ header: NPYHeader) -> Bool {
        if header.isBigEndian, header.elementType.byteCount > 1 { return false }
        if header.isFortranOrder, header.shape.count > 1 { return false }
        if header.elementType == .bool, data.contains(where: { $0 > 1 }) { return false }
        return data.isAligned(to: header.elementType.byteCount)
    }

    private static func load(_ data: SharedBytes, _ header: NPYHeader, into tensor: Tensor) {
        switch header.elementType.byteCount {
        case 8: load(UInt64.self, data, header, into: tensor)
        case 4: load(UInt32.self, data, header, into: tensor)
        case 2: load(UInt16.self, data, header, into: tensor)
        default: load(UInt8.self, data, header, into: tensor)
        }
        if header.elementType == .bool {
            var flags = tensor.mutableElements(UInt8.self)
            for i in flags.indices { flags[i] = flags[i] == 0 ? 0 : 1 }
        }
    }

    private static func load<T: FixedWidthInteger & BitwiseCopyable>(
        _: T.Type, _ data: SharedBytes, _ header: NPYHeader, into tensor: Tensor
    ) {
        var result = tensor.mutableElements(T.self)
        let width = MemoryLayout<T>.size
        if header.isFortranOrder, header.shape.count > 1 {
            gatherFromFortranOrder(data, header.shape, into: &result)
        } else {
            tensor.write(data)
        }
        if header.isBigEndian, width > 1 {
            for i in result.indices { result[i] = result[i].byteSwapped }
        }
    }

    /// Row-major elements from `data`, in which the first axis is the contiguous one.
    private static func gatherFromFortranOrder<T: FixedWidthInteger & BitwiseCopyable>(
        _ data: SharedBytes, _ shape: [Int], into result: inout MutableSpan<T>
    ) {
        let width = MemoryLayout<T>.size
        var steps: [Int] = []
        var step = 1
        for extent in shape {
            steps.append(step)
            step *= extent
        }
        var index = [Int](repeating: 0, count: shape.count)
        var source = 0
        for i in result.indices {
            result[i] = data.load(T.self, at: source * width)
            var axis = shape.count - 1
            while axis >= 0 {
                index[axis] += 1
                source += steps[axis]
                if index[axis] < shape[axis] { break }
                source -= steps[axis] * shape[axis]
                index[axis] = 0
                axis -= 1
            }
        }
    }
}
