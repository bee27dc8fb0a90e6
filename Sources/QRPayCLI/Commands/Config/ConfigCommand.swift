import CommandLineKit
import JSONKit

enum ConfigCommand {
    static let command = Command(
        CommandSpec(
            path: ["config"], summary: "Print every effective setting and its source",
            discussion: """
                Flags override the environment, the environment overrides the profile in the configuration file, the \
                profile overrides the rest of the file, and the file overrides the defaults. Names are those of the \
                file: 'partners.eda.url' is the name 'url' in 'eda' in 'partners'. Secrets are never printed.
                """,
            examples: [
                ExampleSpec(command: "qrpay config", summary: "Show the effective settings"),
                ExampleSpec(
                    command: "qrpay config --profile staging --json | jq '.[] | select(.source != \"default\")'",
                    summary: "Show what was set, and where"),
            ])
    ) { options, context in
        let configuration = try Configuration(options, environment: context.environment)
        try context.show(
            configuration.inForce.map(SettingOutput.init), asJSON: options.isJSON, ifEmpty: "no settings")
        return .done
    }
}

/// A setting as `qrpay config` shows it.
private struct SettingOutput: Listed {
    var setting: EffectiveSetting

    var json: JSONObject {
        [
            "name": setting.name, "value": setting.value, "source": setting.source.word,
            "place": setting.source.place,
        ]
    }

    static let columns = [
        TextTable.Column("SETTING", isShrinkable: false), TextTable.Column("VALUE", isShrinkable: false),
        TextTable.Column("SOURCE"),
    ]

    var cells: [TextTable.Cell] {
        let place = setting.source.place
        let source =
            switch setting.source {
            case .standard: place.map { "default, from \($0)" } ?? "default"
            case .flag, .environment, .file: place ?? ""
            }
        let isDefault = setting.source.word == "default"
        return [
            TextTable.Cell(setting.name), TextTable.Cell(setting.value ?? "-", effect: isDefault ? nil : .bold),
            TextTable.Cell(source, effect: isDefault ? .dim : nil),
        ]
    }
}
