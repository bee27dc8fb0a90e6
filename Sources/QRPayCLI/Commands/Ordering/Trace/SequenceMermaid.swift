import OrderingCore

/// A run as a sequence diagram in Mermaid's language.
///
/// Source: https://mermaid.js.org/syntax/sequenceDiagram.html
enum SequenceMermaid {
    static func render(_ run: SequenceRun) -> String {
        var lines = ["sequenceDiagram"]
        for participant in run.participants {
            let kind = participant == .client ? "actor" : "participant"
            lines.append("    \(kind) \(participant.rawValue) as \(participant.title)")
        }
        for step in run.steps {
            let arrow = step.arrow
            let line = arrow.isDashed ? "-->>" : "->>"
            lines.append("    \(arrow.from.rawValue)\(line)\(arrow.to.rawValue): \(escaped(arrow.label))")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Without what Mermaid reads as the end of a line or as the code of a character.
    private static func escaped(_ text: String) -> String {
        text.replacing("#", with: "#35;").replacing(";", with: "#59;")
    }
}
