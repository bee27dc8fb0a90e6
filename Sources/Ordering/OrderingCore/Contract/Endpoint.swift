package import HTTPKit

/// A request that one service makes to another.
package enum Endpoint: String, CaseIterable, Codable, Sendable {
    case registerUser, logIn, showUser, changeUser
    case openAccount, showAccount, deposit, withdraw, createPayment
    case createOrder, showOrder, listOrders, openBasket, showBasket
    case createNotification, listNotifications
    case listPushEvents

    package var service: ServiceName {
        switch self {
        case .registerUser, .logIn, .showUser, .changeUser: .identity
        case .openAccount, .showAccount, .deposit, .withdraw, .createPayment: .billing
        case .createOrder, .showOrder, .listOrders, .openBasket, .showBasket: .order
        case .createNotification, .listNotifications: .notification
        case .listPushEvents: .push
        }
    }

    package var method: String {
        switch self {
        case .showUser, .showAccount, .showOrder, .listOrders, .showBasket, .listNotifications, .listPushEvents: "GET"
        case .changeUser, .openAccount: "PUT"
        case .registerUser, .logIn, .deposit, .withdraw, .createPayment, .createOrder, .openBasket,
            .createNotification:
            "POST"
        }
    }

    /// Below the service's address; placeholders are names of fields.
    package var path: PathTemplate {
        switch self {
        case .registerUser: "/api/v1/register"
        case .logIn: "/api/v1/login"
        case .showUser, .changeUser: "/api/v1/users/{userId}"
        case .openAccount, .showAccount: "/api/v1/accounts/{userId}"
        case .deposit: "/api/v1/accounts/{userId}/deposits"
        case .withdraw: "/api/v1/accounts/{userId}/withdrawals"
        case .createPayment: "/api/v1/payments"
        case .createOrder, .listOrders: "/api/v1/orders"
        case .showOrder: "/api/v1/orders/{orderId}"
        case .openBasket: "/api/v1/baskets"
        case .showBasket: "/api/v1/baskets/{basketId}"
        case .createNotification, .listNotifications: "/api/v1/notifications"
        case .listPushEvents: "/api/v1/events"
        }
    }

    /// The fields of the request, those of the path included.
    package var request: BodyForm {
        switch self {
        case .registerUser: BodyForm.user.adding(Field.passwordHash.optional)
        case .logIn: BodyForm([Field.userID.required, Field.passwordKey.required])
        case .showUser, .openAccount, .showAccount, .listOrders, .listNotifications, .listPushEvents, .openBasket:
            BodyForm([Field.userID.required])
        case .changeUser: BodyForm.user
        case .deposit, .withdraw:
            BodyForm([Field.userID.required, Field.requestID.required, Field.amount.required])
        case .createPayment:
            BodyForm([
                Field.paymentID.required, Field.orderID.required, Field.userID.required, Field.amount.required,
            ])
        case .createOrder:
            BodyForm([
                Field.orderID.required, Field.userID.required, Field.price.required, Field.basketID.optional,
            ])
        case .showOrder: BodyForm([Field.orderID.required, Field.userID.optional])
        case .showBasket: BodyForm([Field.basketID.required, Field.userID.required])
        case .createNotification:
            BodyForm([
                Field.orderID.required, Field.userID.required, Field.price.required, Field.reason.optional,
            ])
        }
    }

    /// The statuses that answer it; any other says nothing, and the request is made again.
    package var statuses: Set<Int> {
        switch self {
        case .registerUser: [201, 409]
        case .logIn: [200, 401]
        case .showUser, .showAccount, .listOrders, .openBasket, .listNotifications, .listPushEvents: [200, 404]
        case .changeUser: [200, 404, 409]
        case .openAccount: [201]
        case .deposit, .withdraw: [200, 404, 409, 422]
        case .createPayment: [201, 409, 422]
        case .createOrder: [200, 202, 404, 409, 422]
        case .showOrder, .showBasket: [200, 404]
        case .createNotification: [201]
        }
    }
}

/// What a service answers to a request of another.
package struct ServiceAnswer: Hashable, Sendable {
    package var status: Int
    package var fields: FieldSet
    /// Of a list.
    package var rows: [FieldSet]
    /// Of an error: a stable word to branch on.
    package var code: String?

    package init(_ status: Int, _ fields: FieldSet = FieldSet(), rows: [FieldSet] = [], code: String? = nil) {
        self.status = status
        self.fields = fields
        self.rows = rows
        self.code = code
    }
}

// MARK: - Records as fields

extension User {
    package var fields: FieldSet {
        FieldSet().with(.userID, id).with(.email, email).with(.firstName, firstName).with(.lastName, lastName)
            .with(.phone, phone)
    }

    /// Nil when the fields do not hold a whole user.
    package init?(_ fields: FieldSet) {
        guard let id = fields[.userID], let firstName = fields[.firstName], let lastName = fields[.lastName],
            let phone = fields[.phone]
        else { return nil }
        self.init(id: id, email: fields[.email], firstName: firstName, lastName: lastName, phone: phone)
    }
}

extension Order {
    package var fields: FieldSet {
        FieldSet().with(.orderID, id).with(.userID, userID).with(.price, price).with(.status, status)
            .with(.reason, reason).with(.basketID, basketID).with(.createdAt, createdAt)
    }
}

extension Basket {
    package var fields: FieldSet {
        FieldSet().with(.basketID, id).with(.userID, userID).with(.basketStatus, status).with(.attempt, attempt)
            .with(.price, sum)
    }
}

extension Notification {
    package var fields: FieldSet {
        FieldSet().with(.orderID, orderID).with(.userID, userID).with(.status, status).with(.message, message)
            .with(.createdAt, createdAt)
    }
}

extension PushEvent {
    package var fields: FieldSet {
        FieldSet().with(.orderID, orderID).with(.userID, userID).with(.status, status).with(.reason, reason)
            .with(.createdAt, createdAt)
    }
}

extension Payment {
    package var fields: FieldSet {
        FieldSet().with(.paymentID, id).with(.orderID, orderID).with(.userID, userID).with(.amount, amount)
            .with(.reason, refusal)
    }
}
