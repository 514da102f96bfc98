import Bytes
import FoundationEssentials
import Glibc
import GraphIR
import Quantization
import Tensors
import Verification

/// Calibration and evaluation samples given on the command line.
package enum SampleFiles {
    /// The samples that `arguments` name.
    ///
    /// Each is an `.npz` (arrays named by input; several samples lie along the first axis), an `.npy` for a model of one
    /// input, a folder of such files, or `random:N` for N seeded samples of standard-normal noise (seeds from 1).
    /// - Throws: `.usage` where a file has no array for an input.
    package static func samples(_ arguments: [String], for model: Model, shapes: [String: [Int]] = [:]) throws(OsteonError) -> Samples {
        var parts: [Part] = []
        for argument in arguments { parts += try self.parts(argument, model, shapes) }
        guard !parts.isEmpty else { throw OsteonError(.usage, "There are no samples in \(arguments.joined(separator: ", ")).") }
        let graph = model.graph
        return Samples(names: parts.map(\.name), hashes: parts.map(\.hash), origins: parts.map(\.origin)) {
            [parts] (index) throws(OsteonError) in
            try parts[index].load(graph)
        }
    }

    /// One sample, or one of several in a file.
    private struct Part: Sendable {
        var name: String
        var hash: String
        var path: String?
        /// Which along the first axis; nil where the file is one sample.
        var place: Int?
        var seed: UInt64 = 0
        var shapes: [String: [Int]] = [:]

        var origin: Samples.Origin {
            guard let path else { return .seeded(seed) }
            return place == nil ? .file(path) : .made
        }

        func load(_ graph: Graph) throws(OsteonError) -> [String: Tensor] {
            guard let path else {
                var result: [String: Tensor] = [:]
                var generator = SeededInput(seed: seed)
                for input in graph.inputs {
                    let name = graph[input].name
                    result[name] = try generator.tensor(graph.type(input).elementType, shapes[name] ?? [])
                }
                return result
            }
            let arrays = try SampleFiles.arrays(path, graph)
            guard let place else { return arrays }
            var result: [String: Tensor] = [:]
            for (name, array) in arrays { result[name] = try SampleFiles.slice(array, place) }
            return result
        }
    }

    private static func parts(_ argument: String, _ model: Model, _ shapes: [String: [Int]]) throws(OsteonError) -> [Part] {
        if argument.hasPrefix("random:") {
            guard let count = Int(argument.dropFirst(7)), count > 0, count <= 10_000 else {
                throw OsteonError(.usage, "\(argument): write random:N with the number of samples.")
            }
            let all = try model.inputShapes(shapes)
            return (1...count).map { Part(name: "noise \($0)", hash: "", place: nil, seed: UInt64($0), shapes: all) }
        }
        guard FileStatus.exists(argument) else {
            throw OsteonError(.unreadable, "There's no file or folder \(argument).")
        }
        if !FileStatus.isFolder(argument) { return try file(argument, model) }
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: argument) } catch {
            throw OsteonError(.unreadable, "Can't read the folder \(argument): \(error)")
        }
        var result: [Part] = []
        for name in names.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) where name.hasSuffix(".npz") || name.hasSuffix(".npy")
        {
            result += try file(argument + "/" + name, model)
        }
        return result
    }

    private static func file(_ path: String, _ model: Model) throws(OsteonError) -> [Part] {
        let hash = try SHA256Digest(of: MappedFile(path: path)).hexadecimal
        let name = Paths.name(of: path)
        let arrays = try arrays(path, model.graph)
        var counts: Set<Int> = []
        for input in model.graph.inputs {
            guard let array = arrays[model.graph[input].name], let wanted = model.graph.type(input).shape?.first else { continue }
            // A fixed batch says how many a sample has; a free one leaves the file as it is.
            if let batch = wanted.fixed, batch == 1, array.count > 0, let extent = array.shape.first { counts.insert(extent) }
        }
        guard counts.count == 1, let count = counts.first, count > 1 else { return [Part(name: name, hash: hash, path: path, place: nil)] }
        try MemoryBudget.current.check(count, of: MemoryLayout<Part>.stride + 2 * name.utf8.count + 64)
        return (0..<count).map { Part(name: "\(name)[\($0)]", hash: hash, path: path, place: $0) }
    }

    /// The arrays of a file that are inputs of the graph.
    private static func arrays(_ path: String, _ graph: Graph) throws(OsteonError) -> [String: Tensor] {
        let inputs = graph.inputs.map { graph[$0].name }
        return try locating(path) { () throws(OsteonError) in
            if path.hasSuffix(".npy") {
                guard inputs.count == 1 else {
                    throw OsteonError(.usage, "An .npy is one input; the model has \(inputs.count): \(inputs.joined(separator: ", ")).")
                }
                return [inputs[0]: try ValueNames.fit(NPY.read(path), to: graph, inputs[0])]
            }
            var result: [String: Tensor] = [:]
            let file = try NPZFile(path)
            for (place, name) in file.names.enumerated() {
                if let input = ValueNames.match(name, among: inputs) {
                    guard result[input] == nil else { throw ValueNames.ambiguous(input, file.names) }
                    result[input] = try ValueNames.fit(file.tensor(at: place), to: graph, input)
                }
            }
            if let missing = inputs.first(where: { result[$0] == nil }) {
                throw OsteonError(.usage, "It has no array for input \(missing); it has \(file.names.joined(separator: ", ")).")
            }
            return result
        }
    }

    private static func slice(_ tensor: Tensor, _ place: Int) throws(OsteonError) -> Tensor {
        guard let extent = tensor.shape.first, place < extent else { throw OsteonError(.usage, "There's no sample \(place).") }
        let shape = [1] + tensor.shape.dropFirst()
        let size = try Checked.multiply(Checked.product(shape), tensor.elementType.byteCount)
        return try Tensor(
            tensor.elementType, Array(shape), storage: tensor.storage,
            byteOffset: Checked.add(tensor.byteOffset, Checked.multiply(size, place)))
    }
}
