import Bytes
import GraphIR
import Tensors

/// The tensors a file stores, for the constants of a graph: each distinct one once, in the order of the data.
struct StoredTensors {
    struct Entry {
        var name: String
        var tensor: Tensor
        var digest: SHA256Digest
    }

    /// Sorted by element size, largest first (so that all are aligned), else in the graph's order.
    private(set) var entries: [Entry] = []
    /// The name of the stored tensor of each constant.
    private(set) var names: [ValueID: String] = [:]

    /// Tensors equal in type, shape and bytes.
    private struct Identity: Hashable {
        var type: TensorType
        var digest: SHA256Digest
    }

    init(_ constants: [(id: ValueID, name: String, tensor: Tensor)]) {
        let digests = SHA256Digest.each(of: constants.map { $0.tensor.bytes })
        var known: [Identity: String] = [:]
        var taken: Set<UTF8Name> = [UTF8Name(NativeFormat.metadataKey)]
        for constant in constants { taken.insert(UTF8Name(constant.name)) }
        for (constant, digest) in zip(constants, digests) {
            let identity = Identity(type: constant.tensor.type, digest: digest)
            if let name = known[identity] {
                names[constant.id] = name
                continue
            }
            var name = constant.name
            if name == NativeFormat.metadataKey {
                repeat { name += "_" } while !taken.insert(UTF8Name(name)).inserted
            }
            known[identity] = name
            names[constant.id] = name
            entries.append(Entry(name: name, tensor: constant.tensor, digest: digest))
        }
        let order = entries.indices.sorted {
            let (a, b) = (entries[$0].tensor.elementType.byteCount, entries[$1].tensor.elementType.byteCount)
            return a != b ? a > b : $0 < $1
        }
        entries = order.map { entries[$0] }
    }
}
