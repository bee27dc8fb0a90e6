import Dispatch
package import Glibc

/// A TCP connection without manners: it sends what it is told. Every read gives up after five seconds.
package struct RawConnection: Sendable {
    package let descriptor: Int32

    package init(accepted descriptor: Int32) {
        self.descriptor = descriptor
        var bound = timeval(tv_sec: 120, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &bound, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &bound, socklen_t(MemoryLayout<timeval>.size))
    }

    /// Connects to a port of 127.0.0.1; nil when nobody listens there.
    package init?(port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = loopback(port: port)
        let status = withUnsafeBytes(of: &address) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { connect(descriptor, $0.baseAddress, socklen_t(bytes.count)) }
        }
        self.init(accepted: descriptor)
        guard status == 0 else {
            close()
            return nil
        }
    }

    package func send(_ text: String) { send(Array(text.utf8)) }

    package func send(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// What comes until the text ends with `end`, the peer closes, or nothing comes for two minutes.
    package func read(until end: String? = nil) -> String {
        var bytes: [UInt8] = []
        while end == nil || !bytes.reversed().starts(with: end?.utf8.reversed() ?? []) {
            guard let next = readByte() else { break }
            bytes.append(next)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// One answer: its head, and a body as long as its Content-Length says.
    package func readAnswer() -> String {
        let head = read(until: "\r\n\r\n")
        let field = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
        var body: [UInt8] = []
        let length = field.flatMap { Int($0.dropFirst("content-length:".count).drop { $0 == " " }) } ?? 0
        while body.count < length, let byte = readByte() { body.append(byte) }
        return head + String(decoding: body, as: UTF8.self)
    }

    /// Whether the peer has closed; false when it sends something more or is silent for two minutes.
    package var isAtEnd: Bool {
        var byte: UInt8 = 0
        let count = recv(descriptor, &byte, 1, 0)
        return count == 0 || (count < 0 && errno == ECONNRESET)
    }

    /// Whether the peer closes, or sends something, within that time.
    package func waitsForEnd(milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, milliseconds) > 0
    }

    /// Sends FIN: nothing more comes from here, but an answer may still be read.
    package func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    package func close() { Glibc.close(descriptor) }

    /// Closes with RST instead of FIN.
    package func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    private func readByte() -> UInt8? {
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, 0) == 1 ? byte : nil
    }
}

package func loopback(port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
}

/// Runs `body`, which may block, away from the threads that run tasks. (The global queues are those threads; a queue
/// of one's own gets one of its own.)
package func blocking<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
        DispatchQueue(label: "blocking").async { continuation.resume(returning: body()) }
    }
}
