import CommandLineKit
import HTTPKit
import JSONKit
import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments

enum SandboxCommand {
    static let defaultAddress = "127.0.0.1:8787"
    private static let listening = Listening(default: defaultAddress)
    private static let connections = ServerConnections(Sandbox.limits)
    private static let state = Option(
        "state", "FILE", .file, summary: "Keep the partners' state in this file; without it, the state is lost on exit")
    private static let settings = Option("settings", "FILE", .file, summary: "Delays and faults, as JSON")
    private static let faults = Option(
        "faults", "FILE", .file, summary: "Start with these faults, as printed by 'qrpay sandbox fault list --json'")

    static let command = Command(
        CommandSpec(
            path: ["sandbox"], summary: "Simulate every partner over HTTP, until stopped",
            discussion: """
                Eda, transactions, cardstorage, cashback, Check and S3 on one port, each under its own path, stateful, \
                with cards of fixed behavior: card-approve, card-decline, card-decline-once, card-3ds, card-slow, \
                card-lost, card-lapse.

                Its subcommands act on the running sandbox at --partners.
                """,
            options: listening.options + [state, settings, faults] + connections.options,
            examples: [
                ExampleSpec(command: "qrpay sandbox", summary: "Simulate all partners at the default address"),
                ExampleSpec(
                    command: "qrpay sandbox --listen 127.0.0.1:0 --port-file port --state sandbox.db",
                    summary: "Use any free port, for a script"),
                ExampleSpec(
                    command: "qrpay sandbox --faults faults.json", summary: "Start with faults"),
            ]), libraries: [.http, .signing]
    ) { options, context in
        let limits = try connections.limits(options)
        let transport = context.makeTransport()
        do { try transport.prepare() } catch let error as HTTPTransportError { throw Problem(preparing: error) }
        let sandbox = try await Sandbox(
            listen: options[listening.address],
            state: options[state].map { .file(path: $0) } ?? .memory, settings: try readSettings(options),
            world: context.world, transport: transport, limits: limits)
        try await sandbox.start()
        do {
            try listening.announce(sandbox.port, options, context, what: "the partners listen")
        } catch {
            await sandbox.stop()
            throw error
        }
        _ = await context.stopSignal()
        await sandbox.stop()
        return .done
    }

    private static func readSettings(_ options: ParsedOptions) throws -> SandboxSettings {
        var read = SandboxSettings()
        try use(options[settings], what: "the sandbox's settings") {
            read = try SandboxSettings(json: $0)
        }
        try use(options[faults], what: "the sandbox's faults") { text in
            let rules = try JSON.message([FaultRule].self, from: text)
            for rule in rules { try rule.check() }
            read.faults += rules
        }
        return read
    }

    /// - Parameter path: nil to do nothing.
    private static func use(_ path: String?, what: String, _ body: ([UInt8]) throws -> Void) throws {
        guard let path else { return }
        let text = try LocalFile.read(path, maximumBytes: 1 << 20, what: what)
        do {
            try body(text)
        } catch {
            throw Problem(.invalid, "bad_settings", "\(path): \(error)")
        }
    }
}
