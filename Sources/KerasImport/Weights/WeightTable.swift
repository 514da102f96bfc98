import Bytes
import Tensors

/// A variable in a file, not read yet.
struct StoredVariable {
    /// Where it is in the file, for messages.
    var name: String
    var shape: [Int]
    var read: () throws(OsteonError) -> Tensor
}

/// Something that holds the variables of a model: an HDF5 file of one of Keras' layouts, or memory in tests.
protocol WeightSource {
    /// The stored variable for each slot of each layer of `model`, as far as they're there.
    func variables(for model: KerasModel) throws(OsteonError) -> WeightTable
    /// The names of the layers with variables, where the layout has names.
    func layerNames() throws(OsteonError) -> [String]
}

/// Which stored variable belongs to which layer.
struct WeightTable {
    private var variables: [String: StoredVariable] = [:]
    /// What a person should know, such as layers in the file that the model doesn't have.
    var notes: [String] = []

    private static func key(_ layer: KerasLayer, _ slot: String) -> String { "\(layer.path)\u{0}\(slot)" }

    subscript(layer: KerasLayer, slot: String) -> StoredVariable? {
        get { variables[Self.key(layer, slot)] }
        set { variables[Self.key(layer, slot)] = newValue }
    }
}

/// A layer's variable, where those of many layers stand in one list.
struct PlacedSlot {
    var layer: KerasLayer
    var slot: VariableSlot
}

extension KerasLayer {
    /// Its variables and those of the layers inside it, as older Keras lists them: all trainable ones, then the others.
    /// What doesn't train at all (`trainable` false) counts among the others, by layer.
    var listedSlots: [PlacedSlot] {
        let parts = trainability
        return parts.trainable + parts.fixed
    }

    private var trainability: (trainable: [PlacedSlot], fixed: [PlacedSlot]) {
        let own = LayerVariables.slots(of: self)
        var trainable = own.filter(\.isTrainable).map { PlacedSlot(layer: self, slot: $0) }
        var fixed = own.filter { !$0.isTrainable }.map { PlacedSlot(layer: self, slot: $0) }
        for part in parts {
            let inner = part.trainability
            trainable += inner.trainable
            fixed += inner.fixed
        }
        return isTrainable ? (trainable, fixed) : ([], trainable + fixed)
    }
}
