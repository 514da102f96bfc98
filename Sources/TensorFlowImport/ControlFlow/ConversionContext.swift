import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// What all parts of one import share: the graph being built, and what's known beside the nodes.
final class ConversionContext {
    let builder = GraphBuilder()
    let library: SubgraphLibrary
    let variables: VariableValues?
    /// What the model calls its inputs and outputs, by the names of the tensors.
    let names: [String: String]
    /// The types of tensors cut, as the graph before them tells.
    let cutTypes: [TensorReference: TensorType]
    var constants = ConstantReader()
    /// The constants fed, by the names of their nodes.
    var settled: [String: Double]
    /// Inputs whose element type nothing tells.
    var untyped: Set<String> = []
    /// Conditions whose value isn't known, by the names of the values.
    private(set) var openConditions: [String] = []
    /// Elements of lists taken out of what they're rows of.
    private var rows: [TensorList.Element: ValueID] = [:]
    private var work = 0

    /// Most nodes that all iterations of loops and all branches together may have.
    private static let workLimit = 400_000

    init(
        _ library: SubgraphLibrary, _ variables: VariableValues?, names: [String: String] = [:], settled: [String: Double] = [:],
        cutTypes: [TensorReference: TensorType] = [:]
    ) {
        self.library = library
        self.variables = variables
        self.names = names
        self.settled = settled
        self.cutTypes = cutTypes
    }

    /// Notes nodes about to be imported once more.
    /// - Throws: `.limitExceeded` where loops multiply them too often.
    func spend(_ count: Int) throws(OsteonError) {
        work = try Checked.add(work, count)
        guard work <= Self.workLimit else {
            throw OsteonError(.limitExceeded, "The graph's loops come to more than \(Self.workLimit) operations once unrolled.")
        }
    }

    func note(openCondition: ValueID) {
        let name = builder.graph[openCondition].name
        if !openConditions.contains(name) { openConditions.append(name) }
    }

    /// An element of a list as a value; elements never written are zeros.
    /// - Parameter shape: what the reader says of its shape.
    func element(_ list: TensorList, _ index: Int, shape: [Int]? = nil) throws(OsteonError) -> ValueID {
        guard list.elements.indices.contains(index) else {
            throw OsteonError(.malformed, "Element \(index) of a list of \(list.elements.count) is read.")
        }
        switch list.elements[index] {
        case .value(let value)?: return value
        case .row(let value, let place)?:
            let key = TensorList.Element.row(of: value, at: place)
            if let known = rows[key] { return known }
            let number = builder.constant(try Tensor(scalar: Int64(place)), "place")
            let row = try builder.step("element", Gather(axis: 0), [value, number])
            rows[key] = row
            return row
        case .list: throw OsteonError(.unsupported, "a list of lists where tensors are expected")
        case nil: return try zeros(list, shape)
        }
    }

    /// What an element that was never written is.
    private func zeros(_ list: TensorList, _ shape: [Int]?) throws(OsteonError) -> ValueID {
        guard let type = list.elementType else { throw OsteonError(.unsupported, "a list of lists where tensors are expected") }
        for known in [shape, list.shape] {
            guard let known, known.allSatisfy({ $0 >= 0 }) else { continue }
            return try Formula(builder).filled(builder.integers(known, "shape"), type)
        }
        for case .some(let element) in list.elements {
            guard case .value(let other) = element else { continue }
            return try Formula(builder).filled(Formula(builder).shape(other), type)
        }
        throw OsteonError(.unsupported, "an element of a list that was never written and whose shape isn't known")
    }
}
