import CommandLineKit

enum ManCommand {
    static let command = Command(
        CommandSpec(
            path: ["man"], summary: "Print the manual page, or the same reference as Markdown",
            options: [OptionSpec(name: "markdown", summary: "Print the tables of the README instead")],
            examples: [ExampleSpec(command: "qrpay man | man -l -", summary: "Read the manual page")])
    ) { options, context in
        let table = CommandRegistry.table
        let text =
            options.isSet("markdown")
            ? MarkdownReference.commands(of: table) : ManPage.render(table, date: Release.manualDate)
        try context.output.write(bytes: Array(text.utf8))
        return .done
    }
}
