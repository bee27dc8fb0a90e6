import CommandLineKit
import JSONKit

enum VersionCommand {
    static let command = Command(
        CommandSpec(
            path: ["version"], summary: "Show the version; with --json also the commit it was built from",
            examples: [ExampleSpec(command: "qrpay version --json", summary: "For a script that needs a certain one")])
    ) { options, context in
        guard options.isJSON else {
            try context.output.write("qrpay \(Release.version)\n")
            return .done
        }
        let json: JSONObject = [
            "name": "qrpay", "version": Release.version, "date": Release.date, "commit": Release.commit,
        ]
        try context.output.write(try JSONText.render(json))
        return .done
    }
}
