import HTTPKit
package import Ordering
package import OrderingCore

/// What codes of answers mean, for people. A message about money never invites paying twice.
enum AnswerWords {
    private static let words: [String: String] = [
        "bad_email": "email: not an email address",
        "bad_name": "user: must have 1 to 200 bytes, and no control characters",
        "bad_user": "a name or the phone is too long, or has control characters",
        "bad_amount": "amount: less than 0.01",
        "bad_price": "price: less than 1.00",
        "bad_key": "Idempotency-Key: must be 1 to 200 visible ASCII characters without quotes, slashes and ? # %",
        "weak_password": "password: too weak",
        "user_exists": "the user is registered with other details",
        "email_taken": "the email address belongs to another user",
        "email_is_fixed": "email: cannot be changed",
        "wrong_credentials": "wrong email or password",
        "user_not_found": "user not found",
        "account_not_found": "account not found",
        "no_account": "account not found",
        "account_missing": "the account is not open yet; send the same request again",
        "profile_missing": "the user is not known everywhere yet; send the same request again",
        "not_enough_money": "not enough money",
        "balance_too_large": "the balance would be too large",
        "basket_not_found": "basket not found",
        "order_not_found": "order not found",
        "other_sum": "the basket is ordered or paid with another sum",
        "order_exists": "the basket has changed meanwhile; get it again",
        "order_refused": "the order was refused; nothing was charged",
        "order_ended_differently": "the order has ended differently",
        "request_exists": "the request was made before with another content",
        "request_refused": "the request was refused; nothing has changed",
        "payment_exists": "the payment was made before with another content",
        "key_reused": "the Idempotency-Key was used before for another content",
        "bad_if_match": "If-Match: must be the ETag of the list, such as \"3.2\" with its quotes, or *",
        "list_changed": "there are other orders by now; get the list again",
        "no_answer":
            "the outcome is not known yet; look at it before you repeat, or repeat under the same Idempotency-Key",
        "no_outcome": "the outcome is not known yet; the address in Location tells it, so do not order again",
        "unavailable": "a service is not available; try again",
        "malformed_body": "the request is malformed",
    ]

    static func message(_ code: String) -> String { words[code] ?? code.replacing("_", with: " ") }
}

extension Gateway.Answer {
    var isSuccess: Bool { (200...299).contains(status) }

    /// The failure that it is.
    func failure(headers: [HTTPHeaders.Field] = []) -> APIFailure {
        let code = code ?? "refused"
        var headers = headers
        if let correlationID {
            headers.append(HTTPHeaders.Field(name: RequestRecord.correlationHeader, value: correlationID))
        }
        return APIFailure(status, code, AnswerWords.message(code), headers: headers)
    }

    /// - Throws: ``APIFailure`` for an answer that is not a success.
    func checked() throws -> Gateway.Answer {
        guard isSuccess else { throw failure() }
        return self
    }

    /// The user of a registration.
    /// - Throws: ``APIFailure`` when it was refused.
    package func registeredUser() throws -> User {
        guard let user = User(try checked().fields) else { throw Wire.Incomplete() }
        return user
    }
}
