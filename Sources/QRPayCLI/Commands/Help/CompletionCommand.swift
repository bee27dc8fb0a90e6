import CommandLineKit
import Payments

enum CompletionCommand {
    static let command = Command(
        CommandSpec(
            path: ["completion"], summary: "Print a completion script for a shell",
            arguments: [
                ArgumentSpec(
                    name: "SHELL", completion: .values(CompletionScript.Shell.allCases.map(\.rawValue)),
                    summary: "bash, zsh or fish")
            ],
            examples: [
                ExampleSpec(
                    command: "qrpay completion bash > ~/.local/share/bash-completion/completions/qrpay",
                    summary: "Install it for bash")
            ])
    ) { options, context in
        let name = try options.required("SHELL")
        guard let shell = CompletionScript.Shell(rawValue: name) else {
            throw ParsedOptions.invalid("SHELL", name, oneOf: CompletionScript.Shell.allCases.map(\.rawValue))
        }
        try context.output.write(bytes: Array(CompletionScript.render(CommandRegistry.table, for: shell).utf8))
        return .done
    }
}
