import OrderingCore

/// What a service does in one transaction. Messages, requests and the answers to its own requests all come to the same
/// operations; a ``Style`` decides which come to which.
package enum Operation: String, CaseIterable, Codable, Sendable {
    // Identity
    case registerUser, accountOpened, logIn, showUser, changeUser
    // Billing
    case openAccount, showAccount, deposit, withdraw, charge
    // Order
    case placeOrder, settleOrder, orderAnnounced, showOrder, listOrders, openBasket, showBasket
    // Notification
    case keepProfile, notify, listNotifications
    // Push
    case push, listPushEvents
    // Gateway
    case userRegistered, orderFinished, accountChanged

    /// What a request of another service comes to.
    init(_ endpoint: Endpoint) {
        self =
            switch endpoint {
            case .registerUser: .registerUser
            case .logIn: .logIn
            case .showUser: .showUser
            case .changeUser: .changeUser
            case .openAccount: .openAccount
            case .showAccount: .showAccount
            case .deposit: .deposit
            case .withdraw: .withdraw
            case .createPayment: .charge
            case .createOrder: .placeOrder
            case .showOrder: .showOrder
            case .listOrders: .listOrders
            case .openBasket: .openBasket
            case .showBasket: .showBasket
            case .createNotification: .notify
            case .listNotifications: .listNotifications
            case .listPushEvents: .listPushEvents
            }
    }

    /// Runs it within the transaction of a turn.
    /// - Throws: ``Postponement``, ``Refusal``, the errors of the rules and of the store; nothing has changed then.
    func run(_ turn: Turn, _ fields: FieldSet) throws -> Verdict {
        switch self {
        case .registerUser: try Identity(turn).register(fields)
        case .accountOpened: try Identity(turn).accountOpened(fields)
        case .logIn: try Identity(turn).logIn(fields)
        case .showUser: try Identity(turn).show(fields)
        case .changeUser: try Identity(turn).change(fields)
        case .openAccount: try Billing(turn).open(fields)
        case .showAccount: try Billing(turn).show(fields)
        case .deposit: try Billing(turn).deposit(fields)
        case .withdraw: try Billing(turn).withdraw(fields)
        case .charge: try Billing(turn).charge(fields)
        case .placeOrder: try Orders(turn).place(fields)
        case .settleOrder: try Orders(turn).settle(fields)
        case .orderAnnounced: try Orders(turn).announced(fields)
        case .showOrder: try Orders(turn).show(fields)
        case .listOrders: try Orders(turn).list(fields)
        case .openBasket: try Baskets(turn).open(fields)
        case .showBasket: try Baskets(turn).show(fields)
        case .keepProfile: try Notifications(turn).keepProfile(fields)
        case .notify: try Notifications(turn).notify(fields)
        case .listNotifications: try Notifications(turn).list(fields)
        case .push: try PushEvents(turn).record(fields)
        case .listPushEvents: try PushEvents(turn).list(fields)
        case .userRegistered: try GatewayRequests(turn).userRegistered(fields)
        case .orderFinished: try GatewayRequests(turn).orderFinished(fields)
        case .accountChanged: try GatewayRequests(turn).accountChanged(fields)
        }
    }
}

/// How an operation ended that has made its changes.
enum Verdict {
    /// What a request is answered; a message needs no answer.
    case answer(ServiceAnswer)
    /// A request is answered once what was sent because of it has come back; it is handled again then.
    case later
}

/// It is too early: something that was announced has not arrived. The transaction changes nothing.
package struct Postponement: Error, Hashable, Sendable {
    /// `account_missing`.
    package var code: String
    package var seconds: Double
}

/// A request that the state forbids. The transaction changes nothing.
struct Refusal: Error, Hashable, Sendable {
    var answer: ServiceAnswer

    init(_ status: Int, _ code: String) { answer = ServiceAnswer(status, code: code) }

    /// The refusal that an error of the rules means; nil for other errors.
    init?(_ error: any Error) {
        switch error {
        case let refusal as Refusal: self = refusal
        case BasketError.notFound: self.init(404, "basket_not_found")
        case BasketError.otherSum: self.init(409, "other_sum")
        case OrderError.notFound: self.init(404, "order_not_found")
        case OrderError.otherContent: self.init(409, "order_exists")
        case OrderError.otherOutcome: self.init(409, "order_ended_differently")
        case BillingError.accountNotFound: self.init(404, "account_not_found")
        case BillingError.notEnoughMoney: self.init(422, FailureReason.notEnoughMoney.rawValue)
        case BillingError.balanceTooLarge: self.init(422, FailureReason.balanceTooLarge.rawValue)
        case BillingError.otherContent: self.init(409, "request_exists")
        default: return nil
        }
    }
}
