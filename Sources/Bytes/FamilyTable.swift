/// Entries by name, gathered from the tables of several families.
package struct FamilyTable<Entry: Sendable>: Sendable {
    private var entries: [String: Entry] = [:]
    /// Names that were given twice: the first entry counts, and tests hold that there are none.
    package private(set) var duplicates: [String] = []

    package init(_ pairs: some Sequence<(String, Entry)>) {
        for (name, entry) in pairs {
            if entries[name] == nil { entries[name] = entry } else { duplicates.append(name) }
        }
    }

    package init(_ families: [[String: Entry]]) { self.init(families.joined().map { ($0.key, $0.value) }) }

    package subscript(name: String) -> Entry? { entries[name] }
    package var names: [String] { Array(entries.keys) }
}
