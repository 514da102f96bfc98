import Bytes
import Contracts
import Tensors

/// Transforms that bring a result back onto the grid of the scan.
enum RestoringTransforms {
    static let table: [String: TransformTable.Maker] = [
        "RestoreOriginalShape": { (d) throws(OsteonError) in try Restore(d) },
        "Invert": { (d) throws(OsteonError) in try Restore(inverting: d) },
    ]

    /// Undoes every step since the file was read, in turn: resampling by the same rule, cuts filled with 0.
    ///
    /// Clara's RestoreOriginalShape (nearest with `is_label`) and MONAI's Invert (nearest unless `nearest_interp` is false).
    struct Restore: FieldTransform {
        let fields: [String]
        /// Fields whose way is gone back; it's the same for all here, but a name that means nothing is a mistake.
        private let origins: [String]
        private let interpolations: [Interpolation]
        var use: FieldUse { FieldUse(fields + origins) }

        init(_ description: ImagingTransform) throws(OsteonError) {
            let arguments = try TransformArguments(description, known: ["src_field", "is_label", "dtype"])
            fields = try arguments.fields()
            origins = description.texts("src_field") ?? []
            interpolations = [try arguments.flag("is_label", false) ? .nearest : .linear]
        }

        init(inverting description: ImagingTransform) throws(OsteonError) {
            let arguments = try TransformArguments(
                description, known: ["transform", "orig_keys", "nearest_interp", "post_func", "meta_key_postfix"])
            fields = try arguments.fields()
            origins = description.texts("orig_keys") ?? []
            guard !arguments.has("post_func") else { throw arguments.wrong("post_func", "missing") }
            var interpolations: [Interpolation] = []
            for index in fields.indices {
                interpolations.append(try arguments.flag("nearest_interp", field: index, true) ? .nearest : .linear)
            }
            self.interpolations = interpolations
        }

        func apply(_ volume: Volume, field index: Int) throws(OsteonError) -> Volume {
            try volume.restored(volume.tensor.elementType == .u8 ? .nearest : interpolations[min(index, interpolations.count - 1)])
        }
    }
}
