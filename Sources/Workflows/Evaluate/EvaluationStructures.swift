import Bytes
import Contracts
import Imaging

/// What a run scores, from the model's labels and the data list's, and what label values mean in it.
///
/// The data list's regions, where it has such, as nnU-Net scores them; else the model's labels without its background; else the
/// data list's.
struct EvaluationStructures {
    private(set) var structures: [EvaluationRun.Structure] = []
    private(set) var labels = LabelMeaning()
    /// What isn't scored, or is scored in another way than label by label.
    private(set) var notes: [String] = []
    private let contract: ImagingContract
    private var hasRegions = false

    /// - Parameter changesLabels: whether the model's own transforms give references other values than their files hold.
    /// - Throws: `.usage` where neither says what the structures are, or the two contradict one another.
    init(
        _ contract: ImagingContract, _ list: DataList, _ cases: [DataList.Case], changesLabels: Bool
    ) throws(OsteonError) {
        self.contract = contract
        if contract.task == .classification {
            structures = Self.findings(contract, list, cases)
            return
        }
        labels.ignored = list.ignored
        labels.reference = list.knownValues
        if let ignored = list.ignored { notes.append("voxels that the reference labels \(ignored) (ignore) are left out of every figure") }
        if !list.regions.isEmpty, !changesLabels {
            try takeRegions(list)
            return
        }
        if !list.regions.isEmpty {
            notes.append("the data list's regions aren't used: the model's own transforms make regions of the labels")
        }
        structures = try Self.ownStructures(contract, list)
        if changesLabels { return }
        try compareNames(list)
        if labels.reference.isEmpty { labels.reference = named([]) }
        labels.prediction = named(list.labels.keys.map { $0 })
    }

    /// The values with a name, by the model and otherwise; empty for masks of several channels that nobody names.
    private func named(_ others: [Int]) -> [Int] {
        let own = structures.map(\.index) + contract.output.labels.map(\.index)
        return own.isEmpty ? [] : Set(own + others + [0]).sorted()
    }

    // MARK: Labels

    private static func findings(_ contract: ImagingContract, _ list: DataList, _ cases: [DataList.Case]) -> [EvaluationRun.Structure] {
        let output = contract.output
        var count = output.channels ?? 0
        if count == 0, case .values(let values)? = cases.first?.reference { count = values.count }
        let names = Dictionary(output.labels.map { ($0.index, $0.name) }) { first, _ in first }
        return (0..<count).map { EvaluationRun.Structure(index: $0, name: names[$0] ?? list.labels[$0] ?? "finding \($0)") }
    }

    /// The model's labels without its background; the data list's where the model names none.
    private static func ownStructures(_ contract: ImagingContract, _ list: DataList) throws(OsteonError) -> [EvaluationRun.Structure] {
        let output = contract.output
        // With one channel a mask has one structure, and its voxels hold 1.
        let first = output.channels == 1 || output.activation != .sigmoid || output.labels.first.map(isBackground) == true ? 1 : 0
        if output.channels == 1 { return [.init(index: 1, name: output.labels.first?.name ?? list.labels[1] ?? "structure")] }
        let named = output.labels.filter { $0.index >= first && !isBackground($0) }
        if !named.isEmpty { return named.map { .init(index: $0.index, name: $0.name) } }
        let listed = list.labels.filter { $0.key >= max(1, first) }.sorted { $0.key < $1.key }
        if !listed.isEmpty { return listed.map { .init(index: $0.key, name: $0.value) } }
        guard let channels = output.channels, channels > first else {
            throw OsteonError(.usage, "Neither the model nor the data list names the labels.")
        }
        return (first..<channels).map { .init(index: $0, name: "label \($0)") }
    }

    private static func isBackground(_ label: ImagingContract.Label) -> Bool { label.name.lowercased().hasPrefix("background") }

    /// Two names for one structure are no contradiction; one name for two values is.
    private mutating func compareNames(_ list: DataList) throws(OsteonError) {
        guard contract.output.channels == 1 || contract.output.activation != .sigmoid else { return }
        for structure in structures {
            let alike = list.labels.filter { Self.isSame($0.value, structure.name) }.map(\.key)
            guard alike.isEmpty || alike.contains(structure.index) else {
                throw OsteonError(
                    .usage,
                    """
                    \(structure.name) is label \(structure.index) of the model and \(alike[0]) of the data list: the two number \
                    their labels differently, so voxels with one value can't be compared. Relabel the references.
                    """
                )
            }
        }
        let scored = Set(structures.map(\.index))
        let unscored = list.labels.filter { $0.key != 0 && !scored.contains($0.key) }.sorted { $0.key < $1.key }.map {
            "\($0.key) (\($0.value))"
        }
        if !unscored.isEmpty {
            notes.append("not scored, because the model has no such label: \(unscored.joined(separator: ", ")) of the data list")
        }
    }

    private static func isSame(_ a: String, _ b: String) -> Bool { a.lowercased().utf8.elementsEqual(b.lowercased().utf8) }

    // MARK: Regions

    private mutating func takeRegions(_ list: DataList) throws(OsteonError) {
        hasRegions = true
        structures = list.regions.enumerated().map { .init(index: $0, name: $1.name, values: $1.values, key: $1.key) }
        notes.append("structures are the data list's regions, each the union of its label values")
        let output = contract.output
        if output.channels == 1 {
            guard list.regions.count == 1 else {
                throw OsteonError(.usage, "The model gives a mask of one structure; the data list has \(list.regions.count) regions.")
            }
        }
        labels.prediction = list.knownValues.filter { $0 != list.ignored }
        // A single region needs no order.
        labels.classOrder = list.classOrder.isEmpty && list.regions.count == 1 ? [list.regions[0].values[0]] : list.classOrder
        guard output.activation != .softmax, let count = output.channels else { return }
        let isBackgroundFirst = output.labels.first.map { $0.index == 0 && Self.isBackground($0) } == true
        let own = (isBackgroundFirst ? 1 : 0)..<max(count, 1)
        let names = own.compactMap { channel in output.labels.first { $0.index == channel } }
        guard own.count == list.regions.count else { return }
        if names.isEmpty || own.count == 1 {
            labels.channels = Array(own)
        } else {
            let places = list.regions.compactMap { region in names.first { Self.isSame($0.name, region.name) }?.index }
            if Set(places).count == list.regions.count { labels.channels = places }
        }
    }

    // MARK: Targets

    /// A documented figure with what it's of among the structures scored.
    /// - Parameter label: the model's label or channel it's documented for; nil for a mean.
    func figure(metric: String, name: String, label: Int?, value: Double) -> EvaluationRun.Targets.Figure {
        let subject: EvaluationRun.Targets.Figure.Subject
        switch (hasRegions, label) {
        case (false, nil): subject = .mean
        // A mask of one channel holds 1, whatever the channel's number.
        case (false, let label?):
            subject = .structure(String(contract.task != .classification && contract.output.channels == 1 ? 1 : label))
        case (true, nil):
            if let region = structures.first(where: { Self.isSame($0.name, name) }) {
                subject = .structure(region.key)
            } else {
                // The mean over the model's labels isn't the mean over a list's regions, unless those are what the model gives.
                subject = labels.channels.isEmpty ? .missing : .mean
            }
        case (true, let label?):
            let place = labels.channels.isEmpty ? structures.firstIndex { $0.values == [label] } : labels.channels.firstIndex(of: label)
            subject = place.map { .structure(structures[$0].key) } ?? .missing
        }
        return .init(metric: metric, name: name, subject: subject, value: value)
    }
}
