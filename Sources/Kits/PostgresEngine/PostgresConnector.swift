internal import CPQ
import Glibc
import LibraryKit
import SQLKit

/// Opens sessions: tries the hosts of an address in turn, all within one deadline.
struct PostgresConnector {
    private let options: PostgresOptions
    private let pq: PQFunctions
    private let waker: PostgresWaker
    private let interrupt: PostgresInterrupt?

    init(_ options: PostgresOptions, waker: PostgresWaker, interrupt: PostgresInterrupt? = nil) throws(SQLError) {
        (self.options, self.waker, self.interrupt) = (options, waker, interrupt)
        do { pq = try PostgresLibrary.functions() } catch {
            throw SQLError(code: .cannotOpen, message: error.description)
        }
    }

    /// Connects to the first host that takes writes, and applies the session settings.
    /// - Throws: ``SQLError`` `unreachable`, `denied`, `busy`, `standby`, `unsupportedServer`; `CancellationError`.
    func connect() throws -> PostgresSession {
        let deadline = ContinuousClock.now + .seconds(options.connectSeconds)
        let hosts = options.address.hosts
        var failures: [SQLError] = []
        for (index, host) in hosts.enumerated() {
            do {
                return try connect(to: host, until: share(of: deadline, among: hosts.count - index))
            } catch let error as SQLError {
                // Another host would refuse this user too.
                guard [.unreachable, .busy, .connectionLimit, .standby, .timedOut].contains(error.code) else {
                    throw error
                }
                failures.append(error)
            }
        }
        throw Self.summary(of: failures)
    }

    private func share(of deadline: ContinuousClock.Instant, among count: Int) -> ContinuousClock.Instant {
        let now = ContinuousClock.now
        let share = (deadline - now) / count
        guard let limit = options.address.words["connect_timeout"].flatMap(Double.init), limit > 0 else {
            return now + share
        }
        return now + min(share, .seconds(limit))
    }

    private static func summary(of failures: [SQLError]) -> SQLError {
        guard failures.count != 1 else { return failures[0] }
        let codes = failures.map(\.code)
        // Prefer the error of a server that may recover or free a connection to that of one that has to be promoted.
        let code: SQLError.Code =
            codes.first { [.busy, .connectionLimit].contains($0) }
            ?? (codes.allSatisfy { $0 == .standby } ? .standby : .unreachable)
        return SQLError(code: code, message: failures.map(\.message).joined(separator: "; "))
    }

    private func connect(
        to host: PostgresAddress.Host, until deadline: ContinuousClock.Instant
    ) throws -> PostgresSession {
        let addresses =
            try host.address == nil
            ? host.name.flatMap {
                try PostgresResolver.addresses(of: $0, until: deadline)
            } : nil
        guard let addresses else { return try session(on: host, until: deadline) }
        var last: SQLError?
        for (index, address) in addresses.enumerated() {
            var host = host
            host.address = address
            let now = ContinuousClock.now
            do {
                return try session(on: host, until: now + (deadline - now) / (addresses.count - index))
            } catch let error as SQLError where error.code == .unreachable {
                last = error
            }
        }
        throw last ?? .unreachable("the host has no address")
    }

    private func session(
        on host: PostgresAddress.Host, until deadline: ContinuousClock.Instant
    ) throws -> PostgresSession {
        let wire = PostgresWire(try start(host), pq, waker: waker)
        wire.interrupt = interrupt
        try finish(wire, until: deadline)
        let session = PostgresSession(wire, options)
        let left = (deadline - ContinuousClock.now).components.seconds
        try session.greet(silenceSeconds: Double(max(left, 1)))
        return session
    }

    private func start(_ host: PostgresAddress.Host) throws(SQLError) -> OpaquePointer {
        var words = [
            "fallback_application_name": "qrpay", "keepalives_idle": "30", "keepalives_interval": "10",
            "keepalives_count": "3", "tcp_user_timeout": "30000",
        ]
        words.merge(PostgresTLS().words(for: options.address)) { $1 }
        words.merge(options.address.words) { $1 }
        words["client_encoding"] = "UTF8"
        // Checked after connecting, when a standby and a server that refuses can be told apart.
        words["target_session_attrs"] = "any"
        words["host"] = host.name
        words["hostaddr"] = host.address
        words["port"] = host.port
        words["password"] = options.password
        let keys = words.keys.map { strdup($0) }
        let values = words.values.map { strdup($0) }
        defer { for text in keys + values { free(text) } }
        let handle = (keys.map { UnsafePointer($0) } + [nil]).withUnsafeBufferPointer { keys in
            (values.map { UnsafePointer($0) } + [nil]).withUnsafeBufferPointer { values in
                pq.PQconnectStartParams(keys.baseAddress!, values.baseAddress!, 0)
            }
        }
        guard let handle else { throw SQLError(code: .cannotOpen, message: "out of memory while connecting") }
        return handle
    }

    private func finish(_ wire: PostgresWire, until deadline: ContinuousClock.Instant) throws {
        // Verbose errors include the SQLSTATE of a refusal.
        _ = pq.PQsetErrorVerbosity(wire.handle, PQERRORS_VERBOSE)
        var state = PGRES_POLLING_WRITING
        while state != PGRES_POLLING_OK {
            guard state != PGRES_POLLING_FAILED, pq.PQstatus(wire.handle) != CONNECTION_BAD else {
                throw SQLError(refusal: PostgresLibrary.text(pq.PQerrorMessage(wire.handle)))
            }
            let isReading = state == PGRES_POLLING_READING
            switch wire.wait(reading: isReading, writing: !isReading, until: deadline) {
            case .ready: state = pq.PQconnectPoll(wire.handle)
            case .woken: if interrupt?.isSet == true { throw CancellationError() }
            case .late:
                throw SQLError.unreachable("the server does not answer in time")
            }
        }
        _ = pq.PQsetErrorVerbosity(wire.handle, PQERRORS_DEFAULT)
    }
}
