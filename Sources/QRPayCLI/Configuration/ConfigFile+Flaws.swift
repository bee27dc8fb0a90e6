extension ConfigFile.Flaw {
    /// Where and why, in the file's own names and without those of types.
    /// - Parameter text: the file, to find the line where it is no JSON.
    init(_ error: DecodingError, in text: [UInt8]) {
        switch error {
        case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
            let place = Self.place(context.codingPath)
            reason = (place.isEmpty ? "" : "\(place): ") + "must be \(Self.noun(type))"
        case .dataCorrupted(let context) where context.codingPath.isEmpty:
            let line = JSON5Outline.brokenLine(of: text).map { "line \($0): " } ?? ""
            reason = "\(line)it is no JSON"
        case .dataCorrupted(let context), .keyNotFound(_, let context):
            reason = "\(Self.place(context.codingPath)): \(context.debugDescription)"
        @unknown default:
            reason = "cannot be read"
        }
    }

    /// The decoder tells of its own spelling, `maxAttempts`; names that people chose stay.
    private static func place(_ path: [any CodingKey]) -> String {
        var shape = ConfigFile.shape
        var names: [String] = []
        for key in path {
            switch shape {
            case .object(let members):
                let name = members.keys.first { isSame($0, key.stringValue) } ?? key.stringValue
                names.append(name)
                shape = members[name] ?? .leaf
            case .each(let next):
                names.append(key.stringValue)
                shape = next
            case .any:
                names.append(key.stringValue)
                shape = ConfigFile.shape
            case .leaf, .number, .whole:
                names.append(key.intValue.map { "\($0 + 1)" } ?? key.stringValue)
            }
        }
        return names.joined(separator: ".")
    }

    private static func isSame(_ name: String, _ property: String) -> Bool {
        name.filter { $0 != "_" } == property.lowercased()
    }

    private static func noun(_ type: any Any.Type) -> String {
        switch type {
        case is Int.Type: "a whole number"
        case is Double.Type: "a number"
        case is String.Type: "a text in quotes"
        case is Bool.Type: "true or false"
        case is [Any].Type: "a list in brackets"
        default: "an object in braces"
        }
    }
}
