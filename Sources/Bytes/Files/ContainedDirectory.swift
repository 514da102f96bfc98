import CSystem
import Glibc

/// A folder from which only files that truly lie in it are opened: for names that come out of a model file.
///
/// Refused with `.unsafeReference` are absolute paths, `..`, symbolic links at any step (the last included), files
/// with more than one hard link (one could be made to point anywhere on the same disk), and anything that isn't a
/// regular file. The kernel checks each step while it opens (`openat2`), so nothing can be swapped in between;
/// without that call the folder is walked one component at a time with the same rules.
package final class ContainedDirectory: Sendable {
    package let path: String
    private let descriptor: Int32

    /// - Throws: `.unreadable` where the folder can't be opened.
    package init(path: String) throws(OsteonError) {
        self.path = path
        descriptor = SystemCalls.open(path.isEmpty ? "." : path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw OsteonError(.unreadable, "Can't open the folder \(path): \(SystemCalls.reason(errno)).")
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Maps the file at `location`, a path relative to the folder.
    package func map(_ location: String) throws(OsteonError) -> MappedFile {
        let components = try Self.components(of: location)
        let file = try openBeneath(components, location)
        defer { close(file) }
        guard let status = SystemCalls.status(of: file) else {
            throw OsteonError(.unreadable, "Can't read the size of \(location): \(SystemCalls.reason(errno)).")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw OsteonError(.unsafeReference, "\(location) is not a regular file; only those are read beside a model.")
        }
        guard status.st_nlink == 1 else {
            throw OsteonError(
                .unsafeReference,
                "\(location) has \(status.st_nlink) hard links and might be a file from elsewhere; copy it to have one of its own.")
        }
        return try MappedFile(descriptor: file, path: Paths.join(path, location))
    }

    /// The parts of a relative path without `..`, NUL bytes or anything else that could lead out.
    private static func components(of location: String) throws(OsteonError) -> [String] {
        guard !location.isEmpty, !location.utf8.contains(0), location.utf8.count < 4096 else {
            throw OsteonError(.unsafeReference, "\"\(location.prefix(80))\" is not the name of a file beside the model.")
        }
        guard !Paths.isAbsolute(location) else {
            throw OsteonError(.unsafeReference, "\(location) is an absolute path; only files beside the model are read.")
        }
        let parts = Paths.components(of: location).filter { $0 != "." }
        guard !parts.contains(".."), !parts.isEmpty else {
            throw OsteonError(.unsafeReference, "\(location) leads out of the model's folder; only files in it are read.")
        }
        return parts
    }

    private static let readFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY

    private func openBeneath(_ components: [String], _ location: String) throws(OsteonError) -> Int32 {
        let relative = components.joined(separator: "/")
        for _ in 0..<16 {
            let result = unsafe osteon_open_beneath(descriptor, relative, Self.readFlags)
            if result >= 0 { return result }
            switch errno {
            case EAGAIN, EINTR: continue  // the folder changed while it was walked
            case ENOSYS, EPERM: return try walk(components, location)
            default: throw Self.refusal(errno, location)
            }
        }
        throw OsteonError(.unreadable, "Can't open \(location): its folder keeps changing.")
    }

    /// The same by hand: each component opened in the one before it, never following a link.
    package func walk(_ components: [String], _ location: String) throws(OsteonError) -> Int32 {
        var folder = dup(descriptor)
        for (index, component) in components.enumerated() {
            guard folder >= 0 else { throw Self.refusal(errno, location) }
            let isLast = index == components.count - 1
            let next = SystemCalls.open(component, in: folder, isLast ? Self.readFlags : O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            let code = errno
            close(folder)
            guard next >= 0 else { throw Self.refusal(code, location) }
            folder = next
        }
        return folder
    }

    private static func refusal(_ code: Int32, _ location: String) -> OsteonError {
        switch code {
        case ELOOP, EXDEV, EMLINK:
            OsteonError(.unsafeReference, "\(location) is or goes through a symbolic link; only files truly beside the model are read.")
        case ENOTDIR:
            OsteonError(.unsafeReference, "\(location) goes through something that isn't a folder.")
        default: OsteonError(.unreadable, "Can't open \(location), which the model needs: \(SystemCalls.reason(code)).")
        }
    }
}
