import CommandLineKit
import Payments

enum CompletionCommand {
    private static let shell = Argument("SHELL", ValueParser<CompletionScript.Shell>.word, summary: "The shell")

    static let command = Command(
        CommandSpec(
            path: ["completion"], summary: "Print a completion script for a shell",
            arguments: [shell],
            examples: [
                ExampleSpec(
                    command: "qrpay completion bash > ~/.local/share/bash-completion/completions/qrpay",
                    summary: "Install it for bash")
            ])
    ) { options, context in
        try context.output.write(bytes: Array(CompletionScript.render(CommandRegistry.table, for: options[shell]).utf8))
        return .done
    }
}
