import Foundation

/// A regular file mapped read-only, unmapped when the last reference goes.
///
/// Only regular files are taken: a pipe or device has no size to check against. The bytes stay valid for the
/// life of this object; whoever keeps a pointer into them keeps the object too.
public final class MappedFile: @unchecked Sendable {
    public let path: String
    public let bytes: UnsafeRawBufferPointer

    public var count: Int { bytes.count }

    /// Maps the file at `path`.
    /// - Throws: `.unreadable` where it can't be opened, isn't a regular file or can't be mapped.
    public convenience init(path: String) throws(OsteonError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw OsteonError(.unreadable, "Can't open \(path): \(String(cString: strerror(errno))).")
        }
        defer { close(descriptor) }
        try self.init(descriptor: descriptor, path: path)
    }

    /// Maps an open file; the descriptor stays the caller's to close.
    public init(descriptor: Int32, path: String) throws(OsteonError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw OsteonError(.unreadable, "Can't read the size of \(path): \(String(cString: strerror(errno))).")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw OsteonError(.unreadable, "\(path) is not a regular file.")
        }
        let size = Int(status.st_size)
        self.path = path
        guard size > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
            throw OsteonError(.unreadable, "Can't map \(path): \(String(cString: strerror(errno))).")
        }
        bytes = UnsafeRawBufferPointer(start: start, count: size)
    }

    deinit {
        if let start = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) }
    }

    /// The bytes as `Data` without a copy; valid only while this object lives.
    public var borrowedData: Data {
        guard let start = bytes.baseAddress else { return Data() }
        return Data(bytesNoCopy: UnsafeMutableRawPointer(mutating: start), count: bytes.count, deallocator: .none)
    }

    /// Gives the memory of the bytes before `end` back to the system; they're read from the file again when touched.
    /// For readers that go through a large file once, so that it never takes memory as a whole.
    public func release(before end: Int) {
        guard let start = bytes.baseAddress, end > 0, end <= count else { return }
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        guard page > 0 else { return }
        madvise(UnsafeMutableRawPointer(mutating: start), end == count ? count : end / page * page, MADV_DONTNEED)
    }
}
