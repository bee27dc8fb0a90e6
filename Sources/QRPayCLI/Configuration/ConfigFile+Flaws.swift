extension ConfigFile.Flaw {
    /// The place and reason, in the names of the file rather than of types.
    init(_ error: DecodingError) {
        switch error {
        case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
            let place = Self.place(context.codingPath)
            reason = (place.isEmpty ? "" : "\(place): ") + "must be \(Self.noun(type))"
        case .dataCorrupted(let context), .keyNotFound(_, let context):
            reason = "\(Self.place(context.codingPath)): \(context.debugDescription)"
        @unknown default:
            reason = "cannot be read"
        }
    }

    private static func place(_ path: [any CodingKey]) -> String {
        path.map { key in key.intValue.map { "\($0 + 1)" } ?? key.stringValue }.joined(separator: ".")
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
