import Bytes
import Imaging

/// The SHA-256 of a case's files: what its figures depend on beside the run, so that a file replaced later is noticed.
package struct CaseFiles: Record, Hashable {
    package static let ignoresUnknownMembers = true

    /// In the data list's order; of a `.hdr` and `.img` pair, of both.
    package var images: [String] = []
    /// nil where the list itself says what's right.
    package var label: String?

    package init() {}

    package init(images: [String] = [], label: String? = nil) {
        self.images = images
        self.label = label
    }

    /// - Throws: `.unreadable` where a file isn't there.
    init(_ item: DataList.Case) throws(OsteonError) {
        images = []
        for path in item.images { images.append(try Self.digest(path)) }
        if case .file(let path)? = item.reference { label = try Self.digest(path) }
    }

    private static func digest(_ path: String) throws(OsteonError) -> String {
        var digests: [String] = []
        for part in VolumeFile.parts(of: path) { digests.append(SHA256Digest(of: try MappedFile(path: part)).hexadecimal) }
        return digests.count == 1 ? digests[0] : SHA256Digest(of: Array(digests.joined().utf8)).hexadecimal
    }

    package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
        try visitor.member("images", &images)
        try visitor.nullable("label", &label)
    }
}
