import PaymentCore
import PaymentPartners
import WorldKit

/// The state of the partners, changed by one request at a time; a response is sent only once its effect is durable.
actor SandboxState {
    private var models: PartnerModels
    private var faults: FaultPlan
    private let store: SandboxStore?
    private let courier: CallbackCourier
    private let world: World

    /// The write in progress, or the last one.
    private var writing: Task<Void, any Error>?
    /// The write that will include every change made until it begins.
    private var nextWrite: Task<Void, any Error>?
    /// Rows that are not durable yet, oldest first.
    private var unkept: [PartnerModels.Row] = []
    /// Wakes the payment system when a pending operation is due.
    private var alarm: (due: Instant, task: Task<Void, Never>)?

    init(
        models: PartnerModels, faults: [FaultRule], store: SandboxStore?, courier: CallbackCourier, world: World
    ) {
        self.models = models
        self.faults = FaultPlan(faults)
        self.store = store
        self.courier = courier
        self.world = world
    }

    /// Reads or changes the models; when it returns, the observed and changed state is durable.
    func perform<Value: Sendable>(
        _ body: @Sendable (inout PartnerModels, Instant) throws -> Value
    ) async throws -> Value {
        let value = Result { try body(&models, world.now()) }
        try await keep()
        return try value.get()
    }

    /// Like ``perform(_:)`` for the payment system: what is due happens first, and every change is reported.
    func transact<Value: Sendable>(
        _ body: @Sendable (inout TransactionsModel, Instant) throws -> (Value, [PaymentCallback])
    ) async throws -> Value {
        let now = world.now()
        let due = models.transactions.advance(to: now)
        let result = Result { try body(&models.transactions, now) }
        let reports = reports(of: due + ((try? result.get().1) ?? [])).filter { courier.reaches($0.url) }
        // Without a file, no later run could send them again.
        if store != nil { models.keep(reports) }
        setAlarm(now)
        try await keep()
        send(reports)
        return try result.get().0
    }

    /// Sends every report of an invoice once more.
    func reports(invoiceID: String) -> [CallbackCourier.Report] {
        reports(of: models.transactions.callbacks(invoiceID: invoiceID))
    }

    func knowsInvoice(_ id: String) -> Bool { models.transactions.invoice(id: id) != nil }

    func trouble(partner: Partner, method: String, path: [String]) -> FaultPlan.Trouble {
        faults.trouble(partner: partner, method: method, path: path)
    }

    func changeFaults<Value: Sendable>(_ body: @Sendable (inout FaultPlan) -> Value) -> Value { body(&faults) }

    func snapshot() async throws -> SandboxSnapshot {
        try await keep()
        return SandboxSnapshot(models, faults: faults.entries)
    }

    /// Resumes the deliveries that were pending when the last run ended.
    func resume() {
        setAlarm(world.now())
        send(models.waitingReports)
    }

    func close() async {
        alarm?.task.cancel()
        courier.stop()
        try? await keep()
        await store?.close()
    }

    private func reports(of callbacks: [PaymentCallback]) -> [CallbackCourier.Report] {
        callbacks.compactMap { callback in
            let url = models.transactions.invoices[callback.invoiceID]?.callbackURL
            return url.map { CallbackCourier.Report(callback: PaymentCallbackWire(callback), url: $0) }
        }
    }

    private func send(_ reports: [CallbackCourier.Report]) {
        courier.send(reports) { [weak self] in await self?.forget($0) }
    }

    /// Records an acknowledgement; if it is lost, the report is delivered twice, as callbacks may be.
    private func forget(_ report: CallbackCourier.Report) async {
        guard models.reports[report.callback.eventID] != nil else { return }
        models.reports[report.callback.eventID] = nil
        try? await keep()
    }

    private func setAlarm(_ now: Instant) {
        guard let due = models.transactions.nextDue, alarm.map({ due < $0.due }) ?? true else { return }
        alarm?.task.cancel()
        let seconds = max(0, due.seconds(since: now))
        let task = Task { [weak self, world] in
            guard (try? await world.sleep(seconds)) != nil else { return }
            await self?.ring()
        }
        alarm = (due, task)
    }

    private func ring() async {
        alarm = nil
        try? await transact { _, _ in ((), []) }
    }

    /// Returns when every change made so far is durable. Changes made during a write are combined in the next one.
    ///
    /// The rows of a failed write are included in the next one: no response is sent while memory is ahead of the file.
    private func keep() async throws {
        guard let store else { return }
        if let nextWrite { return try await nextWrite.value }
        let before = writing
        // Not part of the request's task: that may be canceled, but its changes must be stored.
        let write = Task {
            _ = await before?.result
            try await beginWrite(to: store)
        }
        nextWrite = write
        try await write.value
    }

    private func beginWrite(to store: SandboxStore) async throws {
        writing = nextWrite
        nextWrite = nil
        unkept += try models.takeChanges()
        guard !unkept.isEmpty else { return }
        try await store.keep(unkept)
        unkept = []
    }
}
