import CommandLineKit
import HTTPKit
import JSONKit
import Payments

/// The listening address of server commands, and how a script learns it.
struct Listening: Sendable {
    let address: Option<SocketAddress>
    private let portFile = Option(
        "port-file", "FILE", .file, summary: "Write the port to this file once connections are accepted")

    init(default standard: String) {
        address = Option(
            "listen", "ADDR:PORT",
            ValueParser { text in
                guard let address = SocketAddress(text) else {
                    throw InvalidValue("must be an address and a port, such as \(standard)")
                }
                return address
            }, default: standard, summary: "The address to listen on; port 0 is any free port")
    }

    var options: [any CommandOption] { [address, portFile] }

    /// Prints the server's address and writes the port file. From then on the server can be stopped by a signal.
    /// - Parameter what: the subject and verb of the announcement, such as `the partners listen`.
    func announce(_ port: UInt16, _ options: ParsedOptions, _ context: Context, what: String) throws {
        context.holdStopSignals()
        let host = options[address].host
        let place = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        if let file = options[portFile] { try LocalFile.write(Array("\(port)\n".utf8), to: file) }
        if options.isJSON {
            let json: JSONObject = ["url": "http://\(place)", "port": Int(port)]
            try context.output.write(try JSONText.render(json))
        } else {
            try context.output.write("\(what) on http://\(place)\n")
        }
    }
}

extension Problem {
    /// Why the address cannot be listened on.
    init(_ error: HTTPServerError) {
        switch error.code {
        case .addressInUse:
            self.init(
                .conflict, "address_in_use", error.message, hint: "name another with --listen; port 0 is any free port")
        case .permission, .invalidAddress, .other:
            self.init(.invalid, "cannot_listen", error.message)
        }
    }
}
