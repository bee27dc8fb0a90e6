import EncodingKit
import FoundationEssentials
import LibraryKit
import MessagingKit
import Ordering
import Payments
import SQLKit
import WorldKit

/// Checks the broker of payment events, and whether events wait for it. Nothing is created or changed.
enum EventChecks {
    private static let timeoutSeconds = 2.0
    /// Events that have waited for less are on their way.
    private static let tolerableSeconds = 60.0

    /// The broker; none when no broker is set.
    static func broker(_ configuration: Configuration, _ context: Context) async -> [DoctorFinding] {
        guard configuration.broker.isGiven else { return [] }
        do {
            guard var options = try configuration.broker.rabbitMQ(context) else {
                guard case .folder(let folder) = try OrderingPlace(configuration) else {
                    let database = try await OrderingStores.openBroker(at: try OrderingPlace(configuration))
                    await database.close()
                    return [.ok("broker", "embedded, in \(try OrderingPlace(configuration).shown)")]
                }
                let path = "\(folder)/broker.db"
                let isMade = FileManager.default.fileExists(atPath: path)
                return [.ok("broker", isMade ? path : "\(path): does not exist yet; the first use creates it")]
            }
            options.connectTimeoutSeconds = timeoutSeconds
            options.requestTimeoutSeconds = timeoutSeconds
            return [await rabbitMQ(options)]
        } catch {
            let problem = Problem(error)
            return [.failed("broker", problem.message, problem.suggestion ?? "correct the setting broker")]
        }
    }

    private static func rabbitMQ(_ options: RabbitMQOptions) async -> DoctorFinding {
        let broker = RabbitMQBroker(options)
        defer { Task { await broker.close() } }
        do {
            let differences = try await broker.differences(from: PaymentEvent.topology)
            guard let difference = differences.first else { return .ok("broker", broker.name) }
            guard difference.kind == .otherProperties else {
                return .ok("broker", "\(broker.name), without exchange \(difference.name); the first use creates it")
            }
            return .failed(
                "broker", "\(broker.name): exchange \(difference.name) differs: \(difference.detail ?? "")",
                "delete the exchange; it is made again as it must be")
        } catch let error as BrokerError {
            switch error.code {
            case .denied:
                return .failed("broker", error.message, "correct the user, the password or the permissions")
            case .library: return .failed("broker", error.message, "install the Debian package librabbitmq4")
            default:
                return .warning(
                    "broker", error.message, "start the broker; payments go on, and their events wait for it")
            }
        } catch {
            return .warning("broker", "\(broker.name): \(error)", "run it again")
        }
    }

    /// The outbox of the payments.
    /// - Parameter isOn: whether a broker is set.
    static func outbox(_ database: any SQLDatabase, isOn: Bool, at now: Instant) async -> [DoctorFinding] {
        guard let backlog = try? await database.read({ try Outbox($0).backlog() }) else { return [] }
        let count = backlog.reduce(0) { $0 + $1.count }
        guard let oldest = backlog.map(\.oldest).min() else { return isOn ? [.ok("events", "all are sent")] : [] }
        let waiting = "\(count.counted("event")) \(count == 1 ? "waits" : "wait")"
        if let parked = backlog.first(where: { $0.state == .parked }) {
            return [
                .warning(
                    "events", "\(waiting): \(parked.error ?? "the broker does not take \(parked.type)")",
                    "run 'qrpay events consume', or bind a queue of your own to exchange \(parked.exchange)")
            ]
        }
        if !isOn {
            return [
                .warning("events", "\(waiting), and no broker is set", "set broker, and run 'qrpay work'")
            ]
        }
        guard now.seconds(since: oldest) > tolerableSeconds else { return [.ok("events", "\(waiting) to be sent")] }
        let why = backlog.lazy.compactMap(\.error).first.map { ": \($0)" } ?? ""
        return [
            .warning(
                "events", "\(waiting), since \(oldest.rfc3339)\(why)",
                "run 'qrpay work' or 'qrpay serve', which send them")
        ]
    }
}
