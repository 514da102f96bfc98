/// Which extents of a free dimension a network takes.
package struct LegalSizes: Sendable, Equatable {
    /// The free dimension.
    package var dimension: String
    /// The smallest legal extent.
    package var smallest: Int
    /// From the smallest on, an extent is legal where its remainder by this is one of `remainders`; nil where the legal
    /// extents follow no such rule within the sizes tried.
    package var step: Int?
    package var remainders: [Int]
    /// The legal extents among those tried.
    package var tried: [Int]

    /// - Parameters:
    ///   - legal: the legal extents up to `limit`, ascending, one at least.
    init(dimension: String, legal: [Int], limit: Int) {
        self.dimension = dimension
        tried = legal
        smallest = legal.first ?? 0
        remainders = []
        let isLegal = Set(legal)
        // A period must show three times before it's believed.
        for period in 1...max(1, (limit - smallest) / 3) {
            let holds = (smallest...limit).allSatisfy { $0 + period > limit || isLegal.contains($0) == isLegal.contains($0 + period) }
            if holds {
                step = period
                remainders = Set(legal.map { $0 % period }).sorted()
                break
            }
        }
    }

    /// For example "multiples of 16", "any from 4", "3, 4, 7, 8, … (0 or 3 modulo 4)".
    package var description: String {
        guard let step else { return listed }
        if step == 1 { return "any from \(smallest)" }
        if remainders == [0] { return "multiples of \(step)" + (smallest == step ? "" : " from \(smallest)") }
        return "\(listed) (\(remainders.map(String.init).joined(separator: " or ")) modulo \(step))"
    }

    private var listed: String { tried.prefix(6).map(String.init).joined(separator: ", ") + (tried.count > 6 ? ", …" : "") }
}
