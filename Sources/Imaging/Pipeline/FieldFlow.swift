import Bytes
import Contracts

/// Follows the fields of a case through a pipeline's steps before anything is loaded: what the network's input and output are called,
/// and that each step works on fields there are.
struct FieldFlow {
    /// A step with what its configuration says.
    typealias Step = (description: ImagingTransform, use: FieldUse)

    /// What configurations of MONAI and Clara call the reference that inference doesn't have.
    static let references: Set<String> = ["label", "labels", "seg"]
    /// What they call a network's output, the most usual first.
    private static let outputs = ["pred", "model", "output"]

    /// What the steps call the image the network takes and what it gives.
    let input: String
    let output: String
    /// The fields that are read from files.
    let loaded: [String]

    /// - Parameters:
    ///   - input: the contract's names; the steps' own go before them where they're consistent.
    /// - Throws: `.malformed` for a step that names a field there isn't, with those there are.
    init(preprocessing: [Step], postprocessing: [Step], input: String, output: String) throws(OsteonError) {
        let declared = Self.unique(preprocessing.flatMap(\.use.loaded))
        self.input = try Self.input(preprocessing, declared, input)
        var fields = Fields()
        if declared.isEmpty {
            loaded = [self.input]
        } else if declared.contains(self.input) {
            loaded = [self.input]
            fields.absent = Set(declared).subtracting(loaded)
        } else {
            loaded = declared.filter { !Self.references.contains($0) }
            fields.absent = Set(declared).subtracting(loaded)
        }
        fields.present = Set(loaded)
        try fields.follow(preprocessing, "preprocessing")
        guard fields.present.contains(self.input) else {
            throw OsteonError(
                .malformed, "No step of the preprocessing makes the field \(self.input), which the network takes; there \(fields.text).")
        }
        self.output = Self.output(postprocessing, fields, output)
        fields.present.insert(self.output)
        try fields.follow(postprocessing, "postprocessing")
    }

    /// Steps on a reference label alone.
    static func check(label: String, image: String, _ steps: [Step]) throws(OsteonError) {
        var fields = Fields(present: [label], absent: [image])
        fields.absent.formUnion(steps.flatMap(\.use.loaded))
        try fields.follow(steps, "label_transforms")
    }

    // MARK: Names

    private static func unique(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }

    /// The contract's name where it's loaded, made or worked on; else the only one that steps load or work on.
    private static func input(_ steps: [Step], _ declared: [String], _ name: String) throws(OsteonError) -> String {
        if declared.contains(name) || steps.contains(where: { $0.use.made.contains(name) }) { return name }
        let made = Set(steps.flatMap(\.use.made))
        let worked = declared.isEmpty ? unique(steps.flatMap { $0.use.fields + $0.use.sources }).filter { !made.contains($0) } : declared
        if worked.contains(name) { return name }
        let images = worked.filter { !references.contains($0) }
        if images.count == 1 { return images[0] }
        guard images.isEmpty else {
            throw OsteonError(
                .malformed,
                """
                The preprocessing names \(images.joined(separator: ", ")); none of them is called \(name), and which one the \
                network takes isn't said.
                """
            )
        }
        return name
    }

    /// The contract's name where steps work on it; else the one they work on that nothing before has made, a usual one first.
    private static func output(_ steps: [Step], _ fields: Fields, _ name: String) -> String {
        var made: Set<String> = []
        var open: [String] = []
        for step in steps {
            open += (step.use.fields + step.use.sources).filter {
                !fields.present.contains($0) && !fields.absent.contains($0) && !made.contains($0)
            }
            made.formUnion(step.use.made)
        }
        open = unique(open)
        if open.contains(name) { return name }
        let results = open.filter { !references.contains($0) }
        let candidates = results.isEmpty ? open : results
        if candidates.count == 1 { return candidates[0] }
        return outputs.first(where: candidates.contains) ?? name
    }
}

/// The fields of a case, by name.
private struct Fields {
    var present: Set<String> = []
    /// Known, but not there where a model is only run: what a configuration loads beside the image.
    var absent: Set<String> = []

    var text: String {
        present.isEmpty ? "are none" : "\(present.count == 1 ? "is" : "are") \(present.sorted().joined(separator: ", "))"
    }

    mutating func follow(_ steps: [FieldFlow.Step], _ place: String) throws(OsteonError) {
        for (index, step) in steps.enumerated() {
            let name = step.description.originalName ?? step.description.name
            func missing(_ field: String, _ reason: String) -> OsteonError {
                OsteonError(.malformed, "\(place), step \(index + 1) (\(name)) works on the field \"\(field)\", \(reason); there \(text).")
            }
            for field in step.use.sources where !present.contains(field) {
                throw missing(
                    field,
                    absent.contains(field) || FieldFlow.references.contains(field) ? "which inference doesn't have" : "which there isn't")
            }
            let toleratesMissing = step.description.flag("allow_missing_keys") == true
            for field in step.use.fields where !present.contains(field) && !absent.contains(field) && !toleratesMissing {
                guard FieldFlow.references.contains(field) else { throw missing(field, "which there isn't") }
            }
            present.formUnion(step.use.made)
        }
    }
}
