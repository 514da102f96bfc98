import Bytes
import GraphIR

/// One of MONAI's networks: its constructor's arguments, and how its graph is built at inference.
protocol NetworkDefinition: SendableMetatype {
    /// As MONAI writes it.
    static var name: String { get }
    /// Reads the arguments.
    /// - Parameter name: the name the network was asked for by, in lower case: several may share one definition.
    init(_ members: [JSONValue.Member], as name: String) throws(OsteonError)
    /// The number of spatial axes.
    var rank: Int { get }
    var inputChannels: Int { get }
    /// The spatial extents of the input where the network is made for one size only.
    var inputExtents: [Int]? { get }
    /// Adds the network to `builder`.
    /// - Returns: its outputs, in order.
    func build(_ x: ValueID, _ builder: NetworkBuilder) throws(OsteonError) -> [ValueID]
    /// Whether a tensor of the state dict is of no use at inference although it belongs to the network.
    func isIgnorable(_ name: String) -> Bool
}

extension NetworkDefinition {
    var inputExtents: [Int]? { nil }
    func isIgnorable(_ name: String) -> Bool { false }
}

/// The networks Osteon has definitions of.
enum NetworkCatalogue {
    /// Names as MONAI writes them, and what defines them.
    static let entries: [(name: String, definition: any NetworkDefinition.Type)] = [
        ("SegResNet", SegResNet.self), ("SegResNetVAE", SegResNet.self),
        ("SegResNetDS", SegResNetDS.self), ("UNet", UNet.self), ("BasicUNet", BasicUNet.self), ("DynUNet", DynUNet.self),
        ("AHNet", AHNet.self), ("VNet", VNet.self),
        ("AttentionUnet", AttentionUnet.self), ("UNETR", UNETR.self), ("SwinUNETR", SwinUNETR.self),
        ("HighResNet", HighResNet.self),
        ("DenseNet", DenseNet.self), ("DenseNet121", DenseNet.self), ("DenseNet169", DenseNet.self), ("DenseNet201", DenseNet.self),
        ("DenseNet264", DenseNet.self),
        ("ResNet", ResNet.self), ("ResNet10", ResNet.self), ("ResNet18", ResNet.self), ("ResNet34", ResNet.self), ("ResNet50", ResNet.self),
        ("ResNet101", ResNet.self), ("ResNet152", ResNet.self), ("ResNet200", ResNet.self),
    ]

    /// The definition of the network `name` (in any case, also with its Python module before it) with its arguments.
    /// - Throws: `.usage` where there's none by that name or the arguments don't fit.
    static func definition(_ name: String, _ arguments: [JSONValue.Member]) throws(OsteonError) -> any NetworkDefinition {
        let last = name.split(separator: ".").last.map { $0.lowercased() } ?? ""
        guard let entry = entries.first(where: { $0.name.lowercased() == last }) else {
            throw OsteonError(
                .usage, "Osteon has no definition of a network \(name); it has \(entries.map(\.name).joined(separator: ", ")).")
        }
        return try entry.definition.init(arguments, as: last)
    }
}
