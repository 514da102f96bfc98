import Bytes
import Contracts

/// Reads components (transforms, metrics, inferers, networks) in all the ways configurations write them.
struct ComponentReader {
    /// Whether the configuration contains MONAI's components.
    var isMONAI = false
    /// Components named so far as `Name#Alias`, for `{"ref": "Alias"}`.
    private var aliases: [String: ImagingTransform] = [:]
    private(set) var notes: [String] = []

    /// Bytes of components that may still be repeated by reference.
    private var budget = 1_000_000

    private static let mostComponents = 1_000
    private static let mostArguments = 256

    /// Whether a list of transforms has one of MONAI's, whose names of those that work on fields end in d.
    static func areMONAI(_ json: JSONValue?) -> Bool {
        guard case .array(let elements)? = json else { return false }
        return elements.contains { element in
            let name = (try? element["name"]?.string()) ?? (try? element.string()) ?? ""
            return element["_target_"] != nil || name.hasPrefix("monai.") || name.hasSuffix("d")
        }
    }

    /// The components of a list that aren't disabled; what isn't one is noted and left out.
    mutating func list(_ json: JSONValue?, _ place: String) throws(OsteonError) -> [ImagingTransform] {
        guard let json, json != .null else { return [] }
        let elements: [JSONValue]
        switch json {
        case .array(let list): elements = list
        case .object: elements = json["transforms"].flatMap { try? $0.array() } ?? [json]
        default:
            notes.append("\(place) is \(json.text().prefix(60)), which isn't a list of components; it's left out")
            return []
        }
        guard elements.count <= Self.mostComponents else {
            throw OsteonError(.limitExceeded, "\(place) lists \(elements.count) components; \(Self.mostComponents) at most are read.")
        }
        var result: [ImagingTransform] = []
        var absorbed: String?
        for element in elements {
            guard var component = try component(element, place) else { continue }
            if ComponentNames.absorbed.contains(component.name) {
                absorbed = component.name
                continue
            }
            if let recorded = absorbed, component.originalName == "ResampleVolume" {
                component.originalName = "\(recorded) + ResampleVolume"
                absorbed = nil
            }
            result.append(component)
        }
        return result
    }

    /// One component; nil where it's disabled, or none (then noted).
    mutating func component(_ json: JSONValue, _ place: String) throws(OsteonError) -> ImagingTransform? {
        switch json {
        case .string(let name) where !name.isEmpty && !name.hasPrefix("$") && !name.hasPrefix("@"):
            return ComponentNames.canonical(name, [], isMONAI: isMONAI)
        case .object(let members): return try component(members, json, place)
        case .null: return nil
        default:
            notes.append("\(place) has \(json.text().prefix(60)), which isn't a component; it's left out")
            return nil
        }
    }

    private mutating func component(_ members: [JSONValue.Member], _ json: JSONValue, _ place: String) throws(OsteonError)
        -> ImagingTransform?
    {
        var count = members.count
        if case .object(let arguments)? = json["args"] { count += arguments.count }
        guard count <= Self.mostArguments else {
            throw OsteonError(.limitExceeded, "\(place) has a component with \(count) arguments; \(Self.mostArguments) at most are read.")
        }
        if ImagingTransform(name: "", arguments: members).flag("disabled") == true { return nil }
        if ImagingTransform(name: "", arguments: members).flag("_disabled_") == true { return nil }
        if json["name"] == nil, json["_target_"] == nil, case .string(let alias)? = json["ref"] {
            if let known = aliases[alias] {
                budget -= known.json.text().utf8.count
                guard budget >= 0 else {
                    throw OsteonError(.limitExceeded, "\(place) repeats components by reference, more than 1 MB of them.")
                }
                return known
            }
            notes.append("\(place) refers to \(alias.prefix(60)), which nothing before is named; it's left out")
            return nil
        }
        if case .string(let target)? = json["_target_"] {
            let arguments = members.filter { !["_target_", "_disabled_", "_requires_", "_desc_", "_mode_"].contains($0.name) }
            return ComponentNames.canonical(target, arguments, isMONAI: true)
        }
        let path = try? json["path"]?.string()
        guard let name = (try? json["name"]?.string()) ?? path, !name.isEmpty else {
            notes.append("\(place) has a component without a name; it's left out")
            return nil
        }
        var component = ComponentNames.canonical(name, arguments(members, json), isMONAI: isMONAI || name.hasPrefix("monai."))
        if let path {
            component.originalName = path
            notes.append("\(place): \(path) is the archive's own code, which Osteon doesn't run")
        }
        let parts = name.split(separator: "#")
        if parts.count == 2 { aliases[String(parts[1])] = component }
        return component
    }

    /// The arguments, and members beside them that aren't known.
    private func arguments(_ members: [JSONValue.Member], _ json: JSONValue) -> [JSONValue.Member] {
        var result: [JSONValue.Member] = []
        switch json["args"] {
        case .object(let arguments): result = arguments
        case .null, nil: break
        case .some(let other): result = [.init("args", other)]
        }
        for member in members where !["name", "path", "args", "disabled", "ref"].contains(member.name) {
            if !result.contains(where: { $0.name == member.name }) { result.append(member) }
        }
        return result
    }
}
