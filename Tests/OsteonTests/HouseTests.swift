import Foundation
import Testing

/// What CONTRIBUTING says of the targets, compared with the sources.
@Suite struct HouseTests {
    /// The package's folder.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func text(_ path: String) throws -> String { try String(contentsOf: root.appending(path: path), encoding: .utf8) }

    /// Swift files under a folder of the package, by path from it.
    static func swiftFiles(_ folder: String) throws -> [(path: String, lines: [Substring])] {
        let walk = try #require(FileManager.default.enumerator(atPath: root.appending(path: folder).path))
        return try walk.compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }.sorted().map { path in
            ("\(folder)/\(path)", try text("\(folder)/\(path)").split(separator: "\n", omittingEmptySubsequences: false))
        }
    }

    /// The targets of the manifest and what each depends on, products of other packages left out.
    static func manifest() throws -> [String: Set<String>] {
        var result: [String: Set<String>] = [:]
        let target = /\.(?:executableTarget|target|systemLibrary)\(\s*name: "(\w+)"(?:,\s*dependencies: \[([^\]]*)\])?/
        for match in try text("Package.swift").matches(of: target) {
            let list = match.output.2.map(String.init) ?? ""
            let own = list.replacing(/\.product\([^)]*\)/, with: "")
            result[String(match.output.1)] = Set(own.matches(of: /"(\w+)"/).map { String($0.output.1) })
        }
        result["TestSupport"] = nil
        return result
    }

    /// The rows of CONTRIBUTING's table: floor and what may be imported, by target.
    static func rooms() throws -> [String: (floor: Int, imports: Set<String>)] {
        var result: [String: (floor: Int, imports: Set<String>)] = [:]
        for line in try text("CONTRIBUTING.md").split(separator: "\n") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 4, let floor = Int(cells[0]) else { continue }
            let imports = Set(cells[3].matches(of: /\w+/).map { String($0.output) })
            for name in cells[1].matches(of: /`(\w+)`/) { result[String(name.output.1)] = (floor, imports) }
        }
        return result
    }

    @Test func theTableOfTargetsIsTheManifests() throws {
        let manifest = try Self.manifest()
        let rooms = try Self.rooms()
        #expect(manifest.count > 25)
        #expect(Set(manifest.keys) == Set(rooms.keys))
        for (name, dependencies) in manifest {
            let room = try #require(rooms[name], "CONTRIBUTING has no row for \(name)")
            #expect(room.imports == dependencies, "\(name)")
        }
    }

    @Test func arrowsGoDown() throws {
        let rooms = try Self.rooms()
        for (name, room) in rooms {
            for dependency in room.imports {
                let other = try #require(rooms[dependency], "\(name) imports \(dependency), which has no row")
                #expect(other.floor < room.floor, "\(name) (\(room.floor)) imports \(dependency) (\(other.floor))")
            }
        }
    }

    @Test func onlyTheFaceIsPublicAndAllOfItIsDocumented() throws {
        let declaration = /^\s*(?:@\w+ )*public (?:final |static |indirect )*(\w+)/
        var count = 0
        for file in try Self.swiftFiles("Sources") {
            let isFace = file.path.hasPrefix("Sources/Osteon/")
            for (place, line) in file.lines.enumerated() where line.prefixMatch(of: declaration) != nil {
                #expect(isFace, "\(file.path):\(place + 1) is public: `package` is the default")
                count += 1
                let before = place > 0 ? file.lines[place - 1].trimmingCharacters(in: .whitespaces) : ""
                #expect(before.hasPrefix("///"), "\(file.path):\(place + 1) has no documentation")
            }
        }
        #expect(count > 50)
    }

    /// `FoundationEssentials` and C serve; a static binary pays for the whole with fifty megabytes.
    @Test func nothingNeedsTheWholeOfFoundation() throws {
        for file in try Self.swiftFiles("Sources") { #expect(!file.lines.contains("import Foundation"), "\(file.path)") }
    }

    /// A message of the library names a `Parameter`; the command knows its flag.
    @Test func theLibraryKnowsNoFlags() throws {
        let flag = /(?:^|[\s"`(])--[a-z]/
        for file in try Self.swiftFiles("Sources") where !file.path.hasPrefix("Sources/OsteonCommand/") {
            for (place, line) in file.lines.enumerated() where line.contains("--") && !line.drop(while: { $0 == " " }).hasPrefix("//") {
                #expect(line.firstMatch(of: flag) == nil || file.path.hasPrefix("Sources/Reporting/"), "\(file.path):\(place + 1)")
            }
        }
    }

    @Test func nothingIsExportedFromElsewhere() throws {
        for file in try Self.swiftFiles("Sources") {
            #expect(!file.lines.contains { $0.contains("@_exported") }, "\(file.path)")
        }
    }

    /// Every target but the engine, whose kernels are calls of C, and the command refuses memory accesses that aren't proved or marked.
    @Test func memorySafetyIsChecked() throws {
        let manifest = try Self.text("Package.swift")
        #expect(manifest.contains(".strictMemorySafety(),") && manifest.contains(".treatWarning(\"StrictMemorySafety\", as: .error)"))
        #expect(manifest.contains("if target.type != .test, !unchecked.contains(target.name) { target.swiftSettings? += checked }"))
        #expect(manifest.contains("let unchecked: Set = [\"Engine\", \"OsteonCommand\", \"TestSupport\"]"))
    }

    /// What may hold or take an address: the owners of memory, and the calls of the system and of C.
    static let unsafeFiles: Set = [
        "Bytes/Files/ContainedDirectory", "Bytes/Files/MappedFile", "Bytes/Files/SystemCalls", "Bytes/Hash/CRC32C",
        "Bytes/Hash/MessageDigest", "Bytes/Hash/SHA1Digest", "Bytes/Limits/ProcessFigures", "Bytes/Limits/SystemMemory",
        "Bytes/SharedBytes", "Bytes/Signing/Ed25519", "Bytes/Text", "Bytes/Threads/BackgroundWork", "Bytes/UTF8Name", "HDF5/Ledger",
        "Imaging/PNG/PNG", "Imaging/VolumeKernels", "Metrics/Surface/DistanceTransform", "Osteon/Tensor",
        "Quantization/Calibration/LayerErrors", "Quantization/Calibration/ValueHistogram", "Quantization/Calibration/ValueStatistics",
        "Quantization/Rewriting/WeightQuantizer", "Tensors/Archive/Inflate", "Tensors/Archive/ZlibStream", "Tensors/Tensor",
        "Tensors/Tensor+Conversion", "Tensors/Tensor+Elements", "Tensors/TensorStorage",
    ]

    @Test func addressesStayInFewFiles() throws {
        let marked = /\bunsafe [\w(.]|Unsafe\w*Pointer/
        var found: Set<String> = []
        for file in try Self.swiftFiles("Sources") {
            let name = String(file.path.dropFirst("Sources/".count).dropLast(".swift".count))
            guard !["Engine/", "OsteonCommand/", "WireFormats/"].contains(where: name.hasPrefix) else { continue }
            let code = file.lines.filter { !$0.drop(while: { $0 == " " }).hasPrefix("//") }
            if code.contains(where: { $0.firstMatch(of: marked) != nil }) { found.insert(name) }
        }
        #expect(found == Self.unsafeFiles)
    }
}
