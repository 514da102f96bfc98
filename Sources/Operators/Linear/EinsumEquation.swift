import Bytes
import Tensors

/// An axis of an einsum equation: a letter, or one of the axes an ellipsis stands for (counted from the last).
enum EinsumAxis: Hashable {
    case letter(Character)
    case ellipsis(fromEnd: Int)
}

/// The parsed form of an einsum equation.
struct EinsumEquation {
    /// The axes of one operand or the output: letters before and after the ellipsis, if there's one.
    struct Term {
        var before: [Character] = []
        var after: [Character] = []
        var hasEllipsis = false

        init(_ text: Substring) throws(OsteonError) {
            var rest = text
            while let character = rest.first {
                if character.isASCII && character.isLetter {
                    if hasEllipsis { after.append(character) } else { before.append(character) }
                    rest.removeFirst()
                } else if rest.hasPrefix("..."), !hasEllipsis {
                    hasEllipsis = true
                    rest.removeFirst(3)
                } else {
                    throw invalidGraph("The einsum term \"\(text)\" isn't letters and at most one ellipsis.")
                }
            }
        }

        var letters: [Character] { before + after }

        /// The term's axes where its ellipsis stands for `count` axes.
        func axes(ellipsis count: Int) -> [EinsumAxis] {
            let middle = hasEllipsis ? (0..<count).map { EinsumAxis.ellipsis(fromEnd: count - 1 - $0) } : []
            return before.map(EinsumAxis.letter) + middle + after.map(EinsumAxis.letter)
        }
    }

    var operands: [Term] = []
    private var explicitOutput: Term?

    init(_ text: String) throws(OsteonError) {
        let plain = text.filter { $0 != " " }
        var sides = [Substring(plain)]
        if let arrow = plain.firstRange(of: "->") { sides = [plain[..<arrow.lowerBound], plain[arrow.upperBound...]] }
        for part in sides[0].split(separator: ",", omittingEmptySubsequences: false) { operands.append(try Term(part)) }
        guard sides.count == 2 else { return }
        let output = try Term(sides[1])
        let known = Set(operands.flatMap(\.letters))
        for letter in output.letters where !known.contains(letter) {
            throw invalidGraph("The output axis \(letter) of \"\(text)\" is in no operand.")
        }
        guard Set(output.letters).count == output.letters.count else {
            throw invalidGraph("An output axis of \"\(text)\" is named twice.")
        }
        explicitOutput = output
    }

    /// The output's axes where the longest ellipsis stands for `ellipsis` axes.
    func output(ellipsis count: Int) -> [EinsumAxis] {
        if let explicitOutput { return explicitOutput.axes(ellipsis: count) }
        var uses: [Character: Int] = [:]
        for letter in operands.flatMap(\.letters) { uses[letter, default: 0] += 1 }
        let once = uses.filter { $0.value == 1 }.keys.sorted()
        return (0..<count).map { EinsumAxis.ellipsis(fromEnd: count - 1 - $0) } + once.map(EinsumAxis.letter)
    }

    /// The output's rank where no ellipsis is involved.
    var outputRankWithoutEllipsis: Int? {
        guard !operands.contains(where: { $0.hasEllipsis }) else { return nil }
        return output(ellipsis: 0).count
    }

    /// How many axes the ellipsis of each operand stands for.
    func ellipsisCounts(_ ranks: [Int]) throws(OsteonError) -> [Int] {
        var counts: [Int] = []
        for (term, rank) in zip(operands, ranks) {
            let count = rank - term.letters.count
            guard count == 0 || (count > 0 && term.hasEllipsis) else {
                throw invalidGraph("An operand of rank \(rank) for the einsum term \"\(String(term.letters))\".")
            }
            counts.append(count)
        }
        return counts
    }

    /// Every axis' extent, and how many axes the longest ellipsis stands for.
    /// - Throws: `.invalidGraph` where extents of one axis differ (and aren't 1).
    func extents(_ shapes: [[Dimension]]) throws(OsteonError) -> (of: [EinsumAxis: Dimension], ellipsis: Int) {
        let counts = try ellipsisCounts(shapes.map(\.count))
        var result: [EinsumAxis: Dimension] = [:]
        for (operand, shape) in shapes.enumerated() {
            for (axis, dimension) in zip(operands[operand].axes(ellipsis: counts[operand]), shape) {
                let merged = try Broadcast.dimensions([[result[axis] ?? 1], [dimension]])
                result[axis] = merged?[0] ?? dimension
            }
        }
        return (result, counts.max() ?? 0)
    }
}
