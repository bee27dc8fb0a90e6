/// Which options and arguments of a command go together. Checked before the command runs, by what is given alone.
package struct OptionRule: Sendable {
    private enum Kind {
        case exclusive, together, anyOf, alone, onlyWith, needs
    }

    private let kind: Kind
    /// The labels of what the rule is about.
    private let labels: [String]
    /// The labels of what those exclude or require.
    private let others: [String]
    /// Continues or begins the message.
    private let reason: String?
    private let hint: String?

    private init(
        _ kind: Kind, _ parameters: [any CommandParameter], others: [any CommandParameter] = [],
        reason: String? = nil, hint: String? = nil
    ) {
        self.kind = kind
        labels = parameters.map(\.label)
        self.others = others.map(\.label)
        self.reason = reason
        self.hint = hint
    }

    /// At most one of them.
    package static func exclusive(_ parameters: any CommandParameter..., hint: String? = nil) -> OptionRule {
        OptionRule(.exclusive, parameters, hint: hint)
    }

    /// All of them or none.
    package static func together(_ parameters: any CommandParameter..., hint: String? = nil) -> OptionRule {
        OptionRule(.together, parameters, hint: hint)
    }

    /// At least one of them.
    /// - Parameter otherwise: what is wrong without any, `nothing to change`.
    package static func anyOf(
        _ parameters: any CommandParameter..., otherwise: String, hint: String? = nil
    ) -> OptionRule {
        OptionRule(.anyOf, parameters, reason: otherwise, hint: hint)
    }

    /// None of `others` beside `parameter`.
    package static func alone(
        _ parameter: any CommandParameter, without others: [any CommandParameter], hint: String? = nil
    ) -> OptionRule {
        OptionRule(.alone, [parameter], others: others, hint: hint)
    }

    /// Each of `parameters` only beside at least one of `others`, without which it has no meaning.
    /// - Parameter because: why, `the simulation's own server has its own store`.
    package static func onlyWith(
        _ others: [any CommandParameter], _ parameters: [any CommandParameter], because: String? = nil,
        hint: String? = nil
    ) -> OptionRule {
        OptionRule(.onlyWith, parameters, others: others, reason: because, hint: hint)
    }

    /// Each of `parameters` needs `other`.
    /// - Parameter because: what it is for, `say why the findings are accepted`.
    package static func needs(
        _ other: any CommandParameter, _ parameters: [any CommandParameter], because: String? = nil,
        hint: String? = nil
    ) -> OptionRule {
        OptionRule(.needs, parameters, others: [other], reason: because, hint: hint)
    }
}

// MARK: - Checking

extension OptionRule {
    /// All the labels it names.
    var names: [String] { labels + others }

    /// What is wrong with a command line, and what to do; nil if it keeps the rule.
    /// - Parameter given: the labels of what is given.
    func flaw(_ given: Set<String>) -> InvalidValue? {
        message(labels.filter(given.contains), others.filter(given.contains)).map { InvalidValue($0, hint: hint) }
    }

    private func message(_ given: [String], _ besides: [String]) -> String? {
        let tail = reason.map { ": \($0)" } ?? ""
        switch kind {
        case .exclusive:
            return given.count < 2 ? nil : "\(given[0]) and \(given[1]) cannot be given together"
        case .together:
            let missing = labels.filter { !given.contains($0) }
            guard let first = given.first, !missing.isEmpty else { return nil }
            return "\(Self.list(missing, "and")) \(missing.count == 1 ? "is" : "are") missing: \(first) needs it"
        case .anyOf:
            return given.isEmpty ? "\(reason ?? "an option is missing"): give \(Self.list(labels, "or"))" : nil
        case .alone:
            guard let one = given.first, let other = besides.first else { return nil }
            return "\(other) cannot be used with \(one)"
        case .onlyWith:
            guard let one = given.first, besides.isEmpty else { return nil }
            return "\(one) is for \(Self.list(others, "and"))\(tail)"
        case .needs:
            guard let one = given.first, besides.isEmpty else { return nil }
            return "\(others[0]) is missing\(reason == nil ? ": \(one) needs it" : tail)"
        }
    }

    private static func list(_ words: [String], _ last: String) -> String {
        words.count < 2
            ? words.joined() : "\(words.dropLast().joined(separator: ", ")) \(last) \(words[words.count - 1])"
    }
}

// MARK: - Help

extension OptionRule {
    /// More than these are not listed in a note.
    private static let noted = 3

    /// What help says at the option or argument with this label; nil for nothing.
    func note(at label: String) -> String? {
        let isSubject = labels.contains(label)
        let rest = labels.filter { $0 != label }
        switch kind {
        case .exclusive: return isSubject ? "not with \(Self.list(rest, "or"))" : nil
        case .together: return isSubject ? "with \(Self.list(rest, "and"))" : nil
        case .anyOf: return nil
        case .alone: return isSubject && others.count <= Self.noted ? "not with \(Self.list(others, "or"))" : nil
        case .onlyWith: return isSubject ? "only with \(Self.list(others, "or"))" : nil
        case .needs: return isSubject ? "needs \(others[0])" : nil
        }
    }
}
