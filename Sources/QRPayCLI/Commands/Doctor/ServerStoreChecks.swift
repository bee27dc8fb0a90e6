import LibraryKit
import PaymentCore
import Payments
import PostgresEngine
import QueueKit
import SQLKit
import WorldKit

/// Checks a store on a server: the server, the schema, and this host's privileges, clock and keys. It creates and
/// changes nothing.
struct ServerStoreChecks: Sendable {
    private let configuration: Configuration
    private let place: StorePlace

    init(_ place: StorePlace, _ configuration: Configuration) {
        (self.place, self.configuration) = (place, configuration)
    }

    func findings(at now: Instant) async -> [DoctorFinding] {
        var findings: [DoctorFinding] = []
        do {
            findings.append(.ok("libpq", "libpq \(PostgresText.version(try PostgresDatabase.libraryVersion()))"))
        } catch {
            return [.failed("libpq", error.description, "install the Debian package \(error.package)").aboutStore]
        }
        do {
            let options = try configuration.storeServer.options(url: place.text)
            let server = try await PostgresDatabase.open(options, migrations: nil)
            findings.append(.ok("store", place.shown))
            do { findings += Self.findings(of: try await server.state(of: Self.queueTables)) } catch {
                findings.append(.failed("server", error))
            }
            await server.close()
            return findings + (await storeFindings(at: now))
        } catch {
            return findings + [.failed("store", error)]
        }
    }

    private static let queueTables = ["tasks", "task_attempts"]

    // MARK: The server

    private static func findings(of server: PostgresServerState) -> [DoctorFinding] {
        [
            self.server(server), encryption(server), durability(server),
            .ok("encoding", "\(server.encoding), collation \(server.collation)"), rights(server),
            clock(server), connections(server), snapshot(server), autovacuum(server), queue(server),
        ]
    }

    private static func server(_ server: PostgresServerState) -> DoctorFinding {
        let name = "PostgreSQL \(server.serverVersionName), database \(server.database)"
        guard server.isPrimary else {
            return .failed("server", "\(name): takes no writes", NextStep.namePrimary.text).aboutStore
        }
        return .ok("server", "\(name), a primary")
    }

    private static func encryption(_ server: PostgresServerState) -> DoctorFinding {
        if server.isSocket { return .ok("encryption", "none: a socket of this host") }
        guard let encryption = server.encryption else {
            return .warning("encryption", "none", "unless the network is private, add ?sslmode=verify-full to the URL")
        }
        let name = "\(encryption.version), \(encryption.cipher)"
        guard let verified = encryption.verifiedName else {
            return .warning(
                "encryption", "\(name), but the server's name was not verified",
                "add ?sslmode=verify-full to the URL, and sslrootcert for a certificate of your own")
        }
        return .ok("encryption", "\(name), verified as \(verified)")
    }

    private static func durability(_ server: PostgresServerState) -> DoctorFinding {
        let settings =
            "fsync \(word(server.fsync)), full_page_writes \(word(server.fullPageWrites)), "
            + "synchronous_commit \(server.synchronousCommit)"
        guard server.fsync, server.fullPageWrites, server.synchronousCommit != "off" else {
            return .failed("durability", settings, "turn all of them on: a crash would lose payments").aboutStore
        }
        return .ok("durability", settings)
    }

    private static func word(_ isOn: Bool) -> String { isOn ? "on" : "off" }

    private static func rights(_ server: PostgresServerState) -> DoctorFinding {
        let user = "\(server.user) in schema \(server.schema)"
        guard server.mayUseSchema, server.forbiddenTables.isEmpty else {
            let tables = server.forbiddenTables.isEmpty ? "the schema" : server.forbiddenTables.joined(separator: ", ")
            return .failed(
                "rights", "\(user): may not read and change \(tables)",
                "GRANT USAGE on the schema, and SELECT, INSERT, UPDATE, DELETE on its tables"
            ).aboutStore
        }
        return .ok(
            "rights",
            "\(user): may read and change everything"
                + (server.mayCreateInSchema ? ", and migrate" : "; another role migrates"))
    }

    private static let tolerableOffset = 1.0

    private static func clock(_ server: PostgresServerState) -> DoctorFinding {
        let offset = server.clockOffsetSeconds
        let text =
            "the server's is \(PostgresText.seconds(abs(offset))) \(offset < 0 ? "behind" : "ahead"), "
            + "give or take \(PostgresText.seconds(server.clockUncertaintySeconds))"
        guard abs(offset) > tolerableOffset else { return .ok("store clock", text) }
        return .warning("store clock", text, "set both clocks, or let chrony or systemd-timesyncd do so")
    }

    private static func connections(_ server: PostgresServerState) -> DoctorFinding {
        let text = "\(server.connectionsUsed) of \(server.connectionLimit) used"
        guard server.connectionsUsed * 5 > server.connectionLimit * 4 else { return .ok("connections", text) }
        return .warning("connections", text, "run fewer processes, raise max_connections, or use a pooler")
    }

    /// While a snapshot is open, vacuum cannot remove row versions that were replaced after it was taken.
    private static let tolerableSnapshotSeconds = 300.0

    private static func snapshot(_ server: PostgresServerState) -> DoctorFinding {
        guard let oldest = server.oldestSnapshot else { return .ok("oldest snapshot", "none") }
        let holder =
            oldest.holder + (oldest.pid.map { " \($0)" } ?? "")
            + (oldest.application.flatMap { $0.isEmpty ? nil : " of \($0)" } ?? "")
        let age = oldest.ageSeconds.map { ", for \(PostgresText.seconds($0))" } ?? ""
        let text = "\(holder)\(age), \(oldest.ageTransactions.description) transactions ago"
        let isOld = oldest.ageSeconds.map { $0 > tolerableSnapshotSeconds } ?? (oldest.ageTransactions > 1_000_000)
        guard isOld else { return .ok("oldest snapshot", text) }
        return .warning(
            "oldest snapshot", text, "end it: meanwhile no dead row can be removed, and the queue becomes slower")
    }

    private static func autovacuum(_ server: PostgresServerState) -> DoctorFinding {
        server.isAutovacuumOn
            ? .ok("autovacuum", "on")
            : .warning("autovacuum", "off", "turn it on: without it the queue becomes slower with every task")
    }

    private static func queue(_ server: PostgresServerState) -> DoctorFinding {
        let (dead, live) = server.tables.reduce((Int64(0), Int64(0))) { ($0.0 + $1.deadRows, $0.1 + $1.liveRows) }
        let text = "\(dead.description) dead beside \(live.description) live"
        guard dead > 50_000, dead > live else { return .ok("queue rows", text) }
        return .warning(
            "queue rows", text, "look at 'oldest snapshot' and 'autovacuum', then VACUUM tasks, task_attempts")
    }

    // MARK: The store

    private func storeFindings(at now: Instant) async -> [DoctorFinding] {
        let database: PostgresDatabase
        do { database = try await StoreOpening.server(place, configuration) } catch {
            return [.failed("schema", error)]
        }
        defer { Task { await database.close() } }
        var findings = [await schema(database)]
        do {
            if let move = try await database.read({ try StoreMarks($0).move() }) {
                findings.append(.failed("moved", SQLError(code: .moved, message: "to \(move.place)")))
            }
        } catch { findings.append(.failed("moved", error)) }
        findings.append(await keys(.deeplinks, database))
        findings.append(await keys(.gateway, database))
        return findings + (await EventChecks.outbox(database, isOn: configuration.broker.isGiven, at: now))
    }

    private func schema(_ database: PostgresDatabase) async -> DoctorFinding {
        do {
            let tables = try await StoreToolbox.shape().tables
            let flaws = try await database.integrityCheck(
                Dictionary(uniqueKeysWithValues: tables.map { ($0.name, $0.columns) }), readsRows: false)
            guard flaws.schema.isEmpty, flaws.constraints.isEmpty else {
                return .failed(
                    "schema", (flaws.schema + flaws.constraints).joined(separator: "; "), "restore a backup"
                ).aboutStore
            }
            let version = Schema.migrations.last?.version ?? 0
            return .ok("schema", "version \(version), its checksums as here, complete; constraints are in force")
        } catch {
            return .failed("schema", error)
        }
    }

    private func keys(_ name: KeyFingerprints.Name, _ database: PostgresDatabase) async -> DoctorFinding {
        let check = "\(name.rawValue.replacing("_", with: " ")) match"
        do {
            let own: [[UInt8]]? =
                switch name {
                case .gateway: try GatewayKeys.known(configuration)?.map { Array($0.utf8) }
                default: try configuration.deeplinkKeysPath.flatMap(DeeplinkKeys.load)?.map(\.secret)
                }
            let kept = try await database.read { try KeyFingerprints($0).kept(name) }
            guard let own else {
                return kept.isEmpty
                    ? .ok(check, "neither this host nor the store has any yet")
                    : .failed(check, "this host has none", "copy the file from another host that uses the store")
            }
            let fingerprints = StoreKeys.fingerprints(own, name)
            let first = fingerprints.first ?? ""
            switch KeyFingerprints.verdict(fingerprints, against: kept) {
            case .same: return .ok(check, "\(first), the store's")
            case .first: return .ok(check, "\(first); the store has none yet, and the first use keeps it")
            case .rotated: return .ok(check, "\(first), new; the next start here makes it the store's")
            case .differs:
                return .failed(
                    check, "\(first) is not the store's, \(kept.first ?? "")",
                    "copy the file from another host; 'qrpay store migrate --accept-keys' makes this host's the store's"
                )
            }
        } catch {
            return .failed(check, error)
        }
    }
}

extension DoctorFinding {
    /// The same finding, for a store that cannot be used in this state.
    var aboutStore: DoctorFinding {
        var finding = self
        finding.isAboutStore = true
        return finding
    }

    static func failed(_ check: String, _ error: any Error) -> DoctorFinding {
        let problem = Problem(error)
        return .failed(check, problem.message, problem.suggestion ?? "name another store with --store").aboutStore
    }
}

/// Server figures, formatted for people.
enum PostgresText {
    /// `15.18` for 150018.
    static func version(_ number: Int) -> String { "\(number / 10_000).\(number % 10_000)" }

    /// With milliseconds below ten seconds, in whole seconds from ten on.
    static func seconds(_ seconds: Double) -> String {
        seconds >= 10 ? "\(Int(seconds.rounded())) s" : "\(Double(Int((seconds * 1000).rounded())) / 1000) s"
    }
}
