import CommandLineKit

/// The settings as the manual page and the README describe them.
enum SettingReference {
    /// The section of the manual page.
    static let list = ReferenceList(
        heading: "settings",
        discussion: """
            A setting comes from its flag, its environment variable, the profile in the configuration file, the rest \
            of the file, or its default, in this order. Names are paths in the file: partners.eda.url is the name url \
            in eda in partners. The file is JSON with comments; unknown names are an error.
            """,
        entries: SettingTable.all.map { spec in
            ReferenceList.Entry(term: spec.key, summary: spec.summary, notes: notes(of: spec))
        })

    /// The variables that set something.
    static let environment = SettingTable.all.compactMap { spec in
        spec.environment.map { EnvironmentSpec(name: $0, summary: spec.summary) }
    }

    private static func notes(of spec: SettingSpec) -> [String] {
        [
            spec.isInFile ? nil : "not in the file", spec.rangeWords, spec.standardWords.map { "default: \($0)" },
            spec.flag.map { "flag: \($0.label)" }, spec.environment.map { "environment: \($0)" },
        ].compactMap(\.self)
    }

    /// The README's tables: first what flags and variables set, then what only the file does.
    static let markdown: String = {
        let isGiven: (SettingSpec) -> Bool = { $0.flag != nil || $0.environment != nil }
        let given = MarkdownReference.markdownTable(
            ["flag", "environment", "in the file", "default", "what it is"],
            SettingTable.all.filter(isGiven).map { spec in
                [
                    code(spec.flag?.label), code(spec.environment), code(spec.isInFile ? spec.key : nil),
                    standard(spec), MarkdownReference.escaped(spec.summary),
                ]
            })
        let filed = MarkdownReference.markdownTable(
            ["in the file", "range", "default", "what it is"],
            SettingTable.all.filter { !isGiven($0) }.map { spec in
                [
                    code(spec.key), spec.rangeWords ?? "-", standard(spec), MarkdownReference.escaped(spec.summary),
                ]
            })
        return "\(given)\n\(filed)"
    }()

    private static func standard(_ spec: SettingSpec) -> String {
        spec.standardWords.map(MarkdownReference.escaped) ?? "none"
    }

    private static func code(_ text: String?) -> String { text.map(MarkdownReference.code) ?? "-" }
}
