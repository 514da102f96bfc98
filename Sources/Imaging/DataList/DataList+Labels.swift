import Bytes
import Tensors

// What label values mean. `{"0": "background"}` (Decathlon, Clara) or `{"background": 0}` (nnU-Net 2), where a region has a list of
// values and `ignore` is the value of voxels without annotation.
extension DataList {
    /// Takes the members `labels` and `regions_class_order`.
    /// - Throws: `.malformed` where they contradict themselves.
    mutating func readLabels(_ json: JSONValue) throws(OsteonError) {
        var entries: [Region] = []
        switch json["labels"] {
        case .object(let members)?:
            for member in members { entries.append(try locating("labels") { () throws(OsteonError) in try Self.label(member) }) }
        case .array(let names)?:
            for (value, name) in names.enumerated() { entries.append(Region(name: try name.string(), values: [value], key: String(value))) }
        default: return
        }
        if let place = entries.firstIndex(where: { $0.name.utf8.elementsEqual("ignore".utf8) }) {
            let entry = entries.remove(at: place)
            guard entry.values.count == 1, entry.values[0] != 0, !entries.contains(where: { $0.values.contains(entry.values[0]) }) else {
                throw OsteonError(.malformed, "The label \"ignore\" must be a value of its own, above all others; it's \(entry.key).")
            }
            ignored = entry.values[0]
        }
        guard entries.contains(where: { $0.values.count > 1 }) else {
            for entry in entries { labels[entry.values[0]] = labels[entry.values[0]].map { "\($0) / \(entry.name)" } ?? entry.name }
            return
        }
        for entry in entries where entry.values.count == 1 { labels[entry.values[0]] = entry.name }
        regions = entries.filter { $0.values.contains { $0 != 0 } }
        guard let order = json["regions_class_order"] else { return }
        for value in try order.array() { classOrder.append(try value.integer()) }
        guard classOrder.count == regions.count else {
            throw OsteonError(.malformed, "regions_class_order has \(classOrder.count) labels for \(regions.count) regions.")
        }
    }

    private static func label(_ member: JSONValue.Member) throws(OsteonError) -> Region {
        if case .string(let text) = member.value {
            if let value = Int(member.name) { return try region(text, [value], key: String(value)) }
            guard let value = Int(text) else { throw OsteonError(.malformed, "\"\(member.name)\": \"\(text)\" gives no label value.") }
            return try region(member.name, [value], key: text)
        }
        guard case .array(let elements) = member.value else {
            let value = try number(member.value, member.name)
            return try region(member.name, [value], key: String(value))
        }
        var values: [Int] = []
        for element in elements {
            let value = try number(element, member.name)
            if !values.contains(value) { values.append(value) }
        }
        guard !values.isEmpty else { throw OsteonError(.malformed, "\"\(member.name)\" has no label value.") }
        let list = values.map(String.init).joined(separator: ", ")
        return try region(member.name, values, key: values.count == 1 ? "(\(list),)" : "(\(list))")
    }

    private static func number(_ json: JSONValue, _ name: String) throws(OsteonError) -> Int {
        guard let whole = Int(exactly: try json.double()) else {
            throw OsteonError(.malformed, "\"\(name)\" has no whole number as its label value.")
        }
        return whole
    }

    private static func region(_ name: String, _ values: [Int], key: String) throws(OsteonError) -> Region {
        guard values.allSatisfy({ (0...WholeNumber.largestLabel).contains($0) }) else {
            throw OsteonError(.malformed, "\"\(name)\" has the label value \(key); values go from 0 to \(WholeNumber.largestLabel).")
        }
        return Region(name: name, values: values, key: key)
    }
}
