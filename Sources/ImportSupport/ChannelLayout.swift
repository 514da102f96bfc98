/// How spatial data lies in a source: where the channels are, and how many spatial axes there are.
public struct ChannelLayout: Hashable, Sendable {
    public var isChannelsLast: Bool
    public var spatialRank: Int

    public init(isChannelsLast: Bool, spatialRank: Int) {
        self.isChannelsLast = isChannelsLast
        self.spatialRank = spatialRank
    }

    /// The permutation that moves the last axis to axis 1.
    public var toChannelsFirst: [Int] { [0, spatialRank + 1] + Array(1..<spatialRank + 1) }
    /// The permutation that moves axis 1 to the end.
    public var toChannelsLast: [Int] { [0] + Array(2..<spatialRank + 2) + [1] }
    /// The first spatial axis in this layout.
    public var firstSpatialAxis: Int { isChannelsLast ? 1 : 2 }
    /// The axis of the channels in this layout.
    public var channelAxis: Int { isChannelsLast ? spatialRank + 1 : 1 }
}
