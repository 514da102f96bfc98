import Bytes

/// An HDF5 file, read without libhdf5.
public final class HDF5File {
    /// The eight bytes every superblock begins with.
    public static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
}
