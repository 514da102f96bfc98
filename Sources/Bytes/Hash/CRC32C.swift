import CSystem

/// CRC-32C (Castagnoli; RFC 3720, appendix B.4), as LevelDB tables and TensorFlow checkpoints use it.
package enum CRC32C {
    /// The checksum of `buffers`, one after the other.
    package static func checksum(of buffers: [SharedBytes]) -> UInt32 {
        var result: UInt32 = 0
        for buffer in buffers { unsafe buffer.withUnsafeBytes { result = unsafe osteon_crc32c(result, $0.baseAddress, $0.count) } }
        return result
    }

    /// The checksum of `buffer` on a processor without an instruction for it.
    package static func portableChecksum(of buffer: SharedBytes) -> UInt32 {
        unsafe buffer.withUnsafeBytes { unsafe osteon_crc32c_portable(0, $0.baseAddress, $0.count) }
    }

    /// The form in which LevelDB stores a checksum beside the data it's of: rotated and shifted, so that a checksum of
    /// stored checksums is no special case.
    package static func masked(_ checksum: UInt32) -> UInt32 {
        (checksum >> 15 | checksum << 17) &+ 0xA282_EAD8
    }
}
