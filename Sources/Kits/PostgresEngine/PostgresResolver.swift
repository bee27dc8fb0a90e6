import Dispatch
import Glibc
import LibraryKit
import SQLKit
import Synchronization

/// Looks up the addresses of a host within a deadline, which the system's own look-up does not have.
enum PostgresResolver {
    /// - Returns: numeric addresses; nil for a numeric address or a socket directory, which needs no look-up.
    /// - Throws: ``SQLError`` `unreachable`.
    static func addresses(of name: String, until deadline: ContinuousClock.Instant) throws(SQLError) -> [String]? {
        var bytes = in6_addr()
        guard !name.hasPrefix("/"), !name.hasPrefix("@"), inet_pton(AF_INET, name, &bytes) != 1,
            inet_pton(AF_INET6, name, &bytes) != 1
        else { return nil }
        let (answer, isDone) = (Answer(), DispatchSemaphore(value: 0))
        let isStarted = OwningThread.start {
            let found = lookUp(name)
            answer.found.withLock { $0 = found }
            isDone.signal()
        }
        let left = (deadline - ContinuousClock.now).components
        let seconds = Double(left.seconds) + Double(left.attoseconds) / 1e18
        guard isStarted, isDone.wait(timeout: .now() + max(0, seconds)) == .success else {
            throw .unreachable("the name of the host \(name) was not resolved in time")
        }
        let found = answer.found.withLock { $0 }
        guard !found.addresses.isEmpty else {
            throw .unreachable("the name of the host \(name) cannot be resolved: \(found.reason)")
        }
        return found.addresses
    }

    private struct Found {
        var addresses: [String] = []
        var reason = "no address"
    }

    private final class Answer: Sendable {
        let found = Mutex(Found())
    }

    private static func lookUp(_ name: String) -> Found {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(name, nil, &hints, &list)
        guard status == 0 else { return Found(reason: String(cString: gai_strerror(status))) }
        defer { freeaddrinfo(list) }
        var found = Found()
        var entry = list
        while let current = entry?.pointee {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            if getnameinfo(
                current.ai_addr, current.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
            {
                let address = text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
                if !found.addresses.contains(address) { found.addresses.append(address) }
            }
            entry = current.ai_next
        }
        return found
    }
}
