import HTTPKit
import PaymentCore
import PaymentPartners
import PaymentSandbox
import Testing

/// The client of the control API, against a sandbox and against other servers.
@Suite struct SandboxControlTests {
    @Test func `faults come and go`() async throws {
        try await SandboxFixture.run { fixture async throws in
            let control = fixture.control
            let rule = FaultRule(
                partner: .eda, method: "GET", route: "/v1/*", probability: 0.5, kind: .status, status: 500,
                seed: .max)
            #expect(try await control.add(rule) == FaultPlan([rule]).entries.first)
            #expect(try await control.add(FaultRule(partner: .check, kind: .reset)).id == 2)
            #expect(try await control.faults().map(\.rule.partner) == [.eda, .check])
            try await control.removeFault(id: 1)
            #expect(try await control.faults().map(\.id) == [2])
            let error = await #expect(throws: SandboxControlError.self) { try await control.removeFault(id: 1) }
            #expect(error?.code == .rejected(status: 404, code: "unknown_fault"))
            try await control.removeAllFaults()
            #expect(try await control.faults().isEmpty)
            let bad = await #expect(throws: SandboxControlError.self) {
                try await control.add(FaultRule(partner: .eda, probability: 2, kind: .reset))
            }
            #expect(bad?.code == .rejected(status: 400, code: "bad_request"))
        }
    }

    @Test func `changes the partners' state`() async throws {
        try await SandboxFixture.run { fixture async throws in
            let control = fixture.control
            _ = try await fixture.hold("e")
            #expect(await fixture.callbacks.first { _ in true }?.invoiceID == "e")
            let delivery = try await control.redeliverCallbacks(ofInvoice: "e")
            #expect(delivery.sent == 1 && delivery.acknowledged == 1)
            let error = await #expect(throws: SandboxControlError.self) {
                try await control.redeliverCallbacks(ofInvoice: "f")
            }
            #expect(error?.code == .rejected(status: 404, code: "unknown_invoice"))

            try await fixture.cashback.post(
                CashbackEntry(key: "k", orderID: "o", uid: "u", kind: .accrual, amount: SandboxFixture.amount))
            let id = try #require(try await control.state().cashbackEntries.first?.id)
            try await control.setAmount(Money(minorUnits: 1, currency: .rub), ofCashbackEntry: id)
            #expect(try await control.state().cashbackEntries.map(\.amount) == ["0.01"])
        }
    }

    @Test func `a base with a slash is the same`() async throws {
        try await SandboxFixture.run { fixture async throws in
            let control = SandboxControl(
                partnersURL: "http://127.0.0.1:\(fixture.sandbox.port)/", transport: fixture.transport)
            #expect(try await control.faults().isEmpty)
        }
    }

    /// The responses of another server, and their meaning.
    @Test(
        arguments: [
            (404, "<html>nothing here</html>", .notASandbox), (200, "<html>welcome</html>", .notASandbox),
            (200, "{}", .notASandbox), (404, #"{"code":"not_found","message":"there is nothing"}"#, .notASandbox),
            (405, #"{"code":"method_not_allowed","message":"no"}"#, .notASandbox), (302, "", .notASandbox),
            (500, #"{"code":"internal","message":"no"}"#, .rejected(status: 500, code: "internal")),
        ] as [(Int, String, SandboxControlError.Code)])
    func `other servers are recognized`(status: Int, body: String, expected: SandboxControlError.Code) async throws {
        let server = HTTPServer(listen: SocketAddress(host: "127.0.0.1", port: 0)) { _ in
            .response(HTTPResponse(status: status, body: Array(body.utf8)))
        }
        try server.start()
        let control = SandboxControl(partnersURL: "http://127.0.0.1:\(server.port)", transport: CurlTransport())
        let error = await #expect(throws: SandboxControlError.self) { try await control.faults() }
        #expect(error?.code == expected)
        await server.stop(graceSeconds: 0)
        let gone = await #expect(throws: SandboxControlError.self) { try await control.faults() }
        #expect(gone?.code == .unreachable)
    }
}
