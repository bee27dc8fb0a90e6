import CommandLineKit

enum ManCommand {
    private static let markdown = Option(flag: "markdown", summary: "Print the README's table of commands instead")
    private static let settings = Option(flag: "settings", summary: "Print the README's tables of settings instead")

    static let command = Command(
        CommandSpec(
            path: ["man"], summary: "Print the manual page, or the same reference as Markdown",
            options: [markdown, settings], rules: [.exclusive(markdown, settings)],
            examples: [ExampleSpec(command: "qrpay man | man -l -", summary: "Read the manual page")])
    ) { options, context in
        let table = CommandRegistry.table
        let text =
            options[markdown]
            ? MarkdownReference.commands(of: table)
            : options[settings] ? SettingReference.markdown : ManPage.render(table, date: Release.manualDate)
        try context.output.write(bytes: Array(text.utf8))
        return .done
    }
}
