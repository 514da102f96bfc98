import Bytes
import HDF5

/// The layout of `.h5` files: a group for each layer, listed in `layer_names`; its variables listed in `weight_names`.
///
/// Layers are found by name. Where names don't fit (a second model made in one Python session numbers its layers on), they're
/// taken in order, as Keras itself does, if there are as many.
struct LegacyWeights: WeightSource {
    let group: HDF5Group

    private struct Entry {
        var name: String
        var variables: [StoredVariable]
    }

    /// Whether `group` has this layout.
    static func recognizes(_ group: HDF5Group) throws(OsteonError) -> Bool { try group.kerasNames("layer_names") != nil }

    func variables(for model: KerasModel) throws(OsteonError) -> WeightTable {
        let entries = try entries()
        let layers = model.layers.filter { !$0.listedSlots.isEmpty }
        var table = WeightTable()
        var byName: [UTF8Name: Entry] = [:]
        for entry in entries { byName[UTF8Name(entry.name)] = entry }
        let missing = layers.filter { byName[UTF8Name($0.name)] == nil }
        if missing.isEmpty {
            for layer in layers {
                guard let entry = byName.removeValue(forKey: UTF8Name(layer.name)) else { continue }
                try assign(entry, to: layer, &table)
            }
            let others = entries.map(\.name).filter { byName[UTF8Name($0)] != nil }
            if !others.isEmpty { table.notes.append("the file holds weights of layers the model doesn't have: \(Self.list(others))") }
            return table
        }
        guard entries.count == layers.count else {
            throw OsteonError(
                .malformed,
                """
                The file has weights of \(entries.count) layers, the model has \(layers.count) with weights; \
                \(Self.list(missing.map(\.name))) \(missing.count == 1 ? "isn't" : "aren't") in the file. It's for another network.
                """
            )
        }
        for (layer, entry) in zip(layers, entries) { try assign(entry, to: layer, &table) }
        table.notes.append("the layers' names in the file aren't the model's (\(entries[0].name) for \(layers[0].name), …): taken in order")
        return table
    }

    func layerNames() throws(OsteonError) -> [String] { try entries().map(\.name) }

    /// The names of all variables, without those of the groups they're in.
    func variableNames() throws(OsteonError) -> [String] {
        var result: [String] = []
        for entry in try entries() { result += entry.variables.map { $0.name.split(separator: "/").last.map(String.init) ?? $0.name } }
        return result
    }

    private static func list(_ names: [String]) -> String {
        names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", …" : "")
    }

    /// The layers that have variables.
    private func entries() throws(OsteonError) -> [Entry] {
        guard let names = try group.kerasNames("layer_names") else {
            throw OsteonError(.malformed, "The file has no list of layers (the attribute layer_names).")
        }
        var result: [Entry] = []
        for name in names {
            let entry = try locating("layer \(name)") { () throws(OsteonError) in
                let layer = try group.group(name)
                var variables: [StoredVariable] = []
                for path in try layer.kerasNames("weight_names") ?? [] {
                    let data = try layer.dataset(path)
                    variables.append(StoredVariable(name: path, shape: data.shape, read: { () throws(OsteonError) in try data.tensor() }))
                }
                return Entry(name: name, variables: variables)
            }
            if !entry.variables.isEmpty { result.append(entry) }
        }
        return result
    }

    private func assign(_ entry: Entry, to layer: KerasLayer, _ table: inout WeightTable) throws(OsteonError) {
        try locating("layer \(layer.path)") { () throws(OsteonError) in
            let slots = layer.listedSlots
            let stored =
                entry.variables.count == slots.count ? entry.variables : SplitGates.joined(entry.variables, slots) ?? entry.variables
            guard slots.count == stored.count else {
                let names = stored.map(\.name).joined(separator: ", ")
                let wanted = slots.map(\.slot.name).joined(separator: ", ")
                throw OsteonError(
                    .malformed, "The file has \(stored.count) variables for it (\(names)), \(slots.count) are needed (\(wanted)).")
            }
            let order = layer.model == nil ? nil : Self.byName(stored, slots)
            for (index, place) in slots.enumerated() { table[place.layer, place.slot.name] = stored[order?[index] ?? index] }
        }
    }

    /// For each slot of a nested model the stored variable whose name has the layer's and ends in the slot's, where that
    /// tells all apart; nil otherwise. Names outlast what changes the order (freezing layers after the model was made).
    private static func byName(_ stored: [StoredVariable], _ slots: [PlacedSlot]) -> [Int]? {
        var places: [String: Int] = [:]
        for (index, variable) in stored.enumerated() {
            let parts = variable.name.split(separator: "/").map { $0.split(separator: ":").first.map(String.init) ?? "" }
            guard parts.count >= 2 else { return nil }
            let key = parts.suffix(2).joined(separator: "/")
            guard places.updateValue(index, forKey: key) == nil else { return nil }
        }
        var result: [Int] = []
        for place in slots {
            guard let index = places["\(place.layer.name)/\(place.slot.name)"] else { return nil }
            result.append(index)
        }
        return Set(result).count == result.count ? result : nil
    }
}
