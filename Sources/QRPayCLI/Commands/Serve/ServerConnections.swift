import CommandLineKit
import HTTPKit
import Payments

/// The number of connections a server accepts: as configured, within the limit of open files.
struct ServerConnections: Sendable {
    private let limits: HTTPServerLimits
    private let all: Option<Int>
    private let perAddress = Option(
        "connections-per-address", "N", .integer(in: range), shownDefault: "three quarters of all",
        summary: "Maximum connections from one address")

    private static let range = 1...1_000_000

    /// - Parameter limits: the server's own.
    init(_ limits: HTTPServerLimits) {
        self.limits = limits
        all = Option(
            "connections", "N", .integer(in: Self.range), default: "\(limits.maximumConnections)",
            summary: "Maximum connections, within the limit of open files")
    }

    var options: [any CommandOption] { [all, perAddress] }

    /// - Throws: ``Problem`` `too_few_open_files`.
    func limits(_ options: ParsedOptions) throws -> HTTPServerLimits {
        var limits = limits
        let wanted = options[all]
        let shares = try OpenFiles.Shares(of: OpenFiles.raiseLimit(), wanted: wanted + limits.reservedConnections)
        limits.reservedConnections = min(limits.reservedConnections, shares.connections / 4)
        limits.maximumConnections = min(wanted, shares.connections - limits.reservedConnections)
        limits.maximumConnectionsPerAddress = min(
            options[perAddress] ?? max(1, limits.maximumConnections * 3 / 4), limits.maximumConnections)
        return limits
    }
}

extension Problem {
    /// Why a server does not start: it cannot make requests to partners.
    init(preparing error: HTTPTransportError) {
        self.init(.system, "partners_unreachable", "cannot make requests to partners: \(error.message)")
    }
}
