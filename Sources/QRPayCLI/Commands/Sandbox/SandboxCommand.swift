import CommandLineKit
import HTTPKit
import JSONKit
import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments

enum SandboxCommand {
    static let command = Command(
        CommandSpec(
            path: ["sandbox"], summary: "Simulate every partner over HTTP, until stopped",
            discussion: """
                Eda, transactions, cardstorage, cashback, Check and S3 on one port, each under its own path, stateful, \
                with cards of fixed behavior: card-approve, card-decline, card-decline-once, card-3ds, card-slow, \
                card-lost, card-lapse.

                Its subcommands act on the running sandbox at --partners.
                """,
            options: [
                Listening.listen(default: defaultAddress), Listening.portFile,
                OptionSpec(
                    name: "state", value: "FILE", completion: .file,
                    summary: "Keep the partners' state in this file; without it, the state is lost on exit"),
                OptionSpec(
                    name: "settings", value: "FILE", completion: .file, summary: "Delays and faults, as JSON"),
                OptionSpec(
                    name: "faults", value: "FILE", completion: .file,
                    summary: "Start with these faults, as printed by 'qrpay sandbox fault list --json'"),
            ] + ServerConnections.options(default: Sandbox.limits.maximumConnections),
            examples: [
                ExampleSpec(command: "qrpay sandbox", summary: "Simulate all partners at the default address"),
                ExampleSpec(
                    command: "qrpay sandbox --listen 127.0.0.1:0 --port-file port --state sandbox.db",
                    summary: "Use any free port, for a script"),
                ExampleSpec(
                    command: "qrpay sandbox --faults faults.json", summary: "Start with faults"),
            ]), libraries: [.http, .signing]
    ) { options, context in
        let limits = try ServerConnections.limits(Sandbox.limits, options)
        let transport = context.makeTransport()
        do { try transport.prepare() } catch let error as HTTPTransportError { throw Problem(preparing: error) }
        let sandbox = try await Sandbox(
            listen: try Listening.address(options, default: defaultAddress),
            state: options.value("state").map { .file(path: $0) } ?? .memory, settings: try settings(options),
            world: context.world, transport: transport, limits: limits)
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
        var settings = SandboxSettings()
        try read(options.value("settings"), what: "the sandbox's settings") {
            settings = try SandboxSettings(json: $0)
        }
        try read(options.value("faults"), what: "the sandbox's faults") { text in
            let rules = try JSON.message([FaultRule].self, from: text)
            for rule in rules { try rule.check() }
            settings.faults += rules
        }
        return settings
    }

    /// - Parameter path: nil to do nothing.
    private static func read(_ path: String?, what: String, _ use: ([UInt8]) throws -> Void) throws {
        guard let path else { return }
        let text = try LocalFile.read(path, maximumBytes: 1 << 20, what: what)
        do {
            try use(text)
        } catch {
            throw Problem(.invalid, "bad_settings", "\(path): \(error)")
        }
    }
}
