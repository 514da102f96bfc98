import Bytes
import Contracts

/// LoadNifti, LoadPng (Clara) and LoadImage (MONAI).
///
/// A list of files is stacked into channels, a fourth axis of a file is its channels. Axes are those of the file, x first, as
/// nibabel gives them; of a PNG, rows then columns by LoadPng, columns then rows by LoadImage, as each did.
enum LoadingTransforms {
    static let table: [String: TransformTable.Maker] = [
        "LoadNifti": { (d) throws(OsteonError) in try Load(d) },
        "LoadPng": { (d) throws(OsteonError) in try Load(d) },
        "LoadImage": { (d) throws(OsteonError) in try Load(d, isMONAI: true) },
    ]

    struct Load: CaseTransform {
        let fields: [String]
        var use: FieldUse { FieldUse([], loaded: fields) }
        let isCanonical: Bool
        /// Whether flat images come with their columns as the first axis.
        let transposesFlat: Bool

        init(_ description: ImagingTransform, isMONAI: Bool = false) throws(OsteonError) {
            let arguments = try TransformArguments(
                description,
                known: [
                    "as_closest_canonical", "reader", "ensure_channel_first", "simple_keys", "dtype", "reverse_indexing", "expanduser",
                    "image_dtype",
                ])
            fields = try arguments.fields()
            isCanonical = try arguments.flag("as_closest_canonical", false)
            transposesFlat = isMONAI ? try arguments.flag("reverse_indexing", true) : false
            if let reader = arguments.text("reader"),
                !["nibabelreader", "pilreader", "nibabel", "pil", "itkreader"].contains(reader.lowercased())
            {
                throw OsteonError(.unsupported, "LoadImage: the reader \(reader) isn't supported.")
            }
        }

        func apply(to fields: inout ImagingCase) throws(OsteonError) {
            for field in self.fields {
                guard let paths = fields.files.removeValue(forKey: field) else { continue }
                var volume = try fields.read(field, paths)
                if volume.spatialRank == 2, volume.source?.header == nil, transposesFlat {
                    volume = try volume.reordered(AxisOrder(source: [1, 0], flipped: [false, false]))
                }
                if isCanonical, volume.spatialRank == 3 { volume = try volume.oriented(.ras) }
                fields.set(field, volume)
            }
        }
    }
}
