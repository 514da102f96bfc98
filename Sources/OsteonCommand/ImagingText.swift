import Contracts
import Workflows

/// An imaging contract as people read it: a few lines, the rest is in the JSON.
struct ImagingText {
    let contract: ImagingContract

    init(_ contract: ImagingContract) { self.contract = contract }

    var lines: [String] {
        var lines = ["imaging \(contract.name), \(contract.task.rawValue)"]
        func add(_ name: String, _ text: String) {
            if !text.isEmpty { lines.append("  " + name + String(repeating: " ", count: max(1, 12 - name.count)) + text) }
        }
        add("channels", contract.input.channels.map(\.name).joined(separator: ", "))
        add("labels", contract.output.labels.map { "\($0.index) \($0.name)" }.joined(separator: ", "))
        add("activation", contract.output.activation?.rawValue ?? "")
        add("before", steps(contract.preprocessing))
        if let window = contract.window { add("window", text(window)) }
        add("after", steps(contract.postprocessing))
        for dataset in contract.datasets {
            add("data", ([dataset.name].filter { !$0.isEmpty } + dataset.lists.map { "\($0.count) \($0.name)" }).joined(separator: ", "))
        }
        if let documentation = contract.documentation {
            add("targets", documentation.targets.map { "\($0.metric) \($0.name) \($0.value)" }.joined(separator: ", "))
            if let documented = documentation.documentedChannels, let channels = documentation.channels, documented != channels {
                add("card", "documents \(documented) output channel\(documented == 1 ? "" : "s"), the network has \(channels)")
            }
        }
        for note in contract.notes { add("note", note) }
        return lines
    }

    private func steps(_ steps: [ImagingTransform]) -> String {
        steps.map { step in
            if let range = step.intensityRange {
                return "\(step.name) \(Format.number(range.sourceMinimum))…\(Format.number(range.sourceMaximum))"
            }
            if let resolution = step.targetResolution {
                return "\(step.name) \(resolution.map { Format.number($0) }.joined(separator: "×")) mm"
            }
            return step.name
        }.joined(separator: " → ")
    }

    private func text(_ window: ImagingWindow) -> String {
        var parts = [
            window.mode == .simple ? "the whole volume" : window.region.map { $0.map(String.init).joined(separator: "×") } ?? "scanning"
        ]
        if let batch = window.batch { parts.append("\(batch) at once") }
        if let overlap = window.overlap { parts.append("overlap \(Format.number(overlap))") }
        return parts.joined(separator: ", ")
    }
}
