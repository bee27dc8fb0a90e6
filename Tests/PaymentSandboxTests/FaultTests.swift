import HTTPKit
import JSONKit
import PaymentCore
import PaymentPartners
import PaymentSandbox
import Testing

@Suite struct FaultPlanTests {
    private static func hits(_ rules: [FaultRule], requests: Int = 200) -> [Bool] {
        var plan = FaultPlan(rules)
        return (0..<requests).map { _ in
            plan.trouble(partner: .eda, method: "GET", path: ["v1", "orders", "1"]).rule != nil
        }
    }

    @Test func `the same seed hits the same requests`() {
        let rule = FaultRule(partner: .eda, probability: 0.3, kind: .reset, seed: 7)
        var other = rule
        other.seed = 8
        let hits = Self.hits([rule])
        #expect(hits == Self.hits([rule]))
        #expect(hits != Self.hits([other]))
        #expect((40...80).contains(hits.count { $0 }))
    }

    @Test func `other rules do not shift the hits`() {
        let rule = FaultRule(partner: .eda, probability: 0.3, kind: .reset, seed: 7)
        var plan = FaultPlan([FaultRule(partner: .check, probability: 0.3, kind: .reset, seed: 7)])
        let other = plan.add(FaultRule(partner: .eda, kind: .latency, milliseconds: 1))
        _ = plan.remove(id: other.id)
        _ = plan.add(rule)
        let hits = (0..<200).map { _ in
            plan.trouble(partner: .eda, method: "GET", path: ["v1", "orders", "1"]).rule != nil
        }
        #expect(hits == Self.hits([rule]))
        var elsewhere = rule
        elsewhere.route = "/v1/orders"
        #expect(hits != Self.hits([elsewhere]), "rules for other requests hit independently")
    }

    @Test(
        arguments: [(nil, 0.0, 0), (nil, 1.0, 200), (3, nil, 3), (3, 0.0, 0), (nil, nil, 200)] as [(Int?, Double?, Int)]
    )
    func `counts`(first: Int?, probability: Double?, expected: Int) {
        let rule = FaultRule(partner: .eda, probability: probability, first: first, kind: .reset)
        #expect(Self.hits([rule]).count { $0 } == expected)
    }

    @Test(
        arguments: [
            (nil, nil, true), ("GET", nil, true), ("PUT", nil, false), (nil, "/v1", true), (nil, "/v1/orders/*", true),
            (nil, "/v1/*/1", true), (nil, "/v1/*/2", false), (nil, "/v1/order", false),
            (nil, "/v1/orders/1/items", false),
        ] as [(String?, String?, Bool)])
    func `matches`(method: String?, route: String?, expected: Bool) {
        let rule = FaultRule(partner: .eda, method: method, route: route, kind: .reset)
        #expect(Self.hits([rule], requests: 1) == [expected])
    }

    @Test func `latencies add up, and the first other rule decides`() {
        var plan = FaultPlan([
            FaultRule(partner: .eda, kind: .latency, milliseconds: 100),
            FaultRule(partner: .eda, first: 1, kind: .status, status: 500),
            FaultRule(partner: .eda, kind: .latency, milliseconds: 20),
            FaultRule(partner: .eda, kind: .reset), FaultRule(partner: .check, kind: .garbage),
        ])
        let first = plan.trouble(partner: .eda, method: "GET", path: [])
        #expect(first.delayMilliseconds == 120 && first.rule?.kind == .status)
        #expect(plan.trouble(partner: .eda, method: "GET", path: []).rule?.kind == .reset)
        #expect(plan.entries.map(\.matched) == [2, 2, 2, 2, 0])
        #expect(plan.entries.map(\.hit) == [2, 1, 2, 1, 0])
        plan.removeAll()
        #expect(plan == FaultPlan())
    }
}

@Suite(.timeLimit(.minutes(5))) struct FaultInjectionTests {
    /// The kind, the client's error, and whether the hold happened nevertheless.
    @Test(
        arguments: [
            (.status, .serverError(status: 503), false), (.reset, .interrupted, false), (.garbage, .malformed, false),
            (.truncated, .interrupted, true), (.effectThenReset, .interrupted, true),
            (.effectThenTimeout, .timedOut, true),
        ] as [(FaultRule.Kind, PartnerError.Code, Bool)])
    func `injects`(kind: FaultRule.Kind, expected: PartnerError.Code, happens: Bool) async throws {
        var settings = SandboxSettings()
        settings.faults = [
            FaultRule(partner: .transactions, route: "/v1/invoices/*/operations", first: 1, kind: kind)
        ]
        try await SandboxFixture.run(settings: settings) { fixture async throws in
            let invoice = InvoiceRequest(
                invoiceID: "e", orderID: "o", uid: "u", amount: SandboxFixture.amount, callbackURL: nil)
            try await fixture.transactions.createInvoice(invoice)
            let client = HTTPTransactionsClient(
                endpoint: fixture.endpoint(.transactions, timeoutSeconds: kind == .effectThenTimeout ? 5 : 120),
                transport: fixture.transport)
            let hold = OperationRequest(
                invoiceID: "e", number: 1, kind: .hold, amount: SandboxFixture.amount,
                paymentMethodID: Card.approve.rawValue)
            let error = await #expect(throws: PartnerError.self) { try await client.start(hold) }
            #expect(error?.code == expected)
            #expect(try await client.invoice(id: "e")?.held.isZero == !happens)
            #expect(try await client.start(hold).status == .succeeded, "it recovers")
            let entries = try await fixture.snapshot().faults
            #expect(entries.map(\.matched) == [2] && entries.map(\.hit) == [1])
        }
    }

    @Test func `the first requests are hit, then the partner recovers`() async throws {
        try await SandboxFixture.run { fixture async throws in
            _ = try await fixture.control.add(
                FaultRule(partner: .cardstorage, first: 3, kind: .status, status: 429))
            var answers: [Int] = []
            for _ in 0..<5 {
                answers.append(try await fixture.send("GET", "/cardstorage/v1/payment_methods?uid=u").status)
            }
            #expect(answers == [429, 429, 429, 200, 200])
            // Other partners, and the control API itself, are not affected.
            #expect(try await fixture.cashback.ledger(orderID: "o", since: nil, until: nil).isEmpty)
            #expect(try await fixture.control.faults().map(\.matched) == [5])
        }
    }

    @Test func `a seed hits the same requests again`() async throws {
        func run(_ fixture: SandboxFixture, seed: UInt64) async throws -> [Int] {
            let entry = try await fixture.control.add(
                FaultRule(partner: .cardstorage, probability: 0.4, kind: .status, seed: seed))
            var answers: [Int] = []
            for _ in 0..<30 {
                answers.append(try await fixture.send("GET", "/cardstorage/v1/payment_methods?uid=u").status)
            }
            try await fixture.control.removeFault(id: entry.id)
            return answers
        }
        try await SandboxFixture.run { fixture async throws in
            let answers = try await run(fixture, seed: 7)
            #expect(Set(answers) == [200, 503])
            #expect(try await run(fixture, seed: 7) == answers, "also as a later rule of the same sandbox")
            #expect(try await run(fixture, seed: 8) != answers)
        }
    }

    @Test func `silence ends with the connection`() async throws {
        try await SandboxFixture.run { fixture async throws in
            _ = try await fixture.control.add(
                FaultRule(
                    partner: .cashback, method: "PUT", first: 1, kind: .effectThenTimeout, milliseconds: 700))
            let entry = CashbackEntry(key: "k", orderID: "o", uid: "u", kind: .accrual, amount: SandboxFixture.amount)
            let posting = Task { [cashback = fixture.cashback] in try await cashback.post(entry) }
            await fixture.clock.untilWaiting()
            #expect(try await fixture.cashback.ledger(orderID: "o", since: nil, until: nil).count == 1, "it happened")
            fixture.clock.advance(bySeconds: 0.7)
            let error = await #expect(throws: PartnerError.self) { try await posting.value }
            #expect(error?.code == .interrupted)
            try await fixture.cashback.post(entry)
        }
    }

    /// The effect of each kind on the object store, whose responses are not JSON.
    @Test(
        arguments: [
            (.status, .serverError(status: 503), false), (.reset, .interrupted, false),
            (.effectThenReset, .interrupted, true), (.effectThenTimeout, .timedOut, true),
        ] as [(FaultRule.Kind, PartnerError.Code, Bool)])
    func `the object store has faults, too`(kind: FaultRule.Kind, expected: PartnerError.Code, happens: Bool)
        async throws
    {
        try await SandboxFixture.run { fixture async throws in
            _ = try await fixture.control.add(
                FaultRule(partner: .s3, method: "PUT", route: "/receipts/*", first: 1, kind: kind))
            let storage = S3Client(
                endpoint: fixture.endpoint(.s3, timeoutSeconds: kind == .effectThenTimeout ? 5 : 120),
                bucket: SandboxCredentials.bucket, region: SandboxCredentials.region,
                credentials: SandboxCredentials.aws, transport: fixture.transport, now: { fixture.clock.now })
            let error = await #expect(throws: PartnerError.self) {
                try await storage.put(key: "o/d.pdf", body: [1], contentType: "application/pdf")
            }
            #expect(error?.code == expected)
            #expect(try await storage.exists(key: "o/d.pdf") == happens)
            try await storage.put(key: "o/d.pdf", body: [1], contentType: "application/pdf")
        }
    }

    @Test func `a truncated response is an error`() async throws {
        try await SandboxFixture.run { fixture async throws in
            let body = [UInt8](repeating: 7, count: 100_000)
            try await fixture.s3.put(key: "o/d.pdf", body: body, contentType: "application/pdf")
            _ = try await fixture.control.add(FaultRule(partner: .s3, method: "GET", first: 1, kind: .truncated))
            let error = await #expect(throws: PartnerError.self) { try await fixture.s3.get(key: "o/d.pdf") }
            #expect(error?.code == .interrupted)
            #expect(try await fixture.s3.get(key: "o/d.pdf") == body)
        }
    }

    @Test func `latency delays`() async throws {
        try await SandboxFixture.run { fixture async throws in
            let rule = #"{"partner":"cardstorage","kind":"latency","milliseconds":700,"first":1}"#
            #expect(try await fixture.send("POST", "/sandbox/faults", rule).status == 200)
            async let methods = fixture.cardstorage.paymentMethods(uid: "u")
            await fixture.clock.untilWaiting()
            fixture.clock.advance(bySeconds: 0.7)
            #expect(try await methods.count == Card.allCases.count)
            #expect(try await fixture.send("DELETE", "/sandbox/faults/1").status == 204)
            #expect(try await fixture.snapshot().faults.isEmpty)
        }
    }

    @Test func `invalid settings are refused with their field`() throws {
        let json = #"{"slow_card_seconds":0.5,"faults":[{"partner":"s3","kind":"status","status":500}]}"#
        let settings = try SandboxSettings(json: Array(json.utf8))
        #expect(settings.slowCardSeconds == 0.5 && settings.receiptDelaySeconds == 1)
        #expect(settings.faults == [FaultRule(partner: .s3, kind: .status, status: 500)])
        let wrong = [
            #"{"slow_card_seconds":-1}"#: "slow_card_seconds", #"{"callback_attempts":0}"#: "callback_attempts",
            #"{"faults":[{"kind":"reset"}]}"#: "faults.0.partner", "{": "",
            #"{"faults":[{"partner":"eda","kind":"reset","first":0}]}"#: "first",
        ]
        for (json, field) in wrong {
            let error = #expect(throws: FieldError.self) { try SandboxSettings(json: Array(json.utf8)) }
            #expect(error?.field == field)
        }
    }
}
