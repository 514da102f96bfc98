import Bytes

/// One way to run a model on a case: transforms, inference, transforms.
package struct ImagingPipeline: Record, Hashable {
    /// The file of the archive that describes it.
    package var source = ""
    package var preprocessing: [ImagingTransform] = []
    package var window: ImagingWindow?
    package var postprocessing: [ImagingTransform] = []

    package init() {}

    package init(
        source: String, preprocessing: [ImagingTransform] = [], window: ImagingWindow? = nil, postprocessing: [ImagingTransform] = []
    ) {
        self.source = source
        self.preprocessing = preprocessing
        self.window = window
        self.postprocessing = postprocessing
    }

    package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
        try visitor.member("source", &source)
        try visitor.member("preprocessing", &preprocessing)
        try visitor.optional("window", &window)
        try visitor.member("postprocessing", &postprocessing)
    }
}

/// How the network is applied to a volume.
package struct ImagingWindow: Record, Hashable {
    package enum Mode: String, JSONEnum {
        /// A window of fixed size moves over the volume.
        case scanning
        /// The whole volume at once.
        case simple
    }

    package var mode = Mode.simple
    /// The window's spatial extents; nil where none are given as numbers.
    package var region: [Int]?
    /// Windows in one run.
    package var batch: Int?
    /// The share of a window that the next one covers again; nil where the archive leaves it to the program.
    package var overlap: Double?
    /// What the archive says in its own words.
    package var inferer: ImagingTransform?

    package init() {}

    package init(mode: Mode, region: [Int]? = nil, batch: Int? = nil, overlap: Double? = nil, inferer: ImagingTransform? = nil) {
        self.mode = mode
        self.region = region
        self.batch = batch
        self.overlap = overlap
        self.inferer = inferer
    }

    package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
        try visitor.member("mode", &mode)
        try visitor.optional("roi", &region)
        try visitor.optional("batch", &batch)
        try visitor.optional("overlap", &overlap)
        try visitor.optional("inferer", &inferer)
    }
}
