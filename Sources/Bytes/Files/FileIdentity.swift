import Glibc

/// Which file a path means, whatever links lead there.
enum FileIdentity: Hashable {
    /// One that's there.
    case file(device: UInt, number: UInt)
    /// One that isn't: the nearest folder that is, and the way on from there.
    case name(device: UInt, folder: UInt, rest: UTF8Name)
    /// Nothing that can be looked at.
    case unknown(UTF8Name)

    init(_ status: stat) { self = .file(device: UInt(status.st_dev), number: UInt(status.st_ino)) }

    init(_ path: String) {
        if let status = SystemCalls.status(path) {
            self = FileIdentity(status)
            return
        }
        var folder = path
        var rest: [String] = []
        repeat {
            rest.insert(Paths.name(of: folder), at: 0)
            folder = Paths.folder(of: folder)
            if let status = SystemCalls.status(folder) {
                let way = rest.filter { $0 != "." }.joined(separator: "/")
                self = .name(device: UInt(status.st_dev), folder: UInt(status.st_ino), rest: UTF8Name(way))
                return
            }
        } while folder != "." && folder != "/"
        self = .unknown(UTF8Name(path))
    }
}
