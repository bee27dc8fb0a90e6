import JSONKit
import PaymentAPI
import PaymentCore

/// An order as a server sends it: the fields of ``OrderOutput``, null where it sends none.
struct ServedOrderOutput: Detailed {
    var orderID: String
    var clientID: String
    var internalOrderID: String?
    var billVersion: Int?
    var status: OrderStatus?
    var guestStatus: GuestStatus?
    var amount: Money
    var prepaid: Money?
    var uid: String?
    var paymentMethodID: String?
    var cashbackPercent: String?
    var deeplink: String

    /// What iiko knows of a bill it has sent.
    init(_ bill: Bill, orderID: String, deeplink: String) {
        self.orderID = orderID
        clientID = bill.clientID
        internalOrderID = bill.internalOrderID
        amount = bill.amount
        prepaid = bill.prepaid
        self.deeplink = deeplink
    }

    /// What the guest's app knows.
    init(_ preorder: GuestClient.Preorder, deeplink: String) {
        orderID = preorder.orderID
        clientID = preorder.clientID
        billVersion = preorder.billVersion
        status = preorder.status
        guestStatus = preorder.status.guest
        amount = preorder.amount
        prepaid = preorder.prepaid
        cashbackPercent = preorder.cashback.map { $0.rate.hasSuffix("%") ? String($0.rate.dropLast()) : $0.rate }
        self.deeplink = deeplink
    }

    /// What the guest's app knows after it has paid.
    init(_ outcome: ServerPayment.Outcome, of payment: ServerPayment, deeplink: String) {
        self.init(outcome.after ?? outcome.before, deeplink: deeplink)
        if outcome.after == nil { status = nil }
        guestStatus = outcome.payment.status
        uid = payment.guest.uid
        paymentMethodID = payment.paymentMethodID
    }

    var json: JSONObject {
        [
            "order_id": orderID, "client_id": clientID, "internal_order_id": internalOrderID,
            "bill_version": billVersion, "status": status?.rawValue, "iiko_status": status?.iiko.rawValue,
            "currency": amount.currency.code, "amount": amount.decimal, "prepaid": prepaid?.decimal,
            "total": prepaid.map { amount.together(with: $0).decimal }, "taken": nil, "refunded": nil, "uid": uid,
            "eda_order_id": nil, "deeplink": deeplink, "created_at": nil, "updated_at": nil, "expires_at": nil,
            "guest_status": guestStatus?.rawValue, "payment_method_id": paymentMethodID,
            "cashback_percent": cashbackPercent, "cashback_due": nil,
        ]
    }

    var details: [(label: String, value: String?)] {
        [
            ("order_id", orderID), ("restaurant", clientID), ("bill", internalOrderID),
            ("bill_version", billVersion.map { "\($0)" }), ("status", status?.rawValue),
            ("iiko_status", status?.iiko.rawValue), ("guest_status", status == nil ? guestStatus?.rawValue : nil),
            ("amount", amount.description),
            ("prepaid", prepaid.flatMap { $0.isZero ? nil : $0.description }), ("uid", uid),
            ("cashback", cashbackPercent.map { "\($0)%" }),
            ("deeplink", deeplink),
        ]
    }
}
