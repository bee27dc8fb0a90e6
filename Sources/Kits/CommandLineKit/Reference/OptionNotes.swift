extension OptionSpec {
    /// Notes that follow the summary: `default: 50`, `environment: LEDGER`.
    var notes: [String] {
        var notes: [String] = []
        if isRequired { notes.append("required") }
        if case .values(let values) = completion { notes.append("one of: \(values.joined(separator: ", "))") }
        if let `default` { notes.append("default: \(`default`)") }
        if let environment { notes.append("environment: \(environment)") }
        if isRepeatable { notes.append("can be repeated") }
        return notes
    }
}

extension ArgumentSpec {
    var notes: [String] {
        if case .values(let values) = completion { return ["one of: \(values.joined(separator: ", "))"] }
        return []
    }
}
