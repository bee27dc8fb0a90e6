package import PaymentCore
package import PaymentPartners

/// One request to a partner, in as much detail as hooks need.
package enum PartnerAction: Hashable, Sendable {
    case createOrder(edaOrderID: String)
    case pushItems(documentID: String)
    case receipt(documentID: String)
    case createInvoice(invoiceID: String)
    case start(invoiceID: String, number: Int, kind: PaymentOperation.Kind)
    case void(invoiceID: String, number: Int)
    case invoice(invoiceID: String)
    case paymentMethods(uid: String)
    case postCashback(key: String)
    case ledger
    case renderPDF
    case objectExists(key: String)
    case putObject(key: String)
    case getObject(key: String)

    package var partner: Partner {
        switch self {
        case .createOrder, .pushItems, .receipt: .eda
        case .createInvoice, .start, .void, .invoice: .transactions
        case .paymentMethods: .cardstorage
        case .postCashback, .ledger: .cashback
        case .renderPDF: .check
        case .objectExists, .putObject, .getObject: .s3
        }
    }

    /// The error a client would throw for this request.
    package func error(_ code: PartnerError.Code, _ message: String = "scripted") -> PartnerError {
        PartnerError(partner: partner, code: code, action: "\(self)", message: message)
    }

    /// A client's interpretation of a reply: the value, or the error it would throw.
    package func answer<Value>(to reply: Result<PartnerReply<Value>, any Error>) throws -> Value {
        do {
            let reply = try reply.get()
            guard !reply.isAnswerLost else { throw error(.interrupted, "the answer was lost") }
            return reply.value
        } catch let refusal as PartnerRefusal {
            throw error(.rejected(status: refusal.status, code: refusal.code), refusal.message)
        }
    }
}

extension PartnerAction: CustomStringConvertible {
    /// `"start hold 1 of 9f3c"`.
    package var description: String {
        switch self {
        case .createOrder(let id): "create order \(id)"
        case .pushItems(let id): "push items of \(id)"
        case .receipt(let id): "get receipt \(id)"
        case .createInvoice(let id): "create invoice \(id)"
        case .start(let id, let number, let kind): "start \(kind.rawValue) \(number) of \(id)"
        case .void(let id, let number): "void hold \(number) of \(id)"
        case .invoice(let id): "get invoice \(id)"
        case .paymentMethods(let uid): "get payment methods of \(uid)"
        case .postCashback(let key): "post entry \(key)"
        case .ledger: "get ledger"
        case .renderPDF: "render PDF"
        case .objectExists(let key): "look for \(key)"
        case .putObject(let key): "put \(key)"
        case .getObject(let key): "get \(key)"
        }
    }
}
