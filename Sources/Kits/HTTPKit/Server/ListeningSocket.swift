internal import CEpoll
import Glibc

/// A bound and listening TCP socket; the owner closes it.
struct ListeningSocket {
    let descriptor: Int32
    /// The actual port, even if port 0 was requested.
    let port: UInt16

    /// Listens on the first of the host's addresses that can be bound, IPv4 before IPv6.
    init(_ address: SocketAddress) throws(HTTPServerError) {
        var failure = HTTPServerError(
            code: .invalidAddress, address: address, message: "\(address.host) has no address")
        for candidate in try Self.resolve(address) {
            do {
                self = try Self(candidate, address)
                return
            } catch {
                failure = error
            }
        }
        throw failure
    }

    /// A socket address in the system's form.
    private typealias Resolved = (family: Int32, bytes: [UInt8])

    private static func resolve(_ address: SocketAddress) throws(HTTPServerError) -> [Resolved] {
        var hints = addrinfo()
        hints.ai_protocol = Int32(IPPROTO_TCP)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(address.host, String(address.port), &hints, &list)
        guard status == 0 else {
            let reason = gai_strerror(status).map { String(cString: $0) } ?? "unknown reason"
            throw HTTPServerError(
                code: .invalidAddress, address: address, message: "\(address.host) does not resolve: \(reason)")
        }
        defer { freeaddrinfo(list) }
        var found: [Resolved] = []
        var next = list
        while let entry = next?.pointee {
            let bytes = UnsafeRawBufferPointer(start: entry.ai_addr, count: Int(entry.ai_addrlen))
            found.append((entry.ai_family, Array(bytes)))
            next = entry.ai_next
        }
        return found.filter { $0.family == AF_INET } + found.filter { $0.family != AF_INET }
    }

    private init(_ candidate: Resolved, _ address: SocketAddress) throws(HTTPServerError) {
        let descriptor = cepoll_socket(candidate.family)
        guard descriptor >= 0 else { throw Self.failure(errno, address) }
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        let isBound = candidate.bytes.withUnsafeBytes { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { bind(descriptor, $0.baseAddress, socklen_t(bytes.count)) }
        }
        guard isBound == 0, listen(descriptor, SOMAXCONN) == 0 else {
            let number = errno
            close(descriptor)
            throw Self.failure(number, address)
        }
        self.descriptor = descriptor
        port = Self.port(of: descriptor)
    }

    private static func port(of descriptor: Int32) -> UInt16 {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutableBytes(of: &storage) { bytes in
            let status = bytes.withMemoryRebound(to: sockaddr.self) { getsockname(descriptor, $0.baseAddress, &length) }
            // IPv4 and IPv6 both store the port, in network byte order, after the family.
            return status == 0 ? UInt16(bigEndian: bytes.load(fromByteOffset: 2, as: UInt16.self)) : 0
        }
    }

    private static func failure(_ number: Int32, _ address: SocketAddress) -> HTTPServerError {
        let code: HTTPServerError.Code =
            switch number {
            case EADDRINUSE: .addressInUse
            case EACCES, EPERM: .permission
            case EADDRNOTAVAIL, EAFNOSUPPORT, EINVAL: .invalidAddress
            default: .other
            }
        return HTTPServerError(
            code: code, address: address, message: "cannot listen on \(address): \(String(cString: strerror(number)))")
    }
}
