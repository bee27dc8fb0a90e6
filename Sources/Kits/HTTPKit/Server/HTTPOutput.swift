import Glibc

/// Bytes to send to a client.
struct HTTPOutput {
    enum Progress {
        case sent
        /// The client has to read before more can be sent.
        case blocked
        case broken
    }

    private var bytes: [UInt8] = []
    private var sent = 0

    var isEmpty: Bool { sent == bytes.count }

    mutating func append(_ more: [UInt8]) { bytes += more }

    /// Sends as much as the socket accepts.
    mutating func flush(to descriptor: Int32) -> Progress {
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(descriptor, $0.baseAddress.map { $0 + sent }, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count >= 0 {
                sent += count
            } else if errno != EINTR {
                return errno == EAGAIN ? .blocked : .broken
            }
        }
        (bytes, sent) = ([], 0)
        return .sent
    }
}
