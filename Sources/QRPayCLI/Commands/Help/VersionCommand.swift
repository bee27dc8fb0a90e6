import CommandLineKit
import JSONKit

enum VersionCommand {
    static let command = Command(
        CommandSpec(
            path: ["version"], summary: "Show the version",
            examples: [ExampleSpec(command: "qrpay version --json", summary: "Check the version in a script")])
    ) { options, context in
        guard options.isJSON else {
            try context.output.write("qrpay \(Program.version)\n")
            return .done
        }
        let json: JSONObject = ["name": "qrpay", "version": Program.version]
        try context.output.write(try JSONText.render(json))
        return .done
    }
}
