import Bytes
import HDF5

/// The layout of Keras 3 (and of `.keras` archives since 2.12): groups nested as the layers are, named after their classes.
///
/// `layers/conv2d_1/vars/0` is the first variable of the second Conv2D. 2.12 and 2.13 wrote
/// `_layer_checkpoint_dependencies` for `layers`, and counted every layer with weights twice.
struct PathWeights: WeightSource {
    let group: HDF5Group

    private static let oldFolder = "_layer_checkpoint_dependencies"
    private static let folders = ["layers", oldFolder]

    static func recognizes(_ group: HDF5Group) throws(OsteonError) -> Bool {
        for name in folders where try group.contains(name) { return true }
        return false
    }

    func variables(for model: KerasModel) throws(OsteonError) -> WeightTable {
        var table = WeightTable()
        try assign(model.layers, in: group, &table)
        return table
    }

    func layerNames() -> [String] { [] }

    /// - Parameter holder: the group of the model the layers are in.
    private func assign(_ layers: [KerasLayer], in holder: HDF5Group, _ table: inout WeightTable) throws(OsteonError) {
        var folderName = ""
        for name in Self.folders.reversed() where try holder.contains(name) { folderName = name }
        // A model without any weights has neither.
        guard !folderName.isEmpty else { return }
        let folder = try holder.group(folderName)
        let names = folderName == Self.oldFolder ? try orderedNames(layers, folder) : [:]
        for layer in layers where !layer.listedSlots.isEmpty {
            let own = layer.storagePath.split(separator: "/").last.map(String.init) ?? ""
            let name = names[ObjectIdentifier(layer)] ?? own
            guard try folder.contains(name) else { continue }
            try assign(layer, in: folder.group(name), &table)
        }
    }

    private func assign(_ layer: KerasLayer, in group: HDF5Group, _ table: inout WeightTable) throws(OsteonError) {
        for slot in LayerVariables.slots(of: layer) {
            for folder in slot.folders {
                let path = (folder.isEmpty ? "" : folder + "/") + "vars/\(slot.index)"
                guard try Self.contains(path, in: group) else { continue }
                let data = try group.dataset(path)
                table[layer, slot.name] = StoredVariable(
                    name: "\(layer.storagePath)/\(path)", shape: data.shape, read: { () throws(OsteonError) in try data.tensor() })
                break
            }
        }
        if let model = layer.model {
            try assign(model.layers, in: group, &table)
        } else {
            for part in layer.wrapped {
                let role = String(part.storagePath.dropFirst(layer.storagePath.isEmpty ? 0 : layer.storagePath.count + 1))
                guard !role.isEmpty, try Self.contains(role, in: group) else { continue }
                var folder = group
                for name in role.split(separator: "/") { folder = try folder.group(String(name)) }
                try assign(part, in: folder, &table)
            }
        }
    }

    /// Whether every step of the path is there.
    private static func contains(_ path: String, in group: HDF5Group) throws(OsteonError) -> Bool {
        var group = group
        let parts = path.split(separator: "/").map(String.init)
        for part in parts.dropLast() {
            guard try group.contains(part) else { return false }
            group = try group.group(part)
        }
        return try group.contains(parts.last ?? "")
    }

    /// The folder of each layer with variables: of each class those there are, in the order of their numbers.
    private func orderedNames(_ layers: [KerasLayer], _ folder: HDF5Group) throws(OsteonError) -> [ObjectIdentifier: String] {
        var numbered: [String: [(number: Int, name: String)]] = [:]
        for name in try folder.names() {
            let (base, number) = Self.split(name)
            guard try Self.holdsVariables(folder.group(name)) else { continue }
            numbered[base, default: []].append((number, name))
        }
        var result: [ObjectIdentifier: String] = [:]
        var used: [String: Int] = [:]
        for layer in layers where !layer.listedSlots.isEmpty {
            let base = layer.className.snakeCase
            let place = used[base, default: 0]
            used[base] = place + 1
            let names = (numbered[base] ?? []).sorted { $0.number < $1.number }
            if place < names.count { result[ObjectIdentifier(layer)] = names[place].name }
        }
        return result
    }

    /// `conv2d_3` as `conv2d` and 3.
    private static func split(_ name: String) -> (base: String, number: Int) {
        guard let place = name.lastIndex(of: "_"), let number = Int(name[name.index(after: place)...]) else { return (name, 0) }
        return (String(name[..<place]), number)
    }

    private static func holdsVariables(_ group: HDF5Group, depth: Int = 0) throws(OsteonError) -> Bool {
        guard depth < 16 else { return false }
        for name in try group.names() {
            if name == "vars" {
                if try !group.group(name).names().isEmpty { return true }
            } else if try holdsVariables(group.group(name), depth: depth + 1) {
                return true
            }
        }
        return false
    }
}
