import FoundationEssentials

/// The configuration file: JSON, comments allowed; every name optional, unknown ones refused.
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
        /// A file that holds the secret and nothing else.
        var secretAccessKeyFile: String?
    }

    struct Partners: Decodable, Sendable {
        /// Where all partners are that have no address of their own.
        var url: String?
        var eda: Endpoint?
        var transactions: Endpoint?
        var cardstorage: Endpoint?
        var cashback: Endpoint?
        var check: Endpoint?
        var s3: Storage?
    }

    /// What is set of a retry policy; the rest keeps its default.
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

    /// One step of a rollout; what is not set narrows nothing.
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

    /// When something is worth an alert.
    struct Alerts: Decodable, Sendable {
        var taskAttempts: Int?
        var taskAgeSeconds: Double?
    }

    var store: String?
    var deeplinkBase: String?
    var deeplinkKeysFile: String?
    var gatewayKeyFile: String?
    /// The server that some commands act on instead of a store, and the restaurant's key for it.
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
    /// Named settings that lie over the ones beside them.
    var profiles: [String: ConfigFile]?
}

extension ConfigFile {
    /// What is wrong with a configuration file, and where.
    struct Flaw: Error {
        var reason: String
    }

    static func read(_ text: [UInt8]) throws(Flaw) -> ConfigFile {
        let decoder = JSONDecoder()
        decoder.allowsJSON5 = true
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            let data = Data(text)
            try refuseUnknownNames(try decoder.decode(Node.self, from: data), like: shape, at: [])
            let file = try decoder.decode(ConfigFile.self, from: data)
            try file.checkRanges()
            return file
        } catch let flaw as Flaw {
            throw flaw
        } catch let error as DecodingError {
            throw Flaw(reason: error.reason)
        } catch {
            throw Flaw(reason: "\(error)")
        }
    }

    /// The names that may stand in the file, as a tree; a misspelt one must not pass as "not set".
    private static let shape: Node = {
        let retry = leaves("polls", "period_seconds", "base_seconds", "cap_seconds", "jitter", "max_attempts")
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
            "order_ttl_seconds": .leaf, "hold_timeout_seconds": .leaf, "link_ttl_seconds": .leaf, "callback_url": .leaf,
            "partners": .object(partners), "tasks": .object(tasks),
            "availability": .object(["experiments": .each(experiment)]),
            "alerts": leaves("task_attempts", "task_age_seconds"), "profiles": .any,
        ])
    }()

    private static func leaves(_ names: String...) -> Node {
        .object(Dictionary(uniqueKeysWithValues: names.map { ($0, .leaf) }))
    }

    private static func refuseUnknownNames(_ node: Node, like shape: Node, at path: [String]) throws(Flaw) {
        guard case .object(let members) = node else { return }
        for (name, member) in members.sorted(by: { $0.key < $1.key }) {
            let place = path + [name]
            switch shape {
            case .object(let known):
                guard let next = known[name] else {
                    throw Flaw(reason: "\(place.joined(separator: ".")): there is no such setting")
                }
                try refuseUnknownNames(member, like: next, at: place)
            case .each(let next):
                try refuseUnknownNames(member, like: next, at: place)
            case .any:
                // A profile has the shape of the whole file, without profiles of its own.
                try refuseUnknownNames(member, like: Self.shape, at: place)
            case .leaf:
                return
            }
        }
    }

    /// The names of a JSON text; what stands at its leaves does not matter here.
    private indirect enum Node: Decodable, Sendable {
        case object([String: Node])
        case leaf
        /// Whatever names, each with that behind it.
        case each(Node)
        case any

        init(from decoder: any Decoder) throws {
            let members = try? decoder.singleValueContainer().decode([String: Node].self)
            self = members.map(Node.object) ?? .leaf
        }
    }
}

extension DecodingError {
    /// Where and why, without the type names.
    var reason: String {
        let context: Context? =
            switch self {
            case .dataCorrupted(let context), .keyNotFound(_, let context), .typeMismatch(_, let context),
                .valueNotFound(_, let context):
                context
            @unknown default: nil
            }
        guard let context else { return "cannot be read" }
        let place = context.codingPath.map(\.stringValue).joined(separator: ".")
        let cause = context.underlyingError.map { ": \($0)" } ?? ""
        return (place.isEmpty ? "" : "\(place): ") + context.debugDescription + cause
    }
}
