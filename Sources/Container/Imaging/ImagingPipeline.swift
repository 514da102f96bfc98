import Bytes

/// One way to run a model on a case: transforms, inference, transforms.
public struct ImagingPipeline: Sendable, Hashable {
    /// The file of the archive that describes it.
    public var source: String
    public var preprocessing: [ImagingTransform]
    public var window: ImagingWindow?
    public var postprocessing: [ImagingTransform]

    public init(
        source: String, preprocessing: [ImagingTransform] = [], window: ImagingWindow? = nil, postprocessing: [ImagingTransform] = []
    ) {
        self.source = source
        self.preprocessing = preprocessing
        self.window = window
        self.postprocessing = postprocessing
    }
}

/// How the network is led over a volume.
public struct ImagingWindow: Sendable, Hashable {
    public enum Mode: String, Sendable, CaseIterable {
        /// A window of fixed size moves over the volume.
        case scanning
        /// The whole volume at once.
        case simple
    }

    public var mode: Mode
    /// The window's spatial extents; nil where none are given as numbers.
    public var region: [Int]?
    /// Windows in one run.
    public var batch: Int?
    /// The share of a window that the next one covers again; nil where the archive leaves it to the program.
    public var overlap: Double?
    /// What the archive says in its own words.
    public var inferer: ImagingTransform?

    public init(mode: Mode, region: [Int]? = nil, batch: Int? = nil, overlap: Double? = nil, inferer: ImagingTransform? = nil) {
        self.mode = mode
        self.region = region
        self.batch = batch
        self.overlap = overlap
        self.inferer = inferer
    }
}
