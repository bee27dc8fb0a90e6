import CommandLineKit
import HTTPKit
import QRPayDomain
import QRPaySandbox
import QRPayServices

enum SandboxCommand {
    static let command = Command(
        CommandSpec(
            path: ["sandbox"], summary: "Play every partner over HTTP, until stopped",
            discussion: """
                Eda, transactions, cardstorage, cashback, Check and S3 on one port, each under its own path, stateful and \
                with the cards' fates built in: card-approve, card-decline, card-decline-once, card-3ds, card-slow, \
                card-lost, card-lapse.

                The commands below it act on one that runs, where --partners says.
                """,
            options: [
                Listening.listen(default: defaultAddress), Listening.portFile,
                OptionSpec(
                    name: "state", value: "FILE", completion: .file,
                    summary: "Keep what the partners know in this file; without it, it is gone at the end"),
                OptionSpec(
                    name: "settings", value: "FILE", completion: .file, summary: "Delays and faults, as JSON"),
            ],
            examples: [
                ExampleSpec(command: "qrpay sandbox", summary: "Play all partners where every command looks for them"),
                ExampleSpec(
                    command: "qrpay sandbox --listen 127.0.0.1:0 --port-file port --state sandbox.db",
                    summary: "On any free port, for a script"),
            ])
    ) { options, context in
        let sandbox = try await Sandbox(
            listen: try Listening.address(options, default: defaultAddress),
            state: options.value("state").map { .file(path: $0) } ?? .memory, settings: try settings(options),
            world: context.world, transport: context.makeTransport())
        try await sandbox.start()
        do {
            try Listening.announce(sandbox.port, options, context, what: "the partners")
        } catch {
            await sandbox.stop()
            throw error
        }
        _ = await context.stopSignal()
        await sandbox.stop()
        return .done
    }

    private static let defaultAddress = "127.0.0.1:8787"

    private static func settings(_ options: ParsedOptions) throws -> SandboxSettings {
        guard let path = options.value("settings") else { return SandboxSettings() }
        let text = try LocalFile.read(path, maximumBytes: 1 << 20, what: "the sandbox's settings")
        do {
            return try SandboxSettings(json: text)
        } catch {
            throw Problem(.invalid, "bad_settings", "\(path): \(error)")
        }
    }
}
