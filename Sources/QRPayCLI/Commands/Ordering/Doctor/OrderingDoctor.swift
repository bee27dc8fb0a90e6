import CommandLineKit
import EncodingKit
import Glibc
import JSONKit
import MessagingKit
import Ordering
import OrderingCore
import Payments
import QueueKit
import SQLKit
import WorldKit

enum OrderingDoctor {
    static let command = Command(
        CommandSpec(
            path: ["ordering", "doctor"], summary: "Check the ordering system: its stores, its broker, what is stuck",
            discussion: """
                Each check prints one line: ok, warning or failed, what was found, and what to do. Parked messages are \
                named by exchange and type, stuck ones by their error. Nothing is changed; the broker is sent one \
                message that no queue takes, to see whether it accepts any.
                """,
            options: OrderingOptions.local + [OperatorStores.service],
            examples: [
                ExampleSpec(command: "qrpay ordering doctor", summary: "Check everything"),
                ExampleSpec(
                    command: "qrpay ordering doctor --json | jq -r '.[] | select(.verdict != \"ok\") | .advice'",
                    summary: "List what to do"),
            ],
            exitStatuses: [
                ExitStatusSpec(status: 1, meaning: "A check failed; warnings alone give 0"),
                ExitStatusSpec(status: 6, meaning: "A store cannot be used"),
            ])
    ) { options, context in
        var findings: [DoctorFinding] = []
        do {
            _ = try await OperatorStores.using(options, context, services: options[OperatorStores.service]) { stores in
                findings += try await StoreFindings(stores, now: context.world.now()).all()
                findings += await secret(options, context)
                findings += await BrokerFindings.all(options, context)
                return .done
            }
        } catch let error as SQLError {
            let problem = Problem(error)
            var finding = DoctorFinding.failed(
                "stores", problem.message, problem.suggestion ?? "make the stores usable, then run this again")
            finding.isAboutStore = true
            findings = [finding]
        }
        if context.terminal.isTerminal, !options.isJSON {
            for finding in findings { try context.output.write(finding.lines(context.terminal.style)) }
        } else {
            try context.show(findings, asJSON: options.isJSON, ifEmpty: "")
        }
        let failed = findings.filter { $0.verdict == .failed }
        return failed.contains(where: \.isAboutStore) ? .store : failed.isEmpty ? .done : .negative
    }

    /// Checks that the stores are used with this secret.
    private static func secret(_ options: ParsedOptions, _ context: Context) async -> [DoctorFinding] {
        do {
            guard let path = try await OrderingInstallation(options, context).checkSecret() else { return [] }
            return [.ok("secret", "\(path) is the one of the stores")]
        } catch {
            let problem = Problem(error)
            // The broker's settings have their own check.
            guard problem.kind == .store || problem.code == "bad_ordering_secret" else { return [] }
            var finding = DoctorFinding.failed(
                "secret", problem.message, problem.suggestion ?? "put back the file that the stores were used with")
            finding.isAboutStore = true
            return [finding]
        }
    }
}

/// What the stores tell: what is stuck, parked, or waits for too long.
private struct StoreFindings {
    private let stores: OperatorStores
    private let now: Instant

    /// What has waited for less is on its way.
    private static let tolerableSeconds = 60.0

    init(_ stores: OperatorStores, now: Instant) {
        self.stores = stores
        self.now = now
    }

    func all() async throws -> [DoctorFinding] {
        guard !stores.databases.isEmpty else {
            return [.warning("stores", "\(stores.place.shown) has none yet", "'qrpay ordering serve' makes them")]
        }
        let services = stores.desk.services.map(\.rawValue).joined(separator: ", ")
        return [.ok("stores", "\(stores.place.shown): \(services), style \(stores.style.name.rawValue)")]
            + (try await parked()) + (try await unsent()) + (try await stuck()) + (try await overdue())
    }

    private func parked() async throws -> [DoctorFinding] {
        try await stores.desk.backlog().filter { $0.group.state == .parked }.map { service, group in
            .failed(
                "parked",
                "\(group.count.counted("message")) of \(service.rawValue), exchange \(group.exchange), "
                    + "key \(group.type), since \(group.oldest.rfc3339): "
                    + (group.error ?? "the broker does not take it"),
                "'qrpay ordering topology apply' makes what is missing; then 'qrpay ordering outbox resend --service "
                    + "\(service.rawValue) --state parked --yes'")
        }
    }

    private func unsent() async throws -> [DoctorFinding] {
        try await stores.desk.backlog().filter {
            $0.group.state == .unsent && now.seconds(since: $0.group.oldest) > Self.tolerableSeconds
        }.map { service, group in
            .warning(
                "unsent",
                "\(group.count.counted("message")) \(group.type) of \(service.rawValue), since "
                    + "\(group.oldest.rfc3339)" + (group.error.map { ": \($0)" } ?? ""),
                "'qrpay ordering serve' sends them once the broker takes them")
        }
    }

    private func stuck() async throws -> [DoctorFinding] {
        var filter = TaskFilter()
        filter.states = [.stuck]
        return try await stores.desk.counts(filter, by: .error).map { service, group in
            .failed(
                "stuck",
                "\(group.count.counted("message")) at \(service.rawValue), since \(group.oldest.rfc3339): "
                    + (group.name ?? "no reason"),
                "qrpay ordering message list --service \(service.rawValue) --state stuck"
                    + (group.name.map { " --error-class \($0)" } ?? ""))
        }
    }

    /// Due for a while, and not handled by anyone.
    private func overdue() async throws -> [DoctorFinding] {
        var filter = TaskFilter()
        filter.states = [.ready]
        filter.limit = 1
        return try await stores.desk.list(filter).filter {
            now.seconds(since: $0.task.nextAttemptAt) > Self.tolerableSeconds
        }.map {
            .warning(
                "work", "message \($0.place) is due since \($0.task.nextAttemptAt.rfc3339)",
                "start 'qrpay ordering serve', or find out why it does not handle it")
        }
    }
}

/// What the broker tells.
private enum BrokerFindings {
    private static let timeoutSeconds = 3.0

    static func all(_ options: ParsedOptions, _ context: Context) async -> [DoctorFinding] {
        do {
            let installation = try OrderingInstallation(options, context)
            let style = try await installation.style()
            let topology = style.topology
            guard !topology.queues.isEmpty else {
                return [.ok("broker", "style \(style.name.rawValue) needs none")]
            }
            if installation.rabbitMQ == nil, case .folder(let folder) = installation.place,
                access("\(folder)/broker.db", F_OK) != 0
            {
                return [.ok("broker", "the embedded one, which its first use makes")]
            }
            return try await installation.withBroker(context, timeoutSeconds: timeoutSeconds) { broker in
                var findings: [DoctorFinding] = []
                let differences = try await broker.differences(from: topology)
                findings += differences.map(finding)
                if !differences.contains(where: { $0.kind == .missingExchange }) {
                    findings.append(await acceptance(broker, topology))
                }
                for (queue, depth) in try await broker.depths(of: topology.queues.map(\.name)).sorted(by: <)
                where depth > 0 {
                    findings.append(
                        .ok("queue", "\(depth.counted("message")) in \(queue), for the service that receives it"))
                }
                return findings
            }
        } catch {
            return [finding(error)]
        }
    }

    /// Whether the broker takes anything now.
    private static func acceptance(_ broker: any Broker, _ topology: Topology) async -> DoctorFinding {
        let probe = Message(
            id: "doctor", type: "Doctor/Probe", key: "doctor", correlationID: "doctor", time: Instant(microseconds: 0),
            body: Array("{}".utf8))
        let outcome = await broker.publish([probe], to: topology.exchange)[0]
        switch outcome {
        case .returned, .confirmed: return .ok("broker", "\(broker.name) accepts messages")
        case .refused(let reason):
            return .failed("broker", "\(broker.name) refuses messages: \(reason)", "give its user the right to write")
        case .unknown(let reason), .unconfirmed(let reason):
            return .failed(
                "broker", "\(broker.name) accepts nothing: \(reason)",
                "look for its alarms of memory and disk ('rabbitmq-diagnostics alarms'); nothing is lost meanwhile")
        }
    }

    private static func finding(_ difference: TopologyDifference) -> DoctorFinding {
        switch difference.kind {
        case .missingExchange, .missingBinding:
            .failed("topology", difference.words, "qrpay ordering topology apply")
        case .missingQueue:
            .failed(
                "topology", difference.words,
                "'qrpay ordering topology apply'; if it has vanished, refill it with 'qrpay ordering outbox resend "
                    + "--queue \(difference.name) --since TIME'")
        case .otherProperties:
            .failed(
                "topology", difference.words,
                "move its messages away and delete it; 'qrpay ordering topology apply' makes it as it must be")
        }
    }

    private static func finding(_ error: any Error) -> DoctorFinding {
        let advice =
            switch (error as? BrokerError)?.code {
            case .unreachable: "start the broker; messages wait in the outboxes meanwhile"
            case .denied: "correct the user, the password or the permissions at the broker"
            case .library: "install the Debian package librabbitmq4"
            case .blocked: "make room: memory or disk is short"
            default: Problem(error).suggestion ?? "correct it, then run this again"
            }
        return .failed("broker", Problem(error).message, advice)
    }
}
