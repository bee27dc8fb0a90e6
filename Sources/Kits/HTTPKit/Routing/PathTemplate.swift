/// A path with placeholders: `/orders/{order_id}/history`.
///
/// A placeholder stands for one nonempty segment, decoded, so that an encoded slash is not a separator. The last one
/// may be `{key+}` and then stands for all segments that are left, at least one.
package struct PathTemplate: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    enum Segment: Hashable {
        case literal(String)
        case placeholder(String)
        case rest(String)
    }

    /// As declared.
    package let description: String
    let segments: [Segment]

    package init(_ text: String) {
        description = text
        let pieces = text == "/" ? [] : text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        segments = pieces.map { piece in
            guard piece.hasPrefix("{"), piece.hasSuffix("}") else { return .literal(String(piece)) }
            let name = piece.dropFirst().dropLast()
            return name.hasSuffix("+") ? .rest(String(name.dropLast())) : .placeholder(String(name))
        }
        precondition(text.hasPrefix("/"), "\(text): a path begins with a slash")
        precondition(
            !segments.dropLast().contains { if case .rest = $0 { true } else { false } },
            "\(text): only the last placeholder may stand for several segments")
        precondition(Set(placeholders).count == placeholders.count, "\(text): a placeholder is repeated")
    }

    package init(stringLiteral text: String) { self.init(text) }

    /// In order.
    package var placeholders: [String] {
        segments.compactMap {
            switch $0 {
            case .literal: nil
            case .placeholder(let name), .rest(let name): name
            }
        }
    }

    /// The segments of a path without placeholders; nil for one with any.
    var literal: [String]? {
        var texts: [String] = []
        for segment in segments {
            guard case .literal(let text) = segment else { return nil }
            texts.append(text)
        }
        return texts
    }

    /// Templates that match the same paths have the same shape.
    var shape: [Segment] {
        segments.map {
            switch $0 {
            case .literal(let text): .literal(text)
            case .placeholder: .placeholder("")
            case .rest: .rest("")
            }
        }
    }

    /// Whether it is tried before another one: the first segment where they differ in kind decides, a literal before a
    /// placeholder before a rest, as OpenAPI has it.
    func isMoreSpecific(than other: PathTemplate) -> Bool {
        for (own, its) in zip(segments, other.segments) where own.rank != its.rank { return own.rank < its.rank }
        return false
    }

    /// The values of its placeholders; nil when the path does not match.
    func values(in path: [String]) -> [(name: String, value: String)]? {
        var values: [(name: String, value: String)] = []
        for (index, segment) in segments.enumerated() {
            guard index < path.count else { return nil }
            switch segment {
            case .literal(let text): if text != path[index] { return nil }
            case .placeholder(let name):
                if path[index].isEmpty { return nil }
                values.append((name, path[index]))
            case .rest(let name):
                values.append((name, path[index...].joined(separator: "/")))
                return values
            }
        }
        return path.count == segments.count ? values : nil
    }
}

extension PathTemplate.Segment {
    fileprivate var rank: Int {
        switch self {
        case .literal: 0
        case .placeholder: 1
        case .rest: 2
        }
    }
}
