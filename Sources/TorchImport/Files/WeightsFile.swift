import Bytes

/// A file of weights: a ZIP or legacy file of `torch.save`, or safetensors.
struct WeightsFile {
    let path: String
    let weights: StateDict
    let producer: String
    private(set) var notes: [String] = []

    /// - Parameter key: the member of the file's dict that holds the weights, where it isn't the only one.
    init(path: String, key: String?) throws(OsteonError) {
        self.path = path
        let file = try MappedFile(path: path)
        if SafetensorsFile.recognizes(file.bytes) {
            weights = try SafetensorsFile.read(file)
            producer = "safetensors"
            return
        }
        let contents = LegacyTorchFile.recognizes(file.bytes) ? try LegacyTorchFile.read(file) : try TorchArchive.read(file)
        let found = try contents.stateDict(key)
        weights = found.weights
        producer = "PyTorch"
        if !found.key.isEmpty { notes.append("The weights are those under \"\(found.key)\".") }
    }
}
