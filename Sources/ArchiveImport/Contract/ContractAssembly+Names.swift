import Bytes
import Contracts

// Names of channels and labels.
extension ContractAssembly {
    /// The channels by name, the archive's own names first.
    func channels(count: Int?) -> [ImagingContract.Channel] {
        var documented = entry?.input.channels.map { ImagingContract.Channel(name: $0.name, modality: $0.modality) } ?? []
        if let entry, documented.count == 1, count == entry.input.graphChannels {
            documented = Array(repeating: documented[0], count: entry.input.graphChannels)
        }
        let modalities = facts.modalities
        guard let count, count <= 4096 else { return [] }
        return (0..<count).map { index in
            let known = documented.count == count ? documented[index] : nil
            let modality = modalities[index] ?? known?.modality
            return ImagingContract.Channel(
                name: facts.inputNames[index] ?? known?.name ?? modality ?? "channel \(index)", modality: modality)
        }
    }

    /// Names by output channel, from where they're given by number first.
    mutating func labels(_ output: ImagingContract.Output) -> [ImagingContract.Label] {
        let overlaps = output.activation == .sigmoid
        if !facts.outputNames.isEmpty { return Self.labels(facts.outputNames) }
        if let channels = output.channels, channels == facts.labels.count { return Self.labels(facts.labels) }
        for names in channelNames() where output.channels == nil || names.count == output.channels { return Self.labels(names) }
        // The numbers in a list of cases are values of a label volume: channels only where they exclude one another.
        let values = overlaps ? [:] : facts.cases.first { !$0.labels.isEmpty }?.labels ?? [:]
        let served = offsetLabels(output, overlaps)
        let fits = output.channels.map { channels in values.keys.allSatisfy { $0 < channels } && values.count == channels } ?? true
        if !values.isEmpty, fits {
            let named = values.filter { $0.key > 0 }.map { $0.value.lowercased() }
            if !served.isEmpty, facts.labels.count == named.count, Set(named) != Set(facts.labels.map { $0.lowercased() }) {
                notes.append(
                    """
                    the list of cases names \(values.sorted { $0.key < $1.key }.prefix(16).map(\.value).joined(separator: ", ")), \
                    the server's configuration \(facts.labels.prefix(16).joined(separator: ", "))
                    """
                )
            }
            return Self.labels(values)
        }
        if !served.isEmpty { return Self.labels(served) }
        guard let entry, entry.output.channels == output.channels else { return [] }
        return entry.output.labels.map { .init(index: $0.index, name: $0.name) }
    }

    /// Names that transforms give the channels, but for those that only number them (`pred_class1`).
    private func channelNames() -> [[String]] {
        let split = facts.pipelines.flatMap(\.postprocessing).filter { $0.name == "SplitAcrossChannels" }.compactMap {
            $0.texts("channel_names")
        }
        let classes = facts.labelTransforms.filter { $0.name == "ConvertToMultiChannelBasedOnBratsClasses" }.compactMap {
            $0.texts("class_names")
        }
        return (split + classes).filter { names in !names.allSatisfy { $0.last?.isNumber == true } }
    }

    /// The server's labels leave the background out where there is one.
    private mutating func offsetLabels(_ output: ImagingContract.Output, _ overlaps: Bool) -> [Int: String] {
        guard !facts.labels.isEmpty else { return [:] }
        let offset: Int
        switch output.channels {
        case facts.labels.count: offset = 0
        case facts.labels.count + 1: offset = 1
        case nil: offset = overlaps ? 0 : 1
        default:
            notes.append(
                "the server's labels (\(facts.labels.prefix(16).joined(separator: ", "))) don't fit \(output.channels ?? 0) output channels"
            )
            return [:]
        }
        var result: [Int: String] = offset == 1 && !overlaps ? [0: "background"] : [:]
        for (index, label) in facts.labels.enumerated() { result[index + offset] = label }
        return result
    }

    private static func labels(_ names: [String]) -> [ImagingContract.Label] {
        names.enumerated().map { .init(index: $0.offset, name: $0.element) }
    }

    private static func labels(_ names: [Int: String]) -> [ImagingContract.Label] {
        names.sorted { $0.key < $1.key }.map { .init(index: $0.key, name: $0.value) }
    }
}
