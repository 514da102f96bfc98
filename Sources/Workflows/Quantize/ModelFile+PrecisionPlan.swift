import Bytes
import Container
import Quantization

extension ModelFile {
    /// Where the plan travels in a native file's metadata.
    private static let planKey = "precision_plan"

    /// The plan the model was reduced by, without the numbers its graph holds; nil for a model that wasn't.
    /// - Throws: `.malformed` for a damaged plan, `.unsupported` for one of another version.
    func precisionPlan() throws(OsteonError) -> PrecisionPlan? {
        guard let text = metadata[Self.planKey] else { return nil }
        return try locating("metadata \(Self.planKey)") { () throws(OsteonError) in try PrecisionPlan(json: JSONValue(parsing: text)) }
    }

    /// Keeps what `precisionPlan()` gives.
    mutating func keep(_ plan: PrecisionPlan) { metadata[Self.planKey] = plan.summary.json.text() }
}
