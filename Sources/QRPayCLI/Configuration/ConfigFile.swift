import JSONKit

/// The configuration file: JSON with comments; every name is optional, unknown names are refused. What it may hold is
/// ``SettingTable``'s.
struct ConfigFile: Sendable {
    /// By the setting's key.
    typealias Values = [String: SettingValue]

    var values: Values = [:]
    /// Named sets of settings that override the ones beside them.
    var profiles: [String: Values] = [:]

    /// Where the profiles are.
    private static let profilesName = "profiles"

    /// - Throws: ``SettingSpec/Flaw`` with the place.
    init(_ text: [UInt8]) throws(SettingSpec.Flaw) {
        let root: JSONValue
        do throws(JSONError) {
            root = try JSONValue(parsing: text, as: .commented)
        } catch {
            throw SettingSpec.Flaw(reason: error.message(in: text))
        }
        let names = Node(SettingTable.all)
        var reader = Reader()
        let members = try reader.object(root)
        for member in members where member.name != Self.profilesName {
            try reader.read(member, names, at: "", key: "")
        }
        values = reader.values
        guard let given = members.first(where: { $0.name == Self.profilesName })?.value, given != .null else { return }
        for member in try reader.object(given, at: Self.profilesName) {
            let place = "\(Self.profilesName).\(member.name)"
            var reader = Reader()
            for setting in try reader.object(member.value, at: place) {
                try reader.read(setting, names, at: "\(place).", key: "")
            }
            profiles[member.name] = reader.values
        }
    }
}

/// The names allowed at a place in the file.
private final class Node {
    private(set) var children: [String: Node] = [:]
    /// The setting at this place.
    private(set) var spec: SettingSpec?

    init(_ specs: [SettingSpec] = []) {
        for spec in specs where spec.isInFile {
            var node = self
            for name in spec.key.split(separator: ".") { node = node.child(String(name)) }
            node.spec = spec
        }
    }

    private func child(_ name: String) -> Node {
        let child = children[name] ?? Node()
        children[name] = child
        return child
    }

    /// The child of a name; where any name is allowed, the one for all.
    func named(_ name: String) -> Node? { children["*"] ?? children[name] }
}

/// Reads the values of settings out of JSON.
private struct Reader {
    var values: ConfigFile.Values = [:]

    typealias Flaw = SettingSpec.Flaw

    private static let pathName = "path"

    /// - Parameters:
    ///   - place: the path in the file, for messages; with a final period, or empty.
    ///   - key: the same from the root or the profile on.
    mutating func read(
        _ member: JSONKit.JSONObject.Member, _ parent: Node, at place: String, key: String
    ) throws(Flaw) {
        let (place, key) = (place + member.name, key + member.name)
        guard let node = parent.named(member.name), member.name != "*" else {
            throw Flaw(reason: "\(place): unknown setting")
        }
        guard member.value != .null else { return }
        // A setting with settings below it is an object whose `path` is its own value, or just that value.
        if case .store? = node.spec?.kind, !node.children.isEmpty, let members = member.value.object?.members {
            for inner in members where inner.name != Self.pathName {
                try read(inner, node, at: "\(place).", key: "\(key).")
            }
            guard let own = members.first(where: { $0.name == Self.pathName }), own.value != .null, let spec = node.spec
            else { return }
            values[key] = try value(own.value, spec, at: "\(place).\(Self.pathName)")
            return
        }
        if let spec = node.spec { values[key] = try value(member.value, spec, at: place) }
        if case .store? = node.spec?.kind { return }
        guard !node.children.isEmpty else { return }
        for inner in try object(member.value, at: place) {
            try read(inner, node, at: "\(place).", key: "\(key).")
        }
    }

    func object(_ value: JSONValue, at place: String = "") throws(Flaw) -> [JSONKit.JSONObject.Member] {
        guard let object = value.object else {
            throw Flaw(reason: "\(place.isEmpty ? "" : "\(place): ")must be an object in braces")
        }
        return object.members
    }

    private func value(_ json: JSONValue, _ spec: SettingSpec, at place: String) throws(Flaw) -> SettingValue {
        let value: SettingValue
        switch spec.kind {
        case .text, .file, .folder, .store, .word, .broker, .address, .percent, .secret:
            value = .text(try text(json, at: place))
        case .whole:
            guard case .number = json, let number = try? JSON.decode(Int.self, from: json) else {
                throw Flaw(reason: "\(place): must be a whole number")
            }
            value = .whole(number)
        case .number:
            guard case .number = json, let number = try? JSON.decode(Double.self, from: json) else {
                throw Flaw(reason: "\(place): must be a number")
            }
            value = .number(number)
        case .truth:
            guard case .bool(let isTrue) = json else { throw Flaw(reason: "\(place): must be true or false") }
            value = .text("\(isTrue)")
        case .texts:
            guard case .array(let elements) = json else { throw Flaw(reason: "\(place): must be a list in brackets") }
            var texts: [String] = []
            for (index, element) in elements.enumerated() {
                texts.append(try text(element, at: "\(place).\(index + 1)"))
            }
            value = .texts(texts)
        case .names: value = .texts(try object(json, at: place).map(\.name).sorted())
        }
        do throws(Flaw) {
            return try spec.checked(value)
        } catch {
            throw Flaw(reason: "\(place): \(error.reason)", code: error.code, hint: error.hint)
        }
    }

    private func text(_ json: JSONValue, at place: String) throws(Flaw) -> String {
        guard case .string(let text) = json else { throw Flaw(reason: "\(place): must be a text in quotes") }
        return text
    }
}
