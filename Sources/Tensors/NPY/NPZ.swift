import Bytes

/// NumPy's `.npz` files: named arrays in a ZIP archive, plain or compressed.
package enum NPZ {
    /// The arrays in the file at `path`, in the order of its directory.
    /// - Throws: as `NPZFile` does.
    package static func read(_ path: String) throws(OsteonError) -> [(name: String, tensor: Tensor)] { try NPZFile(path).all() }

    package static func read(_ bytes: [UInt8]) throws(OsteonError) -> [(name: String, tensor: Tensor)] {
        try read(TensorStorage(copying: bytes).bytes)
    }

    /// The arrays in `bytes`; elements that lie as they should are used in place.
    package static func read(_ bytes: SharedBytes) throws(OsteonError) -> [(name: String, tensor: Tensor)] {
        try NPZFile(bytes).all()
    }

    /// Writes named arrays, uncompressed, each aligned to 64 bytes; equal input gives equal bytes.
    /// - Throws: `.usage` where two arrays have one name, `.outputFailed`.
    package static func write(_ arrays: [(name: String, tensor: Tensor)], to path: String) throws(OsteonError) {
        try write(arrays, to: path, wide: false)
    }

    /// - Parameter wide: whether ZIP64 records are written even where nothing needs them.
    package static func write(
        _ arrays: [(name: String, tensor: Tensor)], to path: String, wide: Bool
    ) throws(OsteonError) {
        var writer = ZipWriter(isWide: wide)
        for (name, tensor) in arrays {
            try writer.add("\(name).npy", header: NPY.encodedHeader(tensor), tensor)
        }
        try writer.write(to: path)
    }
}
