import HTTPKit
import JSONKit
import OrderingCore
import WorldKit

/// The objects of the public API. Amounts are decimal numbers here.
enum Wire {
    private static let id = FieldForm.identifier.schema
    static let amount = JSONSchema.number
    private static let time = JSONSchema.string("RFC 3339, UTC")

    // MARK: Users

    static let userSchema = JSONSchema.object([
        "id": id, "email": Field.email.form.schema, "firstName": Field.firstName.form.schema,
        "lastName": Field.lastName.form.schema, "phone": Field.phone.form.schema,
    ])

    static func user(_ fields: FieldSet) throws -> JSONValue {
        guard let user = User(fields) else { throw Incomplete() }
        return [
            "id": .string(user.id), "email": .string(user.email ?? ""), "firstName": .string(user.firstName),
            "lastName": .string(user.lastName), "phone": .string(user.phone),
        ]
    }

    static let tokenSchema = JSONSchema.object(["accessToken": .string(pattern: "^[0-9a-f]{64}$")])

    // MARK: Money

    static let accountSchema = JSONSchema.object(["userId": id, "balance": amount])

    static func account(_ fields: FieldSet) throws -> JSONValue {
        guard let userID = fields[.userID], let balance = fields[.balance] else { throw Incomplete() }
        return ["userId": .string(userID), "balance": balance.json]
    }

    // MARK: Orders

    static let orderSchema = JSONSchema.object(
        [
            "id": id, "price": amount, "status": Field.status.form.schema, "reason": Field.reason.form.schema,
            "createdAt": time,
        ], optional: ["reason"])

    static func order(_ fields: FieldSet) throws -> JSONValue {
        guard let id = fields[.orderID], let price = fields[.price], let status = fields[.status],
            let createdAt = fields[.createdAt]
        else { throw Incomplete() }
        var members: [(name: String, value: JSONValue)] = [
            ("id", .string(id)), ("price", price.json), ("status", .string(status.rawValue)),
        ]
        if let reason = fields[.reason] { members.append(("reason", .string(reason.rawValue))) }
        return .members(members + [("createdAt", .string(createdAt.rfc3339))])
    }

    static let basketSchema = JSONSchema.object(["id": id])

    // MARK: News

    static let notificationSchema = JSONSchema.object([
        "id": id, "message": Field.message.form.schema, "createdAt": time,
    ])

    static func notification(_ fields: FieldSet) throws -> JSONValue {
        guard let id = fields[.orderID], let message = fields[.message], let createdAt = fields[.createdAt] else {
            throw Incomplete()
        }
        return ["id": .string(id), "message": .string(message), "createdAt": .string(createdAt.rfc3339)]
    }

    /// The data of an event that tells how an order ended.
    static func event(_ fields: FieldSet) throws -> JSONValue {
        guard let id = fields[.orderID], let status = fields[.status], let createdAt = fields[.createdAt] else {
            throw Incomplete()
        }
        var members: [(name: String, value: JSONValue)] = [
            ("id", .string(id)), ("status", .string(status.rawValue)),
        ]
        if let reason = fields[.reason] { members.append(("reason", .string(reason.rawValue))) }
        return .members(members + [("createdAt", .string(createdAt.rfc3339))])
    }

    /// A service has answered without what its contract promises.
    struct Incomplete: Error, Hashable, Sendable {}
}

extension Array where Element == FieldSet {
    func list(_ write: (FieldSet) throws -> JSONValue) throws -> JSONValue { .array(try map(write)) }
}
