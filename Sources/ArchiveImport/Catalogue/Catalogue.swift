import Bytes

/// The published models: what their cards say, what their graphs are, and the scores to reach.
///
/// `Resources/catalog.json` is the one place where these facts stand; `formats/catalog.md` explains its members.
package struct Catalogue: Sendable {
    package static let schema = "osteon.catalog.1"

    /// What the facts were gathered from.
    package let source: String
    /// In the order of the cards, annotation models last.
    package let models: [CatalogueEntry]

    private static let loaded = Result { () throws(OsteonError) in
        try locating("catalog.json") { () throws(OsteonError) in
            let text = PackageResources.catalog_json
            return try Catalogue(json: JSONValue(parsing: text.span))
        }
    }

    /// The catalogue of this build.
    package static func standard() throws(OsteonError) -> Catalogue { try loaded.get() }

    /// - Throws: `.malformed` for a member that's missing, unknown or of another kind, and for a name given twice.
    package init(json: JSONValue) throws(OsteonError) {
        _ = try json.members(only: ["schema", "source", "models"])
        guard try json.member("schema").string() == Self.schema else {
            throw OsteonError(.unsupported, "The catalogue isn't \(Self.schema).")
        }
        source = try json.member("source").string()
        var models: [CatalogueEntry] = []
        var names: Set<String> = []
        for model in try json.member("models").array() {
            let entry = try locating((try? model["name"]?.string()) ?? "a model without a name") { () throws(OsteonError) in
                try CatalogueEntry(json: model)
            }
            for name in entry.allNames where !names.insert(name).inserted {
                throw OsteonError(.malformed, "Two models are named \(name).")
            }
            models.append(entry)
        }
        self.models = models
    }

    /// The model published under `name`, its first name or a later one; a version (`_v1`) at the end doesn't count.
    package func model(named name: String) -> CatalogueEntry? {
        let wanted = Self.normalized(name)
        return models.first { $0.name == wanted } ?? models.first { $0.allNames.contains(wanted) }
    }

    /// - Throws: `.usage` with the names most like it, where there's none of that name.
    package func entry(named name: String) throws(OsteonError) -> CatalogueEntry {
        if let entry = model(named: name) { return entry }
        let near = names(near: name)
        let hint = near.isEmpty ? "`osteon catalog` lists them" : "did you mean \(near.joined(separator: ", "))?"
        throw OsteonError(.usage, "The catalogue has no model \"\(name.prefix(80))\"; \(hint)")
    }

    /// Names that share words with `name` or differ from it in a few letters, the nearest first.
    package func names(near name: String, limit: Int = 4) -> [String] {
        let wanted = Self.normalized(String(name.prefix(100)))
        let words = Set(wanted.split(whereSeparator: { "_- ".contains($0) }).map(String.init))
        var ranked: [(name: String, score: Double)] = []
        for candidate in models.flatMap(\.allNames) {
            let own = Set(candidate.split(separator: "_").map(String.init))
            let shared = words.intersection(own).subtracting(Self.commonWords).count
            let distance = Double(Self.editDistance(wanted, candidate)) / Double(max(wanted.count, candidate.count, 1))
            if shared > 0 || distance < 0.35 { ranked.append((candidate, Double(shared) - distance)) }
        }
        ranked.sort { ($1.score, $0.name) < ($0.score, $1.name) }
        return ranked.prefix(limit).map(\.name)
    }

    /// The model that a sentence refers to: the one entry of that task all whose keywords stand in it, the one with most of
    /// them where there are several.
    func model(described text: String, task: String) -> CatalogueEntry? {
        let text = text.lowercased()
        let matches = models.filter { entry in
            entry.task.rawValue == task && !entry.keywords.isEmpty && entry.keywords.allSatisfy { text.contains($0.lowercased()) }
        }
        let most = matches.map(\.keywords.count).max() ?? 0
        let best = matches.filter { $0.keywords.count == most }
        return best.count == 1 ? best.first : nil
    }

    private static let commonWords: Set<String> = ["segmentation", "classification", "annotation", "and", "ct", "mri", "clara"]

    /// In lower case and without a version.
    static func normalized(_ name: String) -> String {
        let name = name.lowercased()
        guard let mark = name.lastIndex(of: "_") else { return name }
        let version = name[name.index(after: mark)...]
        guard version.hasPrefix("v"), version.count > 1, version.dropFirst().allSatisfy({ $0.isASCII && $0.isNumber }) else { return name }
        return String(name[..<mark])
    }

    /// How many letters must be changed, added or taken away (Levenshtein 1966).
    private static func editDistance(_ a: String, _ b: String) -> Int {
        let a = Array(a.utf8)
        let b = Array(b.utf8)
        var row = Array(0...b.count)
        for (i, x) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, y) in b.enumerated() {
                let above = row[j + 1]
                row[j + 1] = min(above + 1, row[j] + 1, diagonal + (x == y ? 0 : 1))
                diagonal = above
            }
        }
        return row[b.count]
    }
}

extension Catalogue {
    /// What `osteon catalog` prints in JSON of these models.
    package static func report(_ models: [CatalogueEntry]) -> JSONValue {
        ["schema": .string(schema), "models": .array(models.map(\.json))]
    }
}
