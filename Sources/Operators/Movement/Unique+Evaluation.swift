import Bytes
import GraphIR
import Tensors

extension Unique {
    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        // Bools compare as numbers.
        let numbers = try x.elementType == .bool ? x.converted(to: .u8) : x
        let list = try axis == nil ? numbers.reshaped([x.count]) : numbers
        let axis = try Axes.resolve(axis ?? 0, rank: list.rank)
        try dispatch(list.elementType, Body(list: list, type: x.elementType, axis: axis, sorted: sorted, context: context))
    }

    private struct Body: NumericBody {
        let list: Tensor, type: ElementType, axis: Int, sorted: Bool, context: EvaluationContext

        func run<T: NumericElement>(_ type: T.Type) throws(OsteonError) {
            let source = list.elements(T.self)
            let extent = list.shape[axis]
            let inner = RowMajor.count(list.shape[(axis + 1)...])
            let outer = RowMajor.count(list.shape[..<axis])
            let isEmpty = list.count == 0
            guard !isEmpty || extent == 0 else { throw invalidGraph("Slices without elements can't be distinguished.") }

            // The order, the groups, their counts and ranks.
            try MemoryBudget.current.check(extent, of: 6 * MemoryLayout<Int>.stride)

            /// −1, 0 or 1 for the slices at two places.
            func compare(_ a: Int, _ b: Int) -> Int {
                if isEmpty { return 0 }
                for row in 0..<outer {
                    for i in 0..<inner {
                        let left = source[(row * extent + a) * inner + i]
                        let right = source[(row * extent + b) * inner + i]
                        if left < right { return -1 }
                        if left != right {
                            return left > right ? 1 : left != left && right != right ? 0 : left != left ? 1 : -1
                        }
                    }
                }
                return 0
            }

            let order = (isEmpty ? 0..<0 : 0..<extent).sorted { a, b in
                let result = compare(a, b)
                return result < 0 || (result == 0 && a < b)
            }
            // Groups of equal slices in sorted order; the first member is the first to appear.
            var first: [Int] = []
            var counts: [Int] = []
            var group = [Int](repeating: 0, count: extent)
            for (position, place) in order.enumerated() {
                if position == 0 || compare(order[position - 1], place) != 0 {
                    first.append(place)
                    counts.append(0)
                }
                group[place] = first.count - 1
                counts[first.count - 1] += 1
            }
            var ranks = Array(first.indices)
            if !sorted { ranks.sort { first[$0] < first[$1] } }
            var position = [Int](repeating: 0, count: first.count)
            for (rank, member) in ranks.enumerated() { position[member] = rank }

            try write(ranks.map { first[$0] }, source, inner: inner, outer: outer)
            try write(1, ranks.map { first[$0] })
            try write(2, group.map { first.isEmpty ? 0 : position[$0] })
            try write(3, ranks.map { counts[$0] })
        }

        private func write<T: NumericElement>(
            _ places: [Int], _ source: Span<T>, inner: Int, outer: Int
        ) throws(OsteonError) {
            var shape = list.shape
            shape[axis] = places.count
            let output = try context.makeOutput(0, type, shape)
            var result = output.mutableElements(T.self)
            guard !result.isEmpty else { return }
            var position = 0
            for row in 0..<outer {
                for place in places {
                    for i in 0..<inner { result[position + i] = source[(row * list.shape[axis] + place) * inner + i] }
                    position += inner
                }
            }
        }

        private func write(_ output: Int, _ numbers: [Int]) throws(OsteonError) {
            guard output < context.outputCount else { return }
            let list = try context.makeOutput(output, .i64, [numbers.count])
            var result = list.mutableElements(Int64.self)
            for (i, number) in numbers.enumerated() { result[i] = Int64(number) }
        }
    }
}
