import Bytes

/// A file of weights: a ZIP or legacy file of `torch.save`, or safetensors.
package struct WeightsFile {
    package let path: String
    package let weights: StateDict
    package let producer: String
    package private(set) var notes: [String] = []

    /// - Parameter key: the member of the file's dict that holds the weights, where it isn't the only one.
    package init(path: String, key: String?) throws(OsteonError) {
        let file = try MappedFile(path: path)
        try self.init(file.bytes, owner: file, path: path, key: key)
    }

    /// - Parameter owner: what keeps `bytes`, a whole file, alive; tensors hold it.
    package init(_ bytes: UnsafeRawBufferPointer, owner: AnyObject, path: String, key: String?) throws(OsteonError) {
        self.path = path
        if SafetensorsFile.recognizes(bytes) {
            weights = try SafetensorsFile.read(bytes, owner: owner)
            producer = "safetensors"
            return
        }
        let contents = LegacyTorchFile.recognizes(bytes)
            ? try LegacyTorchFile.read(bytes, owner: owner) : try TorchArchive.read(bytes, owner: owner)
        let found = try contents.stateDict(key)
        weights = found.weights
        producer = "PyTorch"
        if !found.key.isEmpty { notes.append("The weights are those under \"\(found.key)\".") }
    }
}
