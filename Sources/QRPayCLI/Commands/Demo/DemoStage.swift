import HTTPKit
import PaymentAPI
import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import QueueKit
import WorldKit

/// The demo's environment: a store, a sandbox of all partners, and a listener for callbacks, on free loopback ports.
struct DemoStage: Sendable {
    let directory: String
    let services: Services
    let transport: any HTTPTransport
    let processes: Processes
    let partnersURL: String
    private let sandbox: Sandbox
    private let api: API
    private let world: World

    /// - Parameter server: the settings of an empty store on a server; nil for a file in the directory.
    static func open(directory: String, server: Configuration?, _ context: Context) async throws -> DemoStage {
        var sandboxSettings = SandboxSettings()
        sandboxSettings.receiptDelaySeconds = 0.3
        sandboxSettings.slowCardSeconds = 0.2
        let transport = context.makeTransport()
        let sandbox = try await Sandbox(
            listen: loopback, state: .file(path: "\(directory)/sandbox.db"), settings: sandboxSettings,
            world: context.world, transport: transport)
        try await sandbox.start()

        // Only the settings of the store apply: the demo's payments go to its own partners.
        var configuration =
            try server.map { try Configuration(storeOf: $0) }
            ?? Configuration(storePath: "\(directory)/qrpay.db")
        configuration.partnersURL = "http://127.0.0.1:\(sandbox.port)"
        // Receipts are polled immediately and often; a lost answer is retried soon.
        configuration.settings.retry = configuration.settings.retry.mapValues { policy in
            var policy = policy
            policy.periodSeconds = 0.1
            policy.baseSeconds = 0.05
            return policy
        }
        var services = try await Wiring.services(
            configuration, context, missingStore: .made, connections: StoreOpening.connectionsOfServer)
        if server != nil { try await services.store.expectEmpty() }
        let access = try await StoreKeys(configuration, services.store, context.world).gateway(configuration)
        let api = API(listen: loopback, services: services, options: APIOptions(access: access))
        try api.start()
        services.settings.callbackURL = api.callbackURL()
        return DemoStage(
            directory: directory, services: services, transport: transport, processes: context.processes,
            partnersURL: configuration.partnersURL, sandbox: sandbox, api: api, world: context.world)
    }

    private static let loopback = SocketAddress(host: "127.0.0.1", port: 0)

    private var control: SandboxControl { SandboxControl(partnersURL: partnersURL, transport: transport) }

    func close() async {
        await api.stop(graceSeconds: 2)
        await services.store.close()
        await sandbox.stop()
    }

    /// Makes the transactions service report every change of an invoice again.
    /// - Returns: how many reports were acknowledged.
    func redeliverCallbacks(ofInvoice invoiceID: String) async throws -> Int {
        try await control.redeliverCallbacks(ofInvoice: invoiceID).acknowledged
    }

    /// Changes the amount of an order's accrual directly in the cashback service.
    func corruptAccrual(ofOrder orderID: String) async throws {
        let rows = try await services.partners.cashback.ledger(orderID: orderID, since: nil, until: nil)
        guard let accrual = rows.first(where: { $0.entry.kind == .accrual }) else {
            throw Problem(.negative, "demo_failed", "no cashback was accrued on order \(orderID)")
        }
        let amount = try accrual.entry.amount.adding(Money(minorUnits: 1, currency: accrual.entry.amount.currency))
        try await control.setAmount(amount, ofCashbackEntry: accrual.id)
    }
}
