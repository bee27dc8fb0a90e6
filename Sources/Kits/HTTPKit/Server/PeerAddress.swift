import Glibc

/// The remote address of a connection.
struct PeerAddress: Sendable {
    /// The address range of one client: an IPv4 address, or an IPv6 /64 network.
    struct Network: Hashable, Sendable {
        var bits: UInt64
        var isIPv6: Bool
    }

    let network: Network
    /// The address as text, without the port; empty if unknown.
    let text: String

    init(_ peer: sockaddr_storage) {
        var peer = peer
        let family = Int32(peer.ss_family)
        (network, text) = withUnsafeBytes(of: &peer) { bytes in
            let isIPv6 = family == AF_INET6
            let offset = isIPv6 ? MemoryLayout<sockaddr_in6>.offset(of: \.sin6_addr) : 4
            let address = UnsafeRawBufferPointer(rebasing: bytes[(offset ?? 8)...])
            let bits =
                isIPv6 ? address.loadUnaligned(as: UInt64.self) : UInt64(address.loadUnaligned(as: UInt32.self))
            let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { buffer in
                inet_ntop(family, address.baseAddress, buffer.baseAddress, socklen_t(buffer.count))
                    .map { String(cString: $0) } ?? ""
            }
            return (Network(bits: bits, isIPv6: isIPv6), text)
        }
    }
}
