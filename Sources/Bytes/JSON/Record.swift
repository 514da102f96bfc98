/// A struct that's a JSON object in files and reports. Its members are named once, in one walk that serves reading and writing.
///
/// What's read is strict: every member must be there that isn't declared otherwise, of its form, and no other may be.
package protocol Record: JSONCodable {
    /// Whether members the walk doesn't name are passed over; otherwise they are errors.
    static var ignoresUnknownMembers: Bool { get }

    /// One for the walk to fill; nobody sees what it holds in the place of members that must be there.
    init()

    /// Walks the members in the order they're written.
    mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure)
}

/// What walks a record's members.
package protocol RecordVisitor {
    /// `Never` for a visitor that only looks.
    associatedtype Failure: Error

    /// Called once for each member.
    /// - Parameters:
    ///   - form: how the value is written and read.
    ///   - absent: what a missing member stands for; nil where it must be there.
    ///   - isLeftOut: whether the value isn't written.
    mutating func visit<T>(
        _ name: String, _ value: inout T, _ form: JSONForm<T>, absent: T?, isLeftOut: Bool
    ) throws(Failure)

    /// A member that's an object of its own, which must be there: what's visited until `end()` are its members.
    mutating func begin(_ name: String) throws(Failure)
    mutating func end()

    /// The member `schema`, which is always this text: another one is `.unsupported`, before anything else is looked at.
    mutating func schema(_ schema: String) throws(Failure)

    /// A condition between members that were visited before. Only a reader asks: `.malformed` with `message` where it isn't so.
    mutating func require(_ condition: @autoclosure () -> Bool, _ message: @autoclosure () -> String) throws(Failure)
}

// MARK: What a walk says of a member

extension RecordVisitor {
    /// A member that must be there.
    package mutating func member<T>(_ name: String, _ value: inout T, _ form: JSONForm<T>) throws(Failure) {
        try visit(name, &value, form, absent: nil, isLeftOut: false)
    }

    package mutating func member<T: JSONCodable>(_ name: String, _ value: inout T) throws(Failure) {
        try member(name, &value, .own)
    }

    /// A member that's left out where the value is `empty`.
    package mutating func member<T: Equatable>(
        _ name: String, _ value: inout T, _ form: JSONForm<T>, omitting empty: T
    ) throws(Failure) {
        try visit(name, &value, form, absent: empty, isLeftOut: value == empty)
    }

    package mutating func member<T: Equatable & JSONCodable>(_ name: String, _ value: inout T, omitting empty: T) throws(Failure) {
        try member(name, &value, .own, omitting: empty)
    }

    /// A member that's always written; a file that lacks it means `fallback`.
    package mutating func member<T>(_ name: String, _ value: inout T, _ form: JSONForm<T>, missing fallback: T) throws(Failure) {
        try visit(name, &value, form, absent: fallback, isLeftOut: false)
    }

    package mutating func member<T: JSONCodable>(_ name: String, _ value: inout T, missing fallback: T) throws(Failure) {
        try member(name, &value, .own, missing: fallback)
    }

    /// A member that's left out where the value is nil.
    package mutating func optional<T>(_ name: String, _ value: inout T?, _ form: JSONForm<T>) throws(Failure) {
        try visit(name, &value, form.optional, absent: .some(nil), isLeftOut: value == nil)
    }

    package mutating func optional<T: JSONCodable>(_ name: String, _ value: inout T?) throws(Failure) {
        try optional(name, &value, .own)
    }

    /// A text that's left out where it's nil or empty.
    package mutating func optional(_ name: String, _ value: inout String?) throws(Failure) {
        try visit(name, &value, JSONForm<String>.own.optional, absent: .some(nil), isLeftOut: value?.isEmpty ?? true)
    }

    /// A member that must be there, and is null where the value is nil.
    package mutating func nullable<T>(_ name: String, _ value: inout T?, _ form: JSONForm<T>) throws(Failure) {
        try member(name, &value, form.nullable)
    }

    package mutating func nullable<T: JSONCodable>(_ name: String, _ value: inout T?) throws(Failure) {
        try nullable(name, &value, .own)
    }
}

// MARK: Reading and writing

extension Record {
    package static var ignoresUnknownMembers: Bool { false }

    /// The record as JSON; equal records give equal text.
    package var json: JSONValue {
        var writer = RecordWriter()
        var copy = self
        copy.visitMembers(&writer)
        return .object(writer.members)
    }

    /// - Throws: `.unsupported` for another schema, `.malformed` with the member on the trail for anything else.
    package init(json: JSONValue) throws(OsteonError) {
        self.init()
        var outline = RecordOutline()
        visitMembers(&outline)
        _ = try json.members()
        if let schema = outline.schema {
            let found = try json.member("schema").string()
            guard found == schema else {
                throw OsteonError(.unsupported, "The schema is \"\(found)\"; this Osteon reads \(schema).")
            }
        }
        if !Self.ignoresUnknownMembers { try outline.refuseOthers(in: json) }
        var reader = RecordReader(json: json)
        try visitMembers(&reader)
    }
}

/// Names the members.
private struct RecordOutline: RecordVisitor {
    typealias Failure = Never

    /// The record's names, then those of the objects that began and haven't ended.
    private var names: [[String]] = [[]]
    private var objects: [(path: [String], names: [String])] = []
    private var path: [String] = []
    private(set) var schema: String?

    func refuseOthers(in json: JSONValue) throws(OsteonError) {
        _ = try json.members(only: names[0])
        for object in objects {
            var inner = json
            for name in object.path { inner = inner[name] ?? .object([]) }
            do { _ = try inner.members(only: object.names) } catch { throw object.path.reversed().reduce(error) { $0.at($1) } }
        }
    }

    mutating func visit<T>(_ name: String, _ value: inout T, _ form: JSONForm<T>, absent: T?, isLeftOut: Bool) {
        names[path.count].append(name)
    }

    mutating func begin(_ name: String) {
        names[path.count].append(name)
        path.append(name)
        names.append([])
    }

    mutating func end() {
        objects.append((path, names.removeLast()))
        path.removeLast()
    }

    mutating func schema(_ schema: String) {
        names[path.count].append("schema")
        self.schema = schema
    }

    mutating func require(_ condition: @autoclosure () -> Bool, _ message: @autoclosure () -> String) {}
}

private struct RecordWriter: RecordVisitor {
    typealias Failure = Never

    var members: [JSONValue.Member] = []
    /// The objects around those members, and the names of what began in them.
    private var outer: [(members: [JSONValue.Member], name: String)] = []

    mutating func visit<T>(_ name: String, _ value: inout T, _ form: JSONForm<T>, absent: T?, isLeftOut: Bool) {
        if !isLeftOut { members.append(.init(name, form.write(value))) }
    }

    mutating func begin(_ name: String) {
        outer.append((members, name))
        members = []
    }

    mutating func end() {
        let (around, name) = outer.removeLast()
        members = around + [.init(name, .object(members))]
    }

    mutating func schema(_ schema: String) { members.append(.init("schema", .string(schema))) }
    mutating func require(_ condition: @autoclosure () -> Bool, _ message: @autoclosure () -> String) {}
}

private struct RecordReader: RecordVisitor {
    typealias Failure = OsteonError

    private var json: JSONValue
    /// The objects around this one, and its name in each.
    private var outer: [(json: JSONValue, name: String)] = []

    init(json: JSONValue) { self.json = json }

    private func located(_ error: OsteonError) -> OsteonError { outer.reversed().reduce(error) { $0.at($1.name) } }

    mutating func visit<T>(
        _ name: String, _ value: inout T, _ form: JSONForm<T>, absent: T?, isLeftOut: Bool
    ) throws(OsteonError) {
        guard let found = json[name] else {
            guard let absent else { throw located(OsteonError(.malformed, "Member \"\(name)\" is missing.")) }
            value = absent
            return
        }
        do { value = try form.read(found) } catch { throw located(error.at(name)) }
    }

    mutating func begin(_ name: String) throws(OsteonError) {
        do {
            let found = try json.member(name)
            outer.append((json, name))
            json = found
            _ = try found.members()
        } catch {
            throw located(error)
        }
    }

    mutating func end() { json = outer.removeLast().json }
    mutating func schema(_ schema: String) {}

    mutating func require(_ condition: @autoclosure () -> Bool, _ message: @autoclosure () -> String) throws(OsteonError) {
        guard condition() else { throw located(OsteonError(.malformed, message())) }
    }
}
