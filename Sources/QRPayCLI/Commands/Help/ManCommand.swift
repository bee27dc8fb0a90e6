import CommandLineKit
import JSONKit
import PaymentAPI

enum ManCommand {
    private static let markdown = Option(flag: "markdown", summary: "Print the README's table of commands instead")
    private static let settings = Option(flag: "settings", summary: "Print the README's tables of settings instead")
    private static let openAPI = Option(
        flag: "openapi", summary: "Print the OpenAPI document of 'qrpay serve' instead")

    static let command = Command(
        CommandSpec(
            path: ["man"], summary: "Print the manual page, or a reference in another form",
            options: [markdown, settings, openAPI],
            rules: [.exclusive(markdown, settings, openAPI)],
            examples: [
                ExampleSpec(command: "qrpay man | man -l -", summary: "Read the manual page"),
                ExampleSpec(
                    command: "qrpay man --openapi > openapi.json", summary: "Save the description of the HTTP API"),
            ])
    ) { options, context in
        let text =
            if options[markdown] {
                MarkdownReference.commands(of: CommandRegistry.table)
            } else if options[settings] {
                SettingReference.markdown
            } else if options[openAPI] {
                API.document(try await Wiring.idleServices(context), version: Release.version).text + "\n"
            } else {
                ManPage.render(CommandRegistry.table, date: Release.manualDate)
            }
        try context.output.write(bytes: Array(text.utf8))
        return .done
    }
}
