import JSONKit
import Payments

/// The configuration file: JSON with comments; every name is optional, unknown names are refused.
///
/// Names in the file are the properties' in snake_case: `order_ttl_seconds`.
struct ConfigFile: Decodable, Sendable {
    struct Endpoint: Decodable, Sendable {
        var url: String?
        var timeoutSeconds: Double?
    }

    struct Storage: Decodable, Sendable {
        var url: String?
        var bucket: String?
        var region: String?
        var accessKeyId: String?
        /// A file that holds only the secret.
        var secretAccessKeyFile: String?
    }

    struct Partners: Decodable, Sendable {
        /// The base URL of partners without their own.
        var url: String?
        var eda: Endpoint?
        var transactions: Endpoint?
        var cardstorage: Endpoint?
        var cashback: Endpoint?
        var check: Endpoint?
        var s3: Storage?
    }

    /// Overrides of a retry policy; what is not set keeps its default.
    struct Retry: Decodable, Sendable {
        var polls: Int?
        var periodSeconds: Double?
        var baseSeconds: Double?
        var capSeconds: Double?
        var jitter: Double?
        var maxAttempts: Int?
    }

    struct Tasks: Decodable, Sendable {
        var paymentSettle: Retry?
        var cashbackAccrue: Retry?
        var receiptFetch: Retry?
        var orderExpire: Retry?
        var retentionSeconds: Double?
    }

    /// One step of a rollout; conditions not set always match.
    struct Experiment: Decodable, Sendable {
        var zones: [String]?
        var uids: [String]?
        var phoneIds: [String]?
        /// The share of users, `"7.5"`.
        var percent: String?
        var restaurants: [String]?
    }

    struct Availability: Decodable, Sendable {
        /// By name.
        var experiments: [String: Experiment]?
    }

    /// The alert limits.
    struct Alerts: Decodable, Sendable {
        var taskAttempts: Int?
        var taskAgeSeconds: Double?
    }

    var store: String?
    var deeplinkBase: String?
    var deeplinkKeysFile: String?
    var gatewayKeyFile: String?
    /// The server that some commands use instead of a store, and the restaurant's key for it.
    var server: String?
    var apiKeyFile: String?
    var orderTtlSeconds: Double?
    var holdTimeoutSeconds: Double?
    var linkTtlSeconds: Int?
    var callbackUrl: String?
    var partners: Partners?
    var tasks: Tasks?
    var availability: Availability?
    var alerts: Alerts?
    /// Named sets of settings that override the ones beside them.
    var profiles: [String: ConfigFile]?
}

extension ConfigFile {
    /// An error in a configuration file, and its place.
    struct Flaw: Error {
        var reason: String
    }

    static func read(_ text: [UInt8]) throws(Flaw) -> ConfigFile {
        do {
            let value = try JSONValue(parsing: text, as: .commented)
            try check(value, like: shape, at: [])
            let file = try JSON.decode(ConfigFile.self, from: value, convertsNames: true)
            try file.checkRanges()
            return file
        } catch let flaw as Flaw {
            throw flaw
        } catch let error as JSONError {
            throw Flaw(reason: error.message(in: text))
        } catch let error as DecodingError {
            throw Flaw(error)
        } catch {
            throw Flaw(reason: "\(error)")
        }
    }

    /// The names allowed in the file, as a tree; a misspelt one must not pass as "not set".
    static let shape: Node = {
        let retry = Node.object([
            "polls": .whole, "period_seconds": .leaf, "base_seconds": .leaf, "cap_seconds": .leaf, "jitter": .leaf,
            "max_attempts": .whole,
        ])
        let endpoint = leaves("url", "timeout_seconds")
        let partners: [String: Node] = [
            "url": .leaf, "eda": endpoint, "transactions": endpoint, "cardstorage": endpoint, "cashback": endpoint,
            "check": endpoint, "s3": leaves("url", "bucket", "region", "access_key_id", "secret_access_key_file"),
        ]
        let tasks: [String: Node] = [
            "payment_settle": retry, "cashback_accrue": retry, "receipt_fetch": retry, "order_expire": retry,
            "retention_seconds": .leaf,
        ]
        let experiment = leaves("zones", "uids", "phone_ids", "percent", "restaurants")
        return .object([
            "store": .leaf, "deeplink_base": .leaf, "deeplink_keys_file": .leaf, "gateway_key_file": .leaf,
            "server": .leaf, "api_key_file": .leaf,
            "order_ttl_seconds": .leaf, "hold_timeout_seconds": .leaf, "link_ttl_seconds": .whole,
            "callback_url": .leaf,
            "partners": .object(partners), "tasks": .object(tasks),
            "availability": .object(["experiments": .each(experiment)]),
            "alerts": .object(["task_attempts": .whole, "task_age_seconds": .leaf]), "profiles": .any,
        ])
    }()

    private static func leaves(_ names: String...) -> Node {
        .object(Dictionary(uniqueKeysWithValues: names.map { ($0, .leaf) }))
    }

    /// Refuses other names, and fractions where a whole number is required.
    private static func check(_ value: JSONValue, like shape: Node, at path: [String]) throws(Flaw) {
        if case .whole = shape, case .number = value, (try? JSON.decode(Int.self, from: value)) == nil {
            throw Flaw(reason: "\(path.joined(separator: ".")): must be a whole number")
        }
        for member in value.object?.members ?? [] {
            let place = path + [member.name]
            switch shape {
            case .object(let known):
                guard let next = known[member.name] else {
                    throw Flaw(reason: "\(place.joined(separator: ".")): unknown setting")
                }
                try check(member.value, like: next, at: place)
            case .each(let next):
                try check(member.value, like: next, at: place)
            case .any:
                // A profile has the shape of the whole file, without nested profiles.
                try check(member.value, like: Self.shape, at: place)
            case .leaf, .whole:
                return
            }
        }
    }

    /// What is allowed at a place in the file.
    indirect enum Node: Sendable {
        /// These names only.
        case object([String: Node])
        case leaf
        /// A whole number.
        case whole
        /// Any names, each with this value.
        case each(Node)
        /// Any names, each with the schema of the whole file.
        case any
    }
}
