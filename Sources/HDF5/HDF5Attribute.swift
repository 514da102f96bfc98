import Bytes
import Tensors

/// A small value with a name, at a group or a dataset.
package struct HDF5Attribute {
    let file: HDF5File
    let stored: StoredAttribute

    package var name: String { stored.name }

    /// Empty for a scalar, [0] for HDF5's null dataspace.
    package var shape: [Int] { stored.dataspace.extents }

    /// - Throws: `.unsupported` where it isn't of numbers.
    package var elementType: ElementType {
        get throws(OsteonError) {
            try locating("attribute \(name)") { () throws(OsteonError) in try stored.datatype.elementType }
        }
    }

    /// The numbers.
    package func tensor() throws(OsteonError) -> Tensor {
        try locating("attribute \(name)") { () throws(OsteonError) in
            try StoredElements(file: file, bytes: file.slice(stored.data))
                .tensor(stored.datatype, shape: stored.dataspace.extents)
        }
    }

    /// The texts in row-major order, one for a scalar.
    package func strings() throws(OsteonError) -> [String] {
        try locating("attribute \(name)") { () throws(OsteonError) in
            try StoredElements(file: file, bytes: file.slice(stored.data))
                .strings(stored.datatype, count: stored.dataspace.count)
        }
    }

    /// The text of an attribute that has one element.
    package func string() throws(OsteonError) -> String {
        let all = try strings()
        guard all.count == 1, let text = all.first else {
            throw OsteonError(.malformed, "The attribute \(name) has \(all.count) texts where one is needed.")
        }
        return text
    }
}

/// What a file's cache keeps of an attribute: everything but the file itself, which would never be freed otherwise.
struct StoredAttribute {
    let name: String
    let datatype: Datatype
    let dataspace: Dataspace
    let data: Range<Int>
    let creationOrder: Int?
}

/// The attributes of one object: in the order they were made in where every one says it, by their bytes otherwise.
struct AttributeTable {
    let attributes: [StoredAttribute]
    private let index: [UTF8Name: Int]

    init(_ unordered: [StoredAttribute]) throws(OsteonError) {
        let attributes =
            unordered.allSatisfy({ $0.creationOrder != nil })
            ? unordered.sorted { ($0.creationOrder ?? 0) < ($1.creationOrder ?? 0) }
            : unordered.sorted { $0.name.precedesInUTF8($1.name) }
        var index: [UTF8Name: Int] = [:]
        for (position, attribute) in attributes.enumerated() {
            guard index.updateValue(position, forKey: UTF8Name(attribute.name)) == nil else {
                throw OsteonError(.malformed, "An object has two attributes named \(attribute.name).")
            }
        }
        self.attributes = attributes
        self.index = index
    }

    subscript(name: String) -> StoredAttribute? { index[UTF8Name(name)].map { attributes[$0] } }
}

extension HDF5File {
    /// The attribute `name` of the object with this header, nil where there is none.
    func attribute(_ name: String, of header: ObjectHeader) throws(OsteonError) -> HDF5Attribute? {
        try attributes(of: header)[name].map { HDF5Attribute(file: self, stored: $0) }
    }

    /// The attributes of the object with this header, read once; their values stay in the file.
    func attributes(of header: ObjectHeader) throws(OsteonError) -> AttributeTable {
        if let known = header.attributes { return known }
        var found: [StoredAttribute] = []
        for message in header.all(ObjectHeader.MessageType.attribute) {
            try refuseShared(message.isShared, at: message.data)
            found.append(try attribute(message.data, creationOrder: message.creationOrder))
        }
        if let message = header.first(ObjectHeader.MessageType.attributeInfo) {
            try refuseShared(message.isShared, at: message.data)
            try addDenseAttributes(message.data, to: &found)
        }
        let table = try AttributeTable(found)
        header.attributes = table
        return table
    }

    /// Many attributes: messages in a fractal heap, found through a B-tree by name.
    private func addDenseAttributes(_ data: Range<Int>, to found: inout [StoredAttribute]) throws(OsteonError) {
        var cursor = try cursor(data)
        let version = try cursor.byte()
        let flags = try cursor.byte()
        guard version == 0 else {
            throw OsteonError(.unsupported, "Attribute info version \(version) isn't supported.", offset: data.lowerBound)
        }
        if flags & 1 != 0 { try cursor.skip(2) }
        guard let heapAddress = try cursor.address(), let tree = try cursor.address() else { return }
        let heap = try FractalHeap(self, at: heapAddress)
        var objects: [(range: Range<Int>, order: Int?)] = []
        try BTree2(self, at: tree, kinds: [8]).forEachRecord { (record) throws(OsteonError) in
            let identifier = try record.range(heap.identifierSize)
            let flags = try record.byte()
            try refuseShared(flags & 2 != 0, at: identifier)
            let order = try record.unsigned(4)
            objects.append((try heap.object(identifier), order))
        }
        let isOrdered = flags & 1 != 0
        for object in objects {
            found.append(try attribute(object.range, creationOrder: isOrdered ? object.order : nil))
        }
    }

    private func attribute(_ data: Range<Int>, creationOrder: Int?) throws(OsteonError) -> StoredAttribute {
        var cursor = try cursor(data)
        let version = try cursor.byte()
        let flags = try cursor.byte()
        guard (1...3).contains(version) else {
            throw OsteonError(.unsupported, "Attribute version \(version) isn't supported (1 to 3 are).", offset: data.lowerBound)
        }
        let nameSize = try cursor.unsigned(2)
        let typeSize = try cursor.unsigned(2)
        let spaceSize = try cursor.unsigned(2)
        if version == 3 { try cursor.skip(1) }
        func padding(_ size: Int) -> Int { version == 1 ? (8 - size % 8) % 8 : 0 }
        let name = try cursor.name(nameSize)
        try ledger.reserve(320 + 2 * name.utf8.count)
        try cursor.skip(padding(nameSize))
        let type = try cursor.range(typeSize)
        try cursor.skip(padding(typeSize))
        let space = try cursor.range(spaceSize)
        try cursor.skip(padding(spaceSize))
        let value = cursor.position
        return try locating("attribute \(name)") { () throws(OsteonError) in
            let datatype = try datatype(type, isShared: version > 1 && flags & 1 != 0)
            let dataspace = try dataspace(space, isShared: version > 1 && flags & 2 != 0)
            let size = try Checked.multiply(dataspace.count, datatype.size)
            guard size <= data.upperBound - value else {
                throw OsteonError(.malformed, "It should take \(size) bytes, \(data.upperBound - value) are there.", offset: value)
            }
            return StoredAttribute(
                name: name, datatype: datatype, dataspace: dataspace, data: value..<value + size, creationOrder: creationOrder)
        }
    }
}
