import Bytes

/// A file of weights: a ZIP or legacy file of `torch.save`, or safetensors.
package struct WeightsFile {
    package let path: String
    /// nil for weights in memory.
    let file: MappedFile?
    package let producer: String
    /// The dicts of tensors in it that may be the network's weights, one at least.
    package let candidates: [WeightsCandidate]

    /// - Parameter key: the dict that holds the weights, where it isn't the only one.
    package init(_ file: MappedFile, key: String?) throws(OsteonError) {
        try self.init(file.bytes, path: file.path, key: key, file: file)
    }

    /// - Parameter bytes: a whole file.
    package init(_ bytes: SharedBytes, path: String, key: String?) throws(OsteonError) {
        try self.init(bytes, path: path, key: key, file: nil)
    }

    private init(_ bytes: SharedBytes, path: String, key: String?, file: MappedFile?) throws(OsteonError) {
        self.file = file
        self.path = path
        if SafetensorsFile.recognizes(bytes) {
            let weights = try SafetensorsFile.read(bytes)
            candidates = [WeightsCandidate(keys: [], weights: weights, isWhole: true, refused: [:], skipped: [])]
            producer = "safetensors"
            return
        }
        let contents =
            LegacyTorchFile.recognizes(bytes)
            ? try LegacyTorchFile.read(bytes) : try TorchArchive.read(bytes)
        producer = "PyTorch"
        let found = try contents.candidates()
        if let key { candidates = [try WeightsCandidate.named(key, in: found)] } else { candidates = found }
    }

    /// The weights that are meant where no network decides it.
    /// - Throws: `.usage` where several dicts may be.
    package func preferred() throws(OsteonError) -> WeightsCandidate { try WeightsCandidate.preferred(candidates) }
}
