import CSystem

/// CRC-32C (Castagnoli; RFC 3720, appendix B.4), as LevelDB tables and TensorFlow checkpoints use it.
package enum CRC32C {
    /// The checksum of `buffers`, one after the other.
    package static func checksum(of buffers: [UnsafeRawBufferPointer]) -> UInt32 {
        var result: UInt32 = 0
        for buffer in buffers { result = osteon_crc32c(result, buffer.baseAddress, buffer.count) }
        return result
    }

    /// The checksum of `buffer` on a processor without an instruction for it.
    package static func portableChecksum(of buffer: UnsafeRawBufferPointer) -> UInt32 {
        osteon_crc32c_portable(0, buffer.baseAddress, buffer.count)
    }

    /// The form in which LevelDB stores a checksum beside the data it's of: rotated and shifted, so that a checksum of
    /// stored checksums is no special case.
    package static func masked(_ checksum: UInt32) -> UInt32 {
        (checksum >> 15 | checksum << 17) &+ 0xA282_EAD8
    }
}
