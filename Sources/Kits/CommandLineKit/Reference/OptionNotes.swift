extension CommandSpec {
    /// What follows the summary of one of its options: `default: 50`, `not with --all`.
    func notes(of option: OptionSpec) -> [String] { option.notes + rules.compactMap { $0.note(at: option.label) } }

    func notes(of argument: ArgumentSpec) -> [String] {
        argument.notes + rules.compactMap { $0.note(at: argument.label) }
    }
}

extension OptionSpec {
    /// Notes that follow the summary: `default: 50`, `environment: LEDGER`.
    var notes: [String] {
        var notes: [String] = []
        if isRequired { notes.append("required") }
        if case .values(let values) = completion { notes.append("one of: \(values.joined(separator: ", "))") }
        notes += bounds
        if let environment { notes.append("environment: \(environment)") }
        if isRepeatable { notes.append("can be repeated") }
        return notes
    }

    /// The range and the default.
    private var bounds: [String] { (range.map { [$0] } ?? []) + (self.default.map { ["default: \($0)"] } ?? []) }

    /// The summary with what a completion cannot offer itself.
    var completionSummary: String { bounds.isEmpty ? summary : "\(summary) (\(bounds.joined(separator: "; ")))" }
}

extension ArgumentSpec {
    var notes: [String] {
        var notes: [String] = []
        if case .values(let values) = completion { notes.append("one of: \(values.joined(separator: ", "))") }
        if let range { notes.append(range) }
        if let `default` { notes.append("default: \(`default`)") }
        return notes
    }
}
