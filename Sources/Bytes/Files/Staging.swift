import FoundationEssentials
import Glibc

/// Hidden files that hold a result until it's whole, each locked by the process that fills it.
///
/// A process that's killed leaves its own behind, without a lock: the next one that writes into the same folder removes them. The
/// lock (`flock`) says who lives on, also where process numbers don't: in another container, on another machine that shares the disk.
package enum Staging {
    static let prefix = ".osteon-"
    /// A file; it also stands for the folder of the same name beside it.
    static let fileSuffix = ".partial", folderSuffix = ".stage"

    /// A name nobody has: that of the process and a random number.
    static func name() -> String { "\(prefix)\(getpid())-\(String(UInt64.random(in: 0 ... .max), radix: 16))" }

    /// Locks a staging file that was just made.
    /// - Returns: false where another process has removed it in between, taking it for left behind.
    package static func lock(_ descriptor: Int32) -> Bool {
        if flock(descriptor, LOCK_EX | LOCK_NB) != 0 { return errno != EWOULDBLOCK }  // a file system without locks has no sweep either
        return SystemCalls.status(of: descriptor).map { $0.st_nlink > 0 } ?? true
    }

    /// Removes what killed processes left in a folder. What can't be removed stays.
    package static func sweep(_ folder: String) {
        for name in SystemCalls.names(in: folder, beginningWith: prefix) where Paths.ends(name, in: fileSuffix) {
            removeAbandoned(folder + "/" + name)
        }
    }

    private static func removeAbandoned(_ path: String) {
        let descriptor = SystemCalls.open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        guard let status = SystemCalls.status(of: descriptor), status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(),
            flock(descriptor, LOCK_EX | LOCK_NB) == 0
        else { return }
        // The folder first: as long as its file is there, it's found.
        try? FileManager.default.removeItem(atPath: path.dropLast(fileSuffix.count) + folderSuffix)
        SystemCalls.unlink(path)
    }
}

/// A folder beside a destination for files that must be looked at before they're published; removed when its work is done.
package final class StagingFolder {
    /// Where files go.
    package let path: String
    private let destination: String
    private let lockPath: String
    private let descriptor: Int32

    /// - Parameter destination: the file to be published; of its folder, the nearest part that's there is taken.
    /// - Throws: `.outputFailed` naming the destination.
    package init(beside destination: String) throws(OsteonError) {
        self.destination = destination
        var folder = Paths.folder(of: destination)
        while !FileStatus.exists(folder), folder != ".", folder != "/" { folder = Paths.folder(of: folder) }
        Staging.sweep(folder)
        var made: (lock: Int32, base: String)?
        var reason: Int32 = EBUSY
        for _ in 0..<16 where made == nil {
            let base = folder + "/" + Staging.name()
            let lock = SystemCalls.open(base + Staging.fileSuffix, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode: 0o600)
            guard lock >= 0 else {
                reason = errno
                break
            }
            if Staging.lock(lock) { made = (lock, base) } else { close(lock) }
        }
        guard let made else { throw OutputPaths.failure(destination, reason) }
        (descriptor, lockPath, path) = (made.lock, made.base + Staging.fileSuffix, made.base + Staging.folderSuffix)
        guard SystemCalls.makeFolder(path, mode: 0o700) == 0 else {
            // The file goes with the object.
            throw OutputPaths.failure(destination, errno)
        }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
        SystemCalls.unlink(lockPath)
        close(descriptor)
    }

    /// Does work in the folder; its errors name the destination, which is what a person knows of.
    package func using<T>(_ body: (_ file: String) throws(OsteonError) -> T) throws(OsteonError) -> T {
        do {
            return try body(path + "/" + Paths.name(of: destination))
        } catch {
            let folder = Paths.folder(of: destination)
            func named(_ text: String) -> String {
                text.replacing(path + "/", with: folder == "." ? "" : folder == "/" ? "/" : folder + "/")
                    .replacing(path, with: folder)
            }
            throw OsteonError(error.code, named(error.message), trail: error.trail.map(named), offset: error.offset)
        }
    }
}
