import Foundation

/// Runs `body` with the path of a new empty folder, and removes the folder afterwards.
package func withTemporaryFolder<T>(_ body: (_ path: String) throws -> T) throws -> T {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("osteon-test-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder)
}
