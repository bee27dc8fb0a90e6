import CommandLineKit

enum ManCommand {
    /// The date on the manual page: the release date, so that the page is reproducible.
    private static let date = "November 20, 2026"

    static let command = Command(
        CommandSpec(
            path: ["man"], summary: "Print the manual page, or the same reference as Markdown",
            options: [OptionSpec(name: "markdown", summary: "Print the tables of the README instead")],
            examples: [ExampleSpec(command: "qrpay man | man -l -", summary: "Read the manual page")])
    ) { options, context in
        let table = CommandRegistry.table
        let text =
            options.isSet("markdown")
            ? MarkdownReference.commands(of: table) : ManPage.render(table, date: date)
        try context.output.write(bytes: Array(text.utf8))
        return .done
    }
}
