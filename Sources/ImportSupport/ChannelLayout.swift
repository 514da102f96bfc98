/// How spatial data lies in a source: where the channels are, and how many spatial axes there are.
package struct ChannelLayout: Hashable, Sendable {
    package var isChannelsLast: Bool
    package var spatialRank: Int

    package init(isChannelsLast: Bool, spatialRank: Int) {
        self.isChannelsLast = isChannelsLast
        self.spatialRank = spatialRank
    }

    /// The permutation that moves the last axis to axis 1.
    package var toChannelsFirst: [Int] { [0, spatialRank + 1] + Array(1..<spatialRank + 1) }
    /// The permutation that moves axis 1 to the end.
    package var toChannelsLast: [Int] { [0] + Array(2..<spatialRank + 2) + [1] }
    /// The first spatial axis in this layout.
    package var firstSpatialAxis: Int { isChannelsLast ? 1 : 2 }
    /// The axis of the channels in this layout.
    package var channelAxis: Int { isChannelsLast ? spatialRank + 1 : 1 }
}
