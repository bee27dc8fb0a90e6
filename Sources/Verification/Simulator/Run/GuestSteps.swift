import JSONKit
import PaymentAPI
import PaymentCore
import Payments
import WorldKit

extension StepRunner {
    /// iiko sends a bill.
    func bill(_ step: StepFields) async throws -> StepResult {
        let bill = try read(step)
        guard let key = system.restaurantKeys[bill.clientID] else {
            throw step.problem("restaurant", "no API key for '\(bill.clientID)'")
        }
        let iiko = IikoClient(system.connection, key: key)
        let created = try await measured("bill") { try await iiko.create(bill) }
        guard let link = try? Deeplink(url: created.deeplink, base: system.deeplinkBase) else {
            throw Problem(
                .partner, "not_a_server",
                "the deeplink '\(created.deeplink)' does not start with \(system.deeplinkBase)")
        }
        results.add(RunResults.KnownOrder(link: link, bill: bill, step: step.step.name), id: created.orderID)
        let ids = ["order_id": created.orderID, "deeplink": created.deeplink, "bill_id": bill.internalOrderID]
        return StepResult(
            "created", values: ids.merging(["restaurant": bill.clientID]) { $1 }, ids: ids)
    }

    private func read(_ step: StepFields) throws -> Bill {
        let restaurant = try step.text("restaurant")
        var bytes: [UInt8]?
        if let value = try step.value("bill") { bytes = Array(value.line.utf8) }
        if let file = try step.text("file") { bytes = try readFile(file) }
        let billID = try step.text("bill_id")
        if let bytes {
            return try BillReader.read(
                bytes, format: nil, restaurant: restaurant, billID: billID, currency: nil, isStrict: false
            ).bill
        }
        let currency = try Currency(code: try step.text("currency") ?? "RUB")
        let amount = try Money(decimal: try step.decimal("amount") ?? "", currency: currency)
        return Bill(
            clientID: restaurant ?? scenario.participants[0],
            internalOrderID: billID ?? "\(runID)-\(Chance.mark(of: step.step.name))", amount: amount,
            lines: [BillLine(name: "Обед", amount: amount)])
    }

    /// iiko polls the order's status.
    func poll(_ step: StepFields) async throws -> StepResult {
        let order = try step.order(system.deeplinkBase)
        let clientID = order.link?.restaurantID ?? scenario.participants[0]
        let iiko = IikoClient(system.connection, key: system.restaurantKeys[clientID] ?? "")
        return StepResult(try await measured("poll") { try await iiko.status(ofOrder: order.id) }.rawValue)
    }

    // MARK: Guests

    func look(_ step: StepFields) async throws -> StepResult {
        let seen = try await look(at: try link(step), guest(step))
        return StepResult(
            seen.status.rawValue, values: ["bill_version": "\(seen.billVersion)", "amount": seen.amount.decimal])
    }

    /// A guest pays, with the next card when one is declined.
    func pay(_ step: StepFields) async throws -> StepResult {
        let (link, guest) = (try link(step), try guest(step))
        let cards = try step.strings("card") ?? scenario.guests[guest.uid]?.cards ?? []
        let isAwaited = try step.flag("wait") ?? true
        let key = try step.text("key") ?? "\(step.step.name)"
        var payment: GuestClient.PaymentStatus?
        for (number, card) in cards.enumerated() {
            let paid = try await pay(
                link, guest, card: card, version: try step.whole("bill_version"),
                key: "\(runID)-\(Chance.mark(of: "\(key) \(number)"))", isAwaited: isAwaited)
            payment = paid
            guard paid.status == .declined, isAwaited else { break }
        }
        guard let payment else { throw step.problem("card", "there is none") }
        let edaOrderID = invoiceID(orderID: link.orderID, uid: guest.uid)
        return StepResult(
            payment.status.rawValue, values: ["eda_order_id": edaOrderID], ids: ["eda_order_id": edaOrderID])
    }

    func wait(_ step: StepFields) async throws -> StepResult {
        let guest = try guest(step)
        let orderID = try step.order(system.deeplinkBase).id
        return StepResult(try await decided(orderID, guest).status.rawValue)
    }

    private func pay(
        _ link: Deeplink, _ guest: GuestClient, card: String, version: Int?, key: String, isAwaited: Bool
    ) async throws -> GuestClient.PaymentStatus {
        var version = version ?? results.seenVersion(orderID: link.orderID, uid: guest.uid)
        if version == nil { version = try await look(at: link, guest).billVersion }
        let begun = system.world.now()
        results.paymentBegan(at: begun)
        var payment = try await measured("pay") { [version] in
            try await guest.pay(link, paymentMethodID: card, billVersion: version ?? 1, key: key)
        }
        if isAwaited, payment.status == .waiting { payment = try await decided(link.orderID, guest) }
        if payment.status == .payed {
            let now = system.world.now()
            results.addLatency(now.seconds(since: begun), "payment")
            results.paid(orderID: link.orderID, at: now)
        }
        return payment
    }

    /// What comes of a guest's payment, asked for until it is decided.
    private func decided(_ orderID: String, _ guest: GuestClient) async throws -> GuestClient.PaymentStatus {
        while true {
            let left = max(1, deadline.seconds(since: system.world.now()))
            let asked = system.world.now()
            let payment = try await measured("wait") {
                try await guest.paymentStatus(ofOrder: orderID, waitSeconds: left)
            }
            guard payment.status == .waiting else {
                if payment.status == .payed { results.paid(orderID: orderID, at: system.world.now()) }
                return payment
            }
            // A server without long polls is polled less often.
            if system.world.now().seconds(since: asked) < payment.pauseSeconds {
                try await system.world.sleep(payment.pauseSeconds)
            }
        }
    }

    private func look(at link: Deeplink, _ guest: GuestClient) async throws -> GuestClient.Preorder {
        let seen = try await measured("look") { try await guest.preorder(link) }
        results.saw(version: seen.billVersion, orderID: link.orderID, uid: guest.uid)
        return seen
    }

    private func guest(_ step: StepFields) throws -> GuestClient {
        GuestClient(system.connection, gatewayKey: system.gatewayKey, uid: try step.identifier("guest"))
    }

    private func link(_ step: StepFields) throws -> Deeplink {
        let order = try step.order(system.deeplinkBase)
        guard let link = order.link else {
            throw step.problem(
                "order", "'\(order.id)' does not belong to a bill of this scenario; give its deeplink instead")
        }
        return link
    }

    func invoiceID(orderID: String, uid: String) -> String {
        EdaOrderID.derive(orderID: orderID, uid: uid, service: system.services?.settings.service ?? "restaurant")
    }
}

extension Chance {
    /// A short hash of a name.
    static func mark(of name: String) -> String {
        var chance = Chance(seed: 0, name)
        return String(chance.next(), radix: 36)
    }
}
