import Bytes
import Tensors

/// A dataset of an HDF5 file: what it is at once, its elements on demand.
package struct HDF5Dataset {
    let file: HDF5File
    /// The names from the root.
    package let path: String
    private let header: ObjectHeader
    private let dataspace: Dataspace
    private let datatype: Datatype

    /// Empty for a scalar, [0] for HDF5's null dataspace.
    package var shape: [Int] { dataspace.extents }

    /// - Throws: `.unsupported` where it isn't of numbers.
    package var elementType: ElementType {
        get throws(OsteonError) { try locating(path) { () throws(OsteonError) in try datatype.elementType } }
    }

    /// Whether the elements are texts.
    package var isText: Bool {
        switch datatype.kind {
        case .fixedString, .variableString: true
        case .number, .unsupported: false
        }
    }

    init(file: HDF5File, path: String, header: ObjectHeader) throws(OsteonError) {
        self.file = file
        self.path = path
        self.header = header
        typealias MessageType = ObjectHeader.MessageType
        guard header.first(MessageType.datatype) == nil || header.first(MessageType.dataspace) != nil else {
            throw OsteonError(.unsupported, "\(path) is a datatype stored under a name, neither a group nor a dataset.")
        }
        guard let space = header.first(MessageType.dataspace), let type = header.first(MessageType.datatype) else {
            throw OsteonError(.malformed, "\(path) is neither a group nor a dataset.")
        }
        guard header.first(MessageType.layout) != nil else { throw OsteonError(.malformed, "\(path) has no data layout.") }
        guard header.first(MessageType.externalFiles) == nil else {
            throw OsteonError(
                .unsafeReference, "\(path) keeps its data in another file, which isn't read. Store the data in the HDF5 file itself.")
        }
        dataspace = try file.dataspace(space.data, isShared: space.isShared)
        datatype = try file.datatype(type.data, isShared: type.isShared)
    }

    /// The elements: in place where they lie in one piece, little-endian and aligned, otherwise in new memory.
    /// - Throws: `.unsupported` (element type, filter), `.unsafeReference` (virtual dataset), `.malformed`, `.limitExceeded`.
    package func tensor() throws(OsteonError) -> Tensor {
        try locating(path) { () throws(OsteonError) in
            _ = try datatype.elementType
            return try elements().tensor(datatype, shape: dataspace.extents)
        }
    }

    /// The texts in row-major order, one for a scalar.
    package func strings() throws(OsteonError) -> [String] {
        try locating(path) { () throws(OsteonError) in
            guard isText else { throw OsteonError(.unsupported, "Elements of the type \(datatype.name) aren't texts.") }
            return try elements().strings(datatype, count: dataspace.count)
        }
    }

    /// The attribute `name`, nil where there is none.
    package func attribute(_ name: String) throws(OsteonError) -> HDF5Attribute? {
        try locating(path) { () throws(OsteonError) in try file.attribute(name, of: header) }
    }

    /// In the order they were made in where the file tracks it, by their bytes otherwise.
    package func attributeNames() throws(OsteonError) -> [String] {
        try locating(path) { () throws(OsteonError) in try file.attributes(of: header).attributes.map { $0.name } }
    }

    private func elements() throws(OsteonError) -> StoredElements {
        typealias MessageType = ObjectHeader.MessageType
        guard let message = header.first(MessageType.layout) else { throw OsteonError(.malformed, "It has no data layout.") }
        try file.refuseShared(message.isShared, at: message.data)
        var cursor = try file.cursor(message.data)
        let layout = try Layout(&cursor)
        let size = try Checked.multiply(dataspace.count, datatype.size)
        switch layout {
        case .virtual:
            throw OsteonError(
                .unsafeReference, "It's a virtual dataset, put together from other files, which aren't read. Store the data itself.")
        case .compact(let range):
            return try inFile(range, size)
        case .contiguous(let address, let stored):
            guard let address else { return StoredElements(file: file, bytes: try filled(size).bytes) }
            return try inFile(address..<Checked.add(address, stored ?? size), size)
        case .chunked(let chunks):
            return try assembled(chunks, size)
        }
    }

    private func inFile(_ range: Range<Int>, _ size: Int) throws(OsteonError) -> StoredElements {
        guard size <= range.count else {
            throw OsteonError(.malformed, "Its shape \(shape) takes \(size) bytes, \(range.count) are stored.", offset: range.lowerBound)
        }
        let bytes = try file.slice(range.lowerBound..<range.lowerBound + size)
        return StoredElements(file: file, bytes: bytes)
    }

    /// Memory that holds the fill value in every element.
    private func filled(_ size: Int) throws(OsteonError) -> CountedBlock {
        let block = try CountedBlock(byteCount: size, ledger: file.ledger)
        try file.ledger.spend(size)
        if let value = try fillValue(), value.contains(where: { $0 != 0 }) {
            var target = block.mutableBytes()
            for start in stride(from: 0, to: size, by: value.count) { target.copy(value.span, to: start) }
        }
        return block
    }

    /// One element as the file stores it, nil for zeros.
    private func fillValue() throws(OsteonError) -> SharedBytes? {
        typealias MessageType = ObjectHeader.MessageType
        guard let message = header.first(MessageType.fillValue) ?? header.first(MessageType.oldFillValue) else { return nil }
        try file.refuseShared(message.isShared, at: message.data)
        var cursor = try file.cursor(message.data)
        if message.type == MessageType.fillValue {
            let version = try cursor.byte()
            switch version {
            case 1, 2:
                try cursor.skip(2)
                if try cursor.byte() == 0, version == 2 { return nil }
            case 3: if try cursor.byte() & 0x20 == 0 { return nil }
            default:
                throw OsteonError(
                    .unsupported, "Fill value version \(version) isn't supported (1 to 3 are).", offset: message.data.lowerBound)
            }
        }
        let size = try cursor.unsigned(4)
        guard size > 0, size < 1 << 31 else { return nil }
        guard size == datatype.size else {
            throw OsteonError(
                .malformed, "A fill value of \(size) bytes for elements of \(datatype.size).", offset: message.data.lowerBound)
        }
        return try file.slice(cursor.range(size))
    }

    private func assembled(_ layout: ChunkLayout, _ size: Int) throws(OsteonError) -> StoredElements {
        guard layout.extents.count == shape.count, layout.elementSize == datatype.size else {
            throw OsteonError(
                .malformed,
                "Chunks of \(layout.extents) with \(layout.elementSize) bytes an element, for a shape of \(shape) with \(datatype.size).")
        }
        var pipeline = FilterPipeline.none
        if let message = header.first(ObjectHeader.MessageType.filters) {
            try file.refuseShared(message.isShared, at: message.data)
            var cursor = try file.cursor(message.data)
            pipeline = try FilterPipeline(&cursor)
        }
        let block = try filled(size)
        let result = StoredElements(file: file, bytes: block.bytes)
        guard size > 0 else { return result }
        let reader = try ChunkReader(file: file, layout: layout, pipeline: pipeline, shape: shape)
        var target = block.mutableBytes()
        try ChunkIndex(file: file, layout: layout, dataspace: dataspace).forEachChunk { (chunk) throws(OsteonError) in
            try locating("chunk \(chunk.place)") { () throws(OsteonError) in try reader.read(chunk, into: &target) }
        }
        return result
    }
}
