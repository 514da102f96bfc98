import Bytes
import Contracts

/// Which of a contract's pipelines is used.
package enum PipelineChoice: Sendable, Hashable {
    /// For scans as they are: the preferred pipeline, unless it takes scans of one voxel size for granted and another one
    /// brings them there.
    case forScans
    /// The preferred pipeline, which may expect converted data.
    case preferred
    /// The one read from this file of the archive (the end of its path will do).
    case named(String)
}

/// One pipeline of a contract as steps that can be run.
package struct ImagingPlan: Sendable {
    /// The file of the archive the steps come from; empty for none.
    package let source: String
    package let descriptions: [ImagingTransform]
    package internal(set) var preprocessing: [any CaseTransform]
    /// What the steps call the network's input and output, and which fields are read from files.
    let input: String
    let output: String
    let loaded: [String]
    package let window: ImagingWindow?
    package let postprocessing: [any CaseTransform]
    package internal(set) var notes: [String] = []

    /// - Throws: `.unsupported` naming a transform that isn't known, or an argument of one; `.malformed` for a step on a field there isn't.
    package init(_ contract: ImagingContract, _ choice: PipelineChoice = .forScans) throws(OsteonError) {
        let pipeline = try Self.choose(contract, choice)
        source = pipeline?.source ?? ""
        let preprocessing = pipeline.flatMap { $0.preprocessing.isEmpty ? nil : $0.preprocessing } ?? contract.preprocessing
        descriptions = preprocessing
        window = pipeline?.window ?? contract.window
        let postprocessing = pipeline.flatMap { $0.postprocessing.isEmpty ? nil : $0.postprocessing } ?? contract.postprocessing
        let before = try Self.steps(preprocessing, source)
        let after = try Self.steps(postprocessing, source)
        (self.preprocessing, self.postprocessing) = (before, after)
        let flow: FieldFlow
        do {
            flow = try FieldFlow(
                preprocessing: zip(preprocessing, before).map { ($0, $1.use) },
                postprocessing: zip(postprocessing, after).map { ($0, $1.use) },
                input: contract.input.field, output: contract.output.field)
            try window?.check()
        } catch { throw source.isEmpty ? error : error.at(source) }
        (input, output, loaded) = (flow.input, flow.output, flow.loaded)
        if let first = contract.pipelines.first, let pipeline, pipeline.source != first.source {
            notes.append(
                "prepared as \(pipeline.source) specifies, which \(Self.resamples(pipeline) && !Self.resamples(first) ? "resamples scans; \(first.source) expects converted ones" : "was asked for")"
            )
        }
    }

    /// Whether the pipeline itself says which way axes are to run.
    var saysOrientation: Bool {
        descriptions.contains { $0.isNamed("Orientation") || $0["as_closest_canonical"] != nil }
    }

    /// Steps by their configuration.
    package static func steps(_ transforms: [ImagingTransform], _ source: String = "") throws(OsteonError) -> [any CaseTransform] {
        var result: [any CaseTransform] = []
        for transform in transforms {
            do { result.append(try TransformTable.make(transform)) } catch { throw source.isEmpty ? error : error.at(source) }
        }
        return result
    }

    private static func choose(_ contract: ImagingContract, _ choice: PipelineChoice) throws(OsteonError) -> ImagingPipeline? {
        guard let first = contract.pipelines.first else { return nil }
        switch choice {
        case .preferred: return first
        case .forScans:
            if resamples(first) { return first }
            return contract.pipelines.first(where: resamples) ?? first
        case .named(let name):
            guard let found = contract.pipelines.first(where: { $0.source == name || $0.source.hasSuffix("/" + name) }) else {
                let known = contract.pipelines.map(\.source).joined(separator: ", ")
                throw OsteonError(.usage, "The model has no pipeline \(name); it has \(known.isEmpty ? "none" : known).")
            }
            return found
        }
    }

    private static func resamples(_ pipeline: ImagingPipeline) -> Bool { pipeline.preprocessing.contains { $0.targetResolution != nil } }

    /// Runs steps on a case.
    static func run(_ steps: [any CaseTransform], on fields: inout ImagingCase) throws(OsteonError) {
        for step in steps { try step.apply(to: &fields) }
    }
}
