import CommandLineKit
import HTTPKit
import Payments

/// The number of connections a server accepts: as configured, within the limit of open files.
enum ServerConnections {
    static func options(default connections: Int) -> [OptionSpec] {
        [
            OptionSpec(
                name: "connections", value: "N", default: "\(connections)",
                summary: "Maximum connections, within the limit of open files"),
            OptionSpec(
                name: "connections-per-address", value: "N",
                summary: "Maximum connections from one address; default three quarters of all"),
        ]
    }

    /// - Throws: ``Problem`` `too_few_open_files`.
    static func limits(_ limits: HTTPServerLimits, _ options: ParsedOptions) throws -> HTTPServerLimits {
        var limits = limits
        let wanted = try options.integer("connections", in: 1...1_000_000) ?? limits.maximumConnections
        let perAddress = try options.integer("connections-per-address", in: 1...1_000_000)
        let shares = try OpenFiles.Shares(of: OpenFiles.raiseLimit(), wanted: wanted + limits.reservedConnections)
        limits.reservedConnections = min(limits.reservedConnections, shares.connections / 4)
        limits.maximumConnections = min(wanted, shares.connections - limits.reservedConnections)
        limits.maximumConnectionsPerAddress = min(
            perAddress ?? max(1, limits.maximumConnections * 3 / 4), limits.maximumConnections)
        return limits
    }
}

extension Problem {
    /// Why a server does not start: it cannot make requests to partners.
    init(preparing error: HTTPTransportError) {
        self.init(.system, "partners_unreachable", "cannot make requests to partners: \(error.message)")
    }
}
