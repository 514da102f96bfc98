import Bytes

extension JSONValue {
    /// An object of these members, in order.
    package static func record(_ members: [(name: String, value: JSONValue)]) -> JSONValue {
        .object(members.map { Member($0.name, $0.value) })
    }

}
