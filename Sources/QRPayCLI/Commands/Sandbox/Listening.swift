import CommandLineKit
import HTTPKit
import JSONKit
import Payments

/// The listening address of server commands, and how a script learns it.
enum Listening {
    static func listen(default address: String) -> OptionSpec {
        OptionSpec(
            name: "listen", value: "ADDR:PORT", default: address,
            summary: "The address to listen on; port 0 is any free port")
    }

    static let portFile = OptionSpec(
        name: "port-file", value: "FILE", completion: .file,
        summary: "Write the port to this file once connections are accepted")

    static func address(_ options: ParsedOptions, default standard: String) throws -> SocketAddress {
        let text = options.value("listen") ?? standard
        guard let address = SocketAddress(text) else {
            throw Problem(.invalid, "usage", "--listen '\(text)': must be an address and a port, such as \(standard)")
        }
        return address
    }

    /// Prints the server's address and writes the port file. From then on the server can be stopped by a signal.
    static func announce(_ port: UInt16, _ options: ParsedOptions, _ context: Context, what: String) throws {
        context.holdStopSignals()
        let host = try address(options, default: "127.0.0.1:0").host
        let place = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        if let file = options.value("port-file") { try LocalFile.write(Array("\(port)\n".utf8), to: file) }
        if options.isJSON {
            let json: JSONObject = ["url": "http://\(place)", "port": Int(port)]
            try context.output.write(try JSONText.render(json))
        } else {
            try context.output.write("\(what) listen on http://\(place)\n")
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
