/// What the answers to a request have, by their status.
extension Endpoint {
    /// The fields of an answer; an error has only those that identify its subject.
    package func answer(_ status: Int) -> BodyForm {
        switch (self, status) {
        case (.registerUser, 201), (.logIn, 200), (.showUser, 200), (.changeUser, 200): .user
        case (.openAccount, 201): BodyForm([Field.userID.required])
        case (.showAccount, 200): BodyForm([Field.userID.required, Field.balance.required])
        case (.deposit, 200), (.withdraw, 200): request.adding(Field.balance.required)
        case (.deposit, 404), (.withdraw, 404), (.deposit, 422), (.withdraw, 422):
            // A refusal that is not an outcome, such as a balance that would be too large, has no fields.
            request.adding(Field.reason.required).orEmpty
        case (.createPayment, 201): request
        case (.createPayment, 422): request.adding(Field.reason.required)
        case (.createOrder, 200), (.createOrder, 202), (.createOrder, 422): .order
        case (.showOrder, 200): .order.adding(Field.paymentID.required)
        case (.openBasket, 200), (.showBasket, 200): .basket
        case (.createNotification, 201): .notification
        default: BodyForm([])
        }
    }

    /// The fields of each row of a list; nil when the answer is not a list.
    package var row: BodyForm? {
        switch self {
        case .listOrders: .order
        case .listNotifications: .notification.adding(Field.firstName.optional)
        case .listPushEvents: .pushEvent
        default: nil
        }
    }

    /// An answer, if it is one of this request.
    /// - Throws: ``ContractError/badAnswer(_:_:)``.
    package func checked(_ answer: ServiceAnswer) throws(ContractError) -> ServiceAnswer {
        if let flaw = flaw(answer) { throw .badAnswer(self, flaw) }
        return answer
    }

    /// Why an answer is not one of this request; nil when it is.
    package func flaw(_ answer: ServiceAnswer) -> String? {
        guard statuses.contains(answer.status) else { return "status \(answer.status) is not in the contract" }
        if let flaw = answer.fields.flaw(for: self.answer(answer.status)) { return "\(flaw)" }
        guard !answer.rows.isEmpty else { return nil }
        guard let row, answer.status == 200 else { return "it has rows" }
        return answer.rows.lazy.compactMap { $0.flaw(for: row) }.first.map { "\($0)" }
    }
}

extension BodyForm {
    static let user = BodyForm([
        Field.userID.required, Field.email.optional, Field.firstName.required, Field.lastName.required,
        Field.phone.required,
    ])
    static let order = BodyForm([
        Field.orderID.required, Field.userID.required, Field.price.required, Field.status.required,
        Field.reason.optional, Field.basketID.optional, Field.createdAt.required,
    ])
    static let basket = BodyForm([
        Field.basketID.required, Field.userID.required, Field.basketStatus.required, Field.attempt.required,
        Field.price.optional,
    ])
    static let notification = BodyForm([
        Field.orderID.required, Field.userID.required, Field.status.required, Field.message.required,
        Field.createdAt.required,
    ])
    static let pushEvent = BodyForm([
        Field.number.required, Field.orderID.required, Field.userID.required, Field.status.required,
        Field.reason.optional, Field.createdAt.required,
    ])

    func adding(_ member: Member) -> BodyForm { BodyForm(fields + [member]) }

    /// The same fields, all of them optional.
    var orEmpty: BodyForm {
        BodyForm(fields.map { Member(name: $0.name, form: $0.form, isRequired: false) })
    }
}
