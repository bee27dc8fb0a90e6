import EncodingKit
import FoundationEssentials
import HTTPKit
import JSONKit
import PaymentCore
import PaymentPartners
import PaymentSandbox
import SigningKit
import Synchronization
import TestSupport
import Testing
import WorldKit

/// Clients and sandbox over loopback HTTP.
@Suite(.timeLimit(.minutes(5))) struct SandboxLoopTests {
    @Test(arguments: [
        ("GET", "/s3"), ("GET", "/s3/receipts"), ("GET", "/s3/receipts/a"), ("HEAD", "/s3/receipts/a"),
        ("PUT", "/s3/receipts/a"), ("POST", "/s3/receipts/a"), ("DELETE", "/s3/receipts/a"), ("GET", "/s3/other/a"),
    ])
    func `an S3 request without a signature is refused, with or without a route`(
        _ method: String, _ path: String
    ) async throws {
        try await SandboxFixture.run { sandbox async throws in
            #expect(try await sandbox.send(method, path).status == 403)
        }
    }

    @Test func `a payment from hold to receipt`() async throws {
        try await SandboxFixture.run { fixture async throws in
            let line = BillLine(name: "Борщ", quantity: Quantity(millionths: 1_000_000), amount: SandboxFixture.amount)
            try await fixture.eda.createOrder(
                EdaOrder(
                    edaOrderID: "e", orderID: "o", clientID: "c", uid: "u", amount: SandboxFixture.amount, lines: [line]
                ))
            #expect(try await fixture.hold().status == .succeeded)
            #expect(try await fixture.start(2, .clear).status == .succeeded)
            let refund = try await fixture.start(3, .refund, Money(minorUnits: 2_000, currency: .rub))
            #expect(refund.status == .succeeded)

            let invoice = try #require(try await fixture.transactions.invoice(id: "e"))
            #expect([invoice.held, invoice.captured, invoice.refunded].map(\.minorUnits) == [0, 12_000, 2_000])
            #expect(invoice.operations.map(\.kind) == [.hold, .clear, .refund])

            var reported: [PaymentCallback] = []
            for await callback in fixture.callbacks {
                reported.append(callback)
                if reported.count == 3 { break }
            }
            #expect(Set(reported.map(\.eventID)) == ["e.1.succeeded", "e.2.succeeded", "e.3.succeeded"])
            #expect(Set(reported.map(\.operation)) == Set(invoice.operations))

            let document = ReceiptDocument(
                documentID: "e-1", edaOrderID: "e", kind: .payment, sellerName: "Кафе", amount: SandboxFixture.amount,
                lines: [line])
            try await fixture.eda.pushItems(document)
            #expect(try await fixture.eda.receipt(documentID: "e-1") == nil)
            fixture.clock.advance(bySeconds: 1)
            let receipt = try #require(try await fixture.eda.receipt(documentID: "e-1"))
            #expect(String(decoding: receipt, as: UTF8.self).contains(#""totalSum":12000"#))
            let pdf = try await fixture.check.renderPDF(receipt: receipt)
            #expect(try await fixture.check.renderPDF(receipt: receipt) == pdf)
            let error = await #expect(throws: PartnerError.self) {
                try await fixture.check.renderPDF(receipt: Array("[]".utf8))
            }
            #expect(error?.code == .rejected(status: 422, code: "bad_receipt"))
        }
    }

    @Test func `cashback is a ledger`() async throws {
        try await SandboxFixture.run { fixture async throws in
            let entry = { (order: String, kopecks: Int64) in
                CashbackEntry(
                    key: "\(order):accrual/1", orderID: order, uid: "u", kind: .accrual,
                    amount: Money(minorUnits: kopecks, currency: .rub))
            }
            try await fixture.cashback.post(entry("o", 3_600))
            try await fixture.cashback.post(entry("o", 3_600))
            try await fixture.cashback.post(entry("p", 1))
            let error = await #expect(throws: PartnerError.self) { try await fixture.cashback.post(entry("o", 3_601)) }
            #expect(error?.code == .rejected(status: 409, code: "key_reused"))
            let rows = try await fixture.cashback.ledger(orderID: "o", since: nil, until: nil)
            #expect(rows.map(\.entry) == [entry("o", 3_600)])
            #expect(rows.map(\.at) == [fixture.clock.now])
            let later = fixture.clock.now.advanced(bySeconds: 1)
            #expect(try await fixture.cashback.ledger(orderID: nil, since: nil, until: later).count == 2)
            #expect(try await fixture.cashback.ledger(orderID: nil, since: later, until: nil).isEmpty)
        }
    }

    @Test func `the ledger is read in pages`() async throws {
        try await SandboxFixture.run { fixture async throws in
            for number in 0..<501 {
                let body = #"{"key":"k","order_id":"o","uid":"u","kind":"accrual","amount":"1","currency":"RUB"}"#
                let answer = try await fixture.send("PUT", "/sandbox/cashback/entries/\(number)", body)
                #expect(answer.status == 200)
            }
            let rows = try await fixture.cashback.ledger(orderID: nil, since: nil, until: nil)
            #expect(Set(rows.map(\.id)).count == 501 && rows.count == 501)
        }
    }

    @Test func `every user has every card`() async throws {
        try await SandboxFixture.run { fixture async throws in
            let methods = try await fixture.cardstorage.paymentMethods(uid: "somebody & co")
            #expect(methods.map(\.id) == Card.allCases.map(\.rawValue))
        }
    }

    @Test func `S3 stores objects for signed requests`() async throws {
        try await SandboxFixture.run { fixture async throws in
            let (key, body) = ("order-1/чек +1.pdf", Array("%PDF".utf8))
            #expect(try await !fixture.s3.exists(key: key))
            try await fixture.s3.put(key: key, body: body, contentType: "application/pdf")
            #expect(try await fixture.s3.exists(key: key))
            #expect(try await fixture.s3.get(key: key) == body)

            let link = try fixture.s3.presignedURL(key: key, expiresInSeconds: 60, now: fixture.clock.now)
            let fetched = try await fixture.transport.send(HTTPRequest(url: link))
            #expect(fetched.status == 200 && fetched.body == body)
            #expect(fetched.headers["Content-Type"] == "application/pdf")
            let other = try await fixture.transport.send(HTTPRequest(url: link.replacing("order-1", with: "order-2")))
            #expect(other.status == 403)
            fixture.clock.advance(bySeconds: 61)
            #expect(try await fixture.transport.send(HTTPRequest(url: link)).status == 403)

            for (key, code) in [("missing.pdf", "NoSuchKey")] {
                let error = await #expect(throws: PartnerError.self) { try await fixture.s3.get(key: key) }
                #expect(error?.code == .rejected(status: 404, code: code))
            }
            let stranger = fixture.s3(AWSCredentials(accessKeyID: "sandbox", secretAccessKey: "wrong"))
            let error = await #expect(throws: PartnerError.self) { try await stranger.get(key: key) }
            #expect(error?.code == .rejected(status: 403, code: "SignatureDoesNotMatch"))
            #expect(try await fixture.send("GET", "/s3/receipts/k").status == 403)
        }
    }

    @Test(arguments: [("the body's", false), ("another body's", true)])
    func `S3 refuses a body with another checksum`(name: String, isOther: Bool) async throws {
        try await SandboxFixture.run { fixture async throws in
            let body = Array("%PDF".utf8)
            let checksum = Data(SHA256.digest(isOther ? [] : body)).base64EncodedString()
            let (host, path) = ("127.0.0.1:\(fixture.sandbox.port)", "/s3/\(SandboxCredentials.bucket)/k.pdf")
            let signer = AWSSigner(
                credentials: SandboxCredentials.aws, region: SandboxCredentials.region, service: "s3")
            let fields = signer.signedHeaders(
                method: "PUT", path: path, query: [], headers: [("host", host), ("x-amz-checksum-sha256", checksum)],
                payloadHash: Hex.encode(SHA256.digest(body)), at: fixture.clock.now.microseconds / 1_000_000)
            let answer = try await fixture.transport.send(
                HTTPRequest(
                    method: "PUT", url: "http://\(host)\(path)",
                    headers: HTTPHeaders(fields.filter { $0.0 != "host" }), body: body, timeoutSeconds: 120))
            #expect(answer.status == (isOther ? 400 : 200))
            #expect(String(decoding: answer.body, as: UTF8.self).contains("<Code>BadDigest</Code>") == isOther)
            #expect(try await fixture.s3.exists(key: "k.pdf") != isOther)
        }
    }

    @Test func `Check reports why it does not render`() async throws {
        let two = #"[{"items":[],"totalSum":1},{"items":[],"totalSum":1}]"#
        try await SandboxFixture.run { fixture async throws in
            for (receipt, code, reason) in [
                (two, "bad_receipt", "2 receipts inside one value"),
                (Self.tallReceipt, "page_too_large", "a page cannot have"),
            ] {
                let answer = try await fixture.send("POST", "/check/pdf", receipt)
                let text = String(decoding: answer.body, as: UTF8.self)
                #expect(answer.status == 422 && text.contains(code) && text.contains(reason), "\(text)")
            }
        }
    }

    /// Less than a mebibyte of JSON that makes a page of more than a million points.
    private static let tallReceipt = {
        let items = Array(repeating: "{}", count: 9_000).joined(separator: ",")
        let modifiers = Array(repeating: #"{"markupSum":1}"#, count: 60_000).joined(separator: ",")
        return #"{"items":[\#(items)],"stornoItems":[\#(items)],"totalSum":1,"modifiers":[\#(modifiers)]}"#
    }()

    @Test func `the first answer of a lost card is lost`() async throws {
        try await SandboxFixture.run { fixture async throws in
            let error = await #expect(throws: PartnerError.self) { try await fixture.hold(card: .lost) }
            #expect(error?.isOutcomeUnknown == true)
            #expect(try await fixture.hold(card: .lost).status == .succeeded)
            #expect(try await fixture.transactions.invoice(id: "e")?.held == SandboxFixture.amount)
        }
    }

    @Test func `a slow hold is reported when its time comes`() async throws {
        try await SandboxFixture.run { fixture async throws in
            #expect(try await fixture.hold(card: .slow).status == .pending)
            await fixture.clock.untilWaiting()
            fixture.clock.advance(bySeconds: 2)
            let callback = await fixture.callbacks.first { _ in true }
            #expect(callback?.eventID == "e.1.succeeded")
        }
    }

    @Test func `a voided hold never succeeds`() async throws {
        try await SandboxFixture.run { fixture async throws in
            #expect(try await fixture.transactions.void(invoiceID: "e", hold: 1).status == .voided)
            #expect(try await fixture.transactions.invoice(id: "e") == nil)
            #expect(try await fixture.hold().status == .voided)
            #expect(try await fixture.transactions.invoice(id: "e")?.held.isZero == true)
        }
    }

    @Test func `concurrent refunds never exceed the capture`() async throws {
        try await SandboxFixture.run { fixture async throws in
            _ = try await fixture.hold()
            _ = try await fixture.start(2, .clear)
            let refunds = await withTaskGroup(of: Bool.self) { group in
                for number in 3..<23 {
                    group.addTask {
                        (try? await fixture.start(number, .refund, Money(minorUnits: 5_000, currency: .rub))) != nil
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(refunds == 2)
            #expect(try await fixture.transactions.invoice(id: "e")?.refunded.minorUnits == 10_000)
        }
    }

    @Test func `answered requests survive a restart`() async throws {
        let directory = try TemporaryDirectory()
        let state = Sandbox.StateLocation.file(path: directory.file("sandbox.db"))
        var before: SandboxSnapshot?
        try await SandboxFixture.run(state: state) { fixture async throws in
            _ = try await fixture.hold()
            _ = try await fixture.start(2, .clear)
            _ = try await fixture.transactions.void(invoiceID: "f", hold: 1)
            try await fixture.s3.put(key: "o/e-1.pdf", body: [1, 2, 3], contentType: "application/pdf")
            try await fixture.eda.createOrder(
                EdaOrder(
                    edaOrderID: "e", orderID: "o", clientID: "c", uid: "u", amount: SandboxFixture.amount, lines: []))
            try await fixture.eda.pushItems(
                ReceiptDocument(
                    documentID: "e-1", edaOrderID: "e", kind: .payment, sellerName: "Кафе",
                    amount: SandboxFixture.amount, lines: []))
            let entry = CashbackEntry(
                key: "k", orderID: "o", uid: "u", kind: .accrual, amount: SandboxFixture.amount)
            try await fixture.cashback.post(entry)
            before = try await fixture.snapshot()
            // As after kill -9: the first sandbox was never stopped.
            try await SandboxFixture.run(state: state) { second async throws in
                #expect(try await second.snapshot() == before)
            }
        }
        #expect(before?.invoices.count == 1 && before?.cashbackEntries.count == 1 && before?.objects.count == 1)
        try await SandboxFixture.run(state: state) { fixture async throws in
            #expect(try await fixture.snapshot() == before)
            #expect(try await fixture.hold("f").status == .voided)
            #expect(try await fixture.hold().status == .succeeded)
            #expect(try await fixture.send("DELETE", "/sandbox/cashback/entries/cb-k").status == 204)
        }
        try await SandboxFixture.run(state: state) { fixture async throws in
            #expect(try await fixture.snapshot().cashbackEntries.isEmpty)
        }
    }

    @Test func `every concurrent answer is durable`() async throws {
        let directory = try TemporaryDirectory()
        let state = Sandbox.StateLocation.file(path: directory.file("sandbox.db"))
        try await SandboxFixture.run(state: state) { fixture async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        let entry = CashbackEntry(
                            key: "k\(number)", orderID: "o", uid: "u", kind: .accrual, amount: SandboxFixture.amount)
                        try await fixture.cashback.post(entry)
                    }
                }
                try await group.waitForAll()
            }
            try await SandboxFixture.run(state: state) { second async throws in
                #expect(try await second.snapshot().cashbackEntries.count == 50)
            }
        }
    }

    /// A receiver that was away when something happened gets the reports once both it and the sandbox are back, in
    /// order, and only once.
    @Test func `unacknowledged reports survive a restart`() async throws {
        let directory = try TemporaryDirectory()
        let state = Sandbox.StateLocation.file(path: directory.file("sandbox.db"))
        let (stream, told) = AsyncStream.makeStream(of: PaymentCallback.self)
        let isAway = Mutex(true)
        let listener = HTTPServer(listen: SocketAddress(host: "127.0.0.1", port: 0)) { request in
            guard !isAway.withLock({ $0 }), let callback = try? PaymentCallback(json: request.body) else {
                return .response(HTTPResponse(status: 503))
            }
            told.yield(callback)
            return .response(HTTPResponse(status: 204))
        }
        try listener.start()
        let url = "http://127.0.0.1:\(listener.port)/callback"
        try await SandboxFixture.run(state: state) { fixture async throws in
            try await fixture.transactions.createInvoice(
                InvoiceRequest(
                    invoiceID: "e", orderID: "o", uid: "u", amount: SandboxFixture.amount, callbackURL: url))
            for (number, kind) in [(1, PaymentOperation.Kind.hold), (2, .clear)] {
                _ = try await fixture.transactions.start(
                    OperationRequest(
                        invoiceID: "e", number: number, kind: kind, amount: SandboxFixture.amount,
                        paymentMethodID: kind == .hold ? Card.approve.rawValue : nil))
            }
            // The first attempt has been made, and the courier waits before the next one.
            await fixture.clock.untilWaiting()
        }
        isAway.withLock { $0 = false }
        try await SandboxFixture.run(state: state) { _ async throws in
            var events: [String] = []
            for await callback in stream {
                events.append(callback.eventID)
                if events.count == 2 { break }
            }
            #expect(events == ["e.1.succeeded", "e.2.succeeded"])
        }
        await listener.stop(graceSeconds: 0)
    }

    @Test func `a slow hold survives a restart`() async throws {
        let directory = try TemporaryDirectory()
        let state = Sandbox.StateLocation.file(path: directory.file("sandbox.db"))
        try await SandboxFixture.run(state: state) { fixture async throws in
            #expect(try await fixture.hold(card: .slow).status == .pending)
        }
        try await SandboxFixture.run(state: state) { fixture async throws in
            await fixture.clock.untilWaiting()
            fixture.clock.advance(bySeconds: 2)
            #expect(try await fixture.transactions.invoice(id: "e")?.held == SandboxFixture.amount)
        }
    }
}
