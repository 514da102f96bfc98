import Bytes

extension Graph {
    /// The nodes that read each value, in node order; a node that reads it twice is listed twice.
    package func consumers() -> [ValueID: [NodeID]] {
        var result: [ValueID: [NodeID]] = [:]
        for id in nodeIDs {
            for input in self[id].inputs { if let input { result[input, default: []].append(id) } }
        }
        return result
    }

    /// The nodes so that each comes after those it reads from; ties keep the order of addition.
    /// - Throws: `.malformed` naming a node where there's a cycle.
    package func topologicalOrder() throws(OsteonError) -> [NodeID] {
        var order: [NodeID] = []
        var state = [UInt8](repeating: 0, count: (nodeIDs.last?.index ?? -1) + 1)  // 0 new, 1 open, 2 done
        for root in nodeIDs where state[root.index] == 0 {
            var stack: [(NodeID, Int)] = [(root, 0)]
            state[root.index] = 1
            while let (id, next) = stack.popLast() {
                let inputs = self[id].inputs
                guard next < inputs.count else {
                    state[id.index] = 2
                    order.append(id)
                    continue
                }
                stack.append((id, next + 1))
                guard let input = inputs[next], let producer = producer(input) else { continue }
                switch state[producer.index] {
                case 0:
                    state[producer.index] = 1
                    stack.append((producer, 0))
                case 1:
                    throw OsteonError(.malformed, "The graph has a cycle through node \(self[producer].name).")
                default: break
                }
            }
        }
        return order
    }
}
