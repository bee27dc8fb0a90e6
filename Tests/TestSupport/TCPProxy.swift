import Dispatch
import Glibc
import Synchronization

/// Forwards connections from a port of 127.0.0.1 to a server's socket, and simulates network faults on them.
package final class TCPProxy: Sendable {
    /// The fault on a connection on which the client sends a certain text.
    package enum Fate: Sendable {
        /// Both ends are closed before the text is forwarded.
        case cutBefore
        /// The text is forwarded; when the server answers, both ends are closed and the answer is lost.
        case cutAfter
        /// The text is not forwarded, and neither end is notified.
        case freezeBefore
        /// The text is forwarded, and nothing else in either direction.
        case freezeAfter
    }

    private struct State {
        var server: String
        var connections: [Int: Link] = [:]
        var last = 0
        var isFrozen = false
        var isClosed = false
        var trap: (text: [UInt8], fate: Fate)?
        var trapped = 0
        var rewriting: (from: [UInt8], to: [UInt8])?
    }

    private struct Link {
        var ends: Ends
        var isFrozen = false
        var isDoomed = false
    }

    /// The sockets of a connection; closed once both directions have finished with them.
    private final class Ends: Sendable {
        let client: Int32
        let server: Int32

        init(client: Int32, server: Int32) { (self.client, self.server) = (client, server) }

        deinit { for descriptor in [client, server] { Glibc.close(descriptor) } }
    }

    package let port: UInt16
    private let listener: Int32
    private let state: Mutex<State>
    /// Notified when a fate strikes and when a connection opens or closes.
    package let changes = ChangeSignal()

    /// - Parameter server: the path of its socket.
    package init(to server: String) throws {
        state = Mutex(State(server: server))
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        self.listener = listener
        var address = loopback(port: 0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutableBytes(of: &address) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { address in
                bind(listener, address.baseAddress, size) == 0 && listen(listener, 100) == 0
                    && getsockname(listener, address.baseAddress, &size) == 0
            }
        }
        guard status else { throw SystemFailure("proxy") }
        port = UInt16(bigEndian: address.sin_port)
        DispatchQueue(label: "proxy.accept").async { [self] in accept() }
    }

    /// Closes the proxy and its connections.
    package func close() {
        state.withLock { $0.isClosed = true }
        shutdown(listener, Int32(SHUT_RDWR))
        cut()
    }

    /// Closes all connections with RST.
    package func cut() {
        for number in state.withLock({ Array($0.connections.keys) }) { end(number) }
    }

    /// Stops forwarding in both directions, on old and new connections.
    package func freeze() { state.withLock { $0.isFrozen = true } }

    /// Forwards new connections to another server.
    package func move(to server: String) { state.withLock { $0.server = server } }

    /// Applies `fate` to the next connection on which the client sends `text`.
    package func set(_ fate: Fate, for text: String) { state.withLock { $0.trap = (Array(text.utf8), fate) } }

    /// Replaces a text in the server's output.
    package func rewrite(_ text: String, as other: String) {
        precondition(text.utf8.count == other.utf8.count, "a message says how long it is")
        state.withLock { $0.rewriting = (Array(text.utf8), Array(other.utf8)) }
    }

    /// How often a fate has struck.
    package var strikes: Int { state.withLock { $0.trapped } }

    package var connectionCount: Int { state.withLock { $0.connections.count } }

    private func accept() {
        while true {
            let client = Glibc.accept(listener, nil, nil)
            let server = state.withLock { $0.isClosed ? nil : $0.server }
            guard client >= 0, let server else {
                if client >= 0 { Glibc.close(client) }
                Glibc.close(listener)
                return
            }
            guard let upstream = Self.connect(to: server) else {
                Glibc.close(client)
                continue
            }
            let ends = Ends(client: client, server: upstream)
            let number = state.withLock { state in
                state.last += 1
                state.connections[state.last] = Link(ends: ends)
                return state.last
            }
            changes.notify()
            DispatchQueue(label: "proxy.up").async { [self] in pump(number, ends, isUp: true) }
            DispatchQueue(label: "proxy.down").async { [self] in pump(number, ends, isUp: false) }
        }
    }

    private static func connect(to path: String) -> Int32? {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        let status = withUnsafeBytes(of: &address) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) {
                Glibc.connect(descriptor, $0.baseAddress, socklen_t(bytes.count))
            }
        }
        guard status == 0 else {
            Glibc.close(descriptor)
            return nil
        }
        return descriptor
    }

    /// Forwards one direction until either end is closed.
    private func pump(_ number: Int, _ ends: Ends, isUp: Bool) {
        let (source, target) = isUp ? (ends.client, ends.server) : (ends.server, ends.client)
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = recv(source, &buffer, buffer.count, 0)
            guard count > 0 else {
                // On a frozen connection, neither end is told about the close.
                if !isFrozen(number) { end(number) }
                return
            }
            var bytes = Array(buffer[..<count])
            switch state.withLock({ Self.decide(number, &bytes, isUp, &$0) }) {
            case .pass: RawConnection(accepted: target).send(bytes)
            case .drop: break
            case .end: return end(number)
            }
            changes.notify()
        }
    }

    private func isFrozen(_ number: Int) -> Bool {
        state.withLock { $0.isFrozen || $0.connections[number]?.isFrozen == true }
    }

    private enum Decision { case pass, drop, end }

    private static func decide(_ number: Int, _ bytes: inout [UInt8], _ isUp: Bool, _ state: inout State) -> Decision {
        guard let link = state.connections[number] else { return .end }
        if link.isDoomed, !isUp { return .end }
        if state.isFrozen || link.isFrozen { return .drop }
        if isUp, let trap = state.trap, bytes.contains(trap.text) {
            state.trap = nil
            state.trapped += 1
            switch trap.fate {
            case .cutBefore: return .end
            case .cutAfter: state.connections[number]?.isDoomed = true
            case .freezeBefore:
                state.connections[number]?.isFrozen = true
                return .drop
            case .freezeAfter: state.connections[number]?.isFrozen = true
            }
        }
        if !isUp, let rewriting = state.rewriting, let range = bytes.firstRange(of: rewriting.from) {
            bytes.replaceSubrange(range, with: rewriting.to)
        }
        return .pass
    }

    /// Closes a connection; both pumps notice.
    private func end(_ number: Int) {
        guard let link = state.withLock({ $0.connections.removeValue(forKey: number) }) else { return }
        for descriptor in [link.ends.client, link.ends.server] { shutdown(descriptor, Int32(SHUT_RDWR)) }
        changes.notify()
    }
}
