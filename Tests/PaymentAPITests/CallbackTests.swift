import HTTPKit
import PaymentAPI
import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import TestSupport
import Testing

/// The callback of transactions: authenticated, and applied once.
@Suite struct CallbackTests {
    @Test func `reports are applied once, and only with the token`() async throws {
        var setup = APIFixture.Setup()
        setup.workers = 0
        try await APIFixture.run(setup) { api async throws in
            let link = try await api.order()
            _ = try await api.pay(link)
            let order = try await Orders(api.services).order(link.orderID)
            let report = String(
                decoding: try PaymentCallback(
                    eventID: "e", invoiceID: order.edaOrderID ?? "",
                    operation: PaymentOperation(number: 1, kind: .hold, amount: order.amount, status: .succeeded)
                ).json(), as: UTF8.self)
            let target = String(api.api.callbackURL().drop { $0 != "?" })
            let path = "/4.0/payments/v1/callback"
            for wrong in ["", "?token=", "?token=0", target.dropLast() + "x", "?token=\(APIFixture.gatewayKeys[0])"] {
                let answer = try await api.send("POST", path + wrong, body: report)
                #expect(answer.status == 401, "\(wrong)")
            }
            #expect(try await Orders(api.services).order(link.orderID).status == .holding)

            #expect(try await api.send("POST", path + target, body: report).json == ["effect": "applied"])
            #expect(try await Orders(api.services).order(link.orderID).status == .held)
            #expect(try await api.send("POST", path + target, body: report).json == ["effect": "duplicate"])
            let stranger = report.replacing(order.edaOrderID ?? "", with: "stranger")
            #expect(try await api.send("POST", path + target, body: stranger).json == ["effect": "ignored"])
            let malformed = try await api.send("POST", path + target, body: report.replacing("hold", with: "gift"))
            #expect(malformed.status == 400 && malformed.code == "bad_request")
        }
    }
}
