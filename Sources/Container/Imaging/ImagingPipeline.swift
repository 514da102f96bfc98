import Bytes

/// One way to run a model on a case: transforms, inference, transforms.
package struct ImagingPipeline: Sendable, Hashable {
    /// The file of the archive that describes it.
    package var source: String
    package var preprocessing: [ImagingTransform]
    package var window: ImagingWindow?
    package var postprocessing: [ImagingTransform]

    package init(
        source: String, preprocessing: [ImagingTransform] = [], window: ImagingWindow? = nil, postprocessing: [ImagingTransform] = []
    ) {
        self.source = source
        self.preprocessing = preprocessing
        self.window = window
        self.postprocessing = postprocessing
    }
}

/// How the network is applied to a volume.
package struct ImagingWindow: Sendable, Hashable {
    package enum Mode: String, Sendable, CaseIterable {
        /// A window of fixed size moves over the volume.
        case scanning
        /// The whole volume at once.
        case simple
    }

    package var mode: Mode
    /// The window's spatial extents; nil where none are given as numbers.
    package var region: [Int]?
    /// Windows in one run.
    package var batch: Int?
    /// The share of a window that the next one covers again; nil where the archive leaves it to the program.
    package var overlap: Double?
    /// What the archive says in its own words.
    package var inferer: ImagingTransform?

    package init(mode: Mode, region: [Int]? = nil, batch: Int? = nil, overlap: Double? = nil, inferer: ImagingTransform? = nil) {
        self.mode = mode
        self.region = region
        self.batch = batch
        self.overlap = overlap
        self.inferer = inferer
    }
}
