import GraphIR
import Tensors

/// Where a model's bytes go: what its constants take by element type, each stored tensor counted once.
package struct StorageReport: Sendable {
    package struct Row: Sendable, Hashable {
        package var elementType: ElementType
        package var tensors: Int
        package var byteCount: Int
    }

    /// The type that takes most bytes first.
    package private(set) var rows: [Row] = []
    /// The largest constants, largest first.
    package private(set) var largest: [(name: String, type: TensorType, byteCount: Int)] = []

    package var byteCount: Int { rows.reduce(0) { $0 + $1.byteCount } }

    /// - Parameter count: how many of the largest constants are named.
    package init(_ graph: Graph, largest count: Int = 5) {
        // What's stored once lies at one place.
        var seen: Set<StoragePlace> = []
        var byType: [ElementType: Row] = [:]
        for id in graph.valueIDs {
            guard let tensor = graph.constant(id), seen.insert(StoragePlace(tensor)).inserted else { continue }
            byType[tensor.elementType, default: Row(elementType: tensor.elementType, tensors: 0, byteCount: 0)].tensors += 1
            byType[tensor.elementType]?.byteCount += tensor.byteCount
            largest.append((graph[id].name, tensor.type, tensor.byteCount))
        }
        rows = byType.values.sorted { ($1.byteCount, $0.elementType.rawValue) < ($0.byteCount, $1.elementType.rawValue) }
        largest.sort { ($1.byteCount, $0.name) < ($0.byteCount, $1.name) }
        largest = Array(largest.prefix(count))
    }
}

/// Where a tensor's elements begin.
private struct StoragePlace: Hashable {
    let storage: ObjectIdentifier, offset: Int

    init(_ tensor: Tensor) { (storage, offset) = (ObjectIdentifier(tensor.storage), tensor.byteOffset) }
}
