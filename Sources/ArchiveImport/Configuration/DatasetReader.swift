import Bytes
import Contracts

/// Reads the lists of cases an archive was trained and validated with: how many, and what their header says.
struct DatasetReader {
    private let folder: ArchiveFolder
    /// Bytes of lists read from one archive.
    private static let mostBytes = 64_000_000
    private static let mostLists = 64

    init(_ folder: ArchiveFolder) { self.folder = folder }

    /// Reads the list that DATASET_JSON names, and every other file of the configurations' folder that is one.
    func read(into facts: inout ArchiveFacts, variables: inout Variables, files: inout [String]) throws(OsteonError) {
        var locations: [String] = []
        if let named = try variables.text("DATASET_JSON") {
            do {
                locations.append(try ArchivePath.location(named))
            } catch {
                facts.notes.append("environment.json's DATASET_JSON isn't read: \(error.message)")
            }
        }
        let folderName = MMARReader.folder
        for name in folder.names(in: folderName) where name.hasSuffix(".json") && !MMARReader.configurations.contains(name) {
            guard !name.hasPrefix("config_"), !locations.contains("\(folderName)/\(name)") else { continue }
            locations.append("\(folderName)/\(name)")
        }
        var budget = Self.mostBytes
        for location in locations where folder.contains(location) {
            do {
                let size = try folder.map(location).count
                let (json, _) = try folder.json(location, limit: budget)
                budget -= size
                guard let cases = Self.cases(json, location) else { continue }
                facts.cases.append(cases)
                facts.credit(location, with: "cases")
                files.append(location)
            } catch {
                facts.notes.append("\(location) isn't used: \(error.message)")
            }
        }
    }

    /// nil where the file lists no cases.
    private static func cases(_ json: JSONValue, _ location: String) -> ArchiveFacts.Cases? {
        guard case .object(let members) = json else { return nil }
        var lists: [ImagingContract.Dataset.List] = []
        for member in members where lists.count < mostLists {
            guard case .array(let items) = member.value else { continue }
            let isNamed = ["training", "validation", "testing", "test"].contains(member.name)
            let isList = items.allSatisfy { item in
                switch item {
                case .object: true
                case .string: isNamed
                default: false
                }
            }
            if isList, isNamed || !items.isEmpty {
                lists.append(.init(name: member.name, count: items.count))
            }
        }
        guard lists.contains(where: { $0.count > 0 }) else { return nil }
        let name = (try? json["name"]?.string()) ?? ""
        return ArchiveFacts.Cases(
            dataset: .init(file: location, name: name, lists: lists), labels: numbered(json["labels"]),
            modalities: numbered(json["modality"]))
    }

    /// `{"0": "background", "1": "spleen"}` by number.
    static func numbered(_ json: JSONValue?) -> [Int: String] {
        guard case .object(let members)? = json else { return [:] }
        var result: [Int: String] = [:]
        for member in members.prefix(4096) {
            guard let number = Int(member.name), (0..<65_536).contains(number), case .string(let text) = member.value else { continue }
            result[number] = text
        }
        return result
    }
}
