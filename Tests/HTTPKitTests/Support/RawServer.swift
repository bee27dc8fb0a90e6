import Dispatch
import Glibc
import TestSupport

@testable import HTTPKit

/// A loopback server that runs its script for each connection, one after the other.
final class RawServer: Sendable {
    private let socket: ListeningSocket
    private let finished = DispatchSemaphore(value: 0)

    /// - Parameter script: receives the connection and its number from 0; may block; closes the connection.
    init(_ script: @escaping @Sendable (RawConnection, Int) -> Void) throws {
        socket = try ListeningSocket(SocketAddress(host: "127.0.0.1", port: 0))
        let descriptor = socket.descriptor
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
        DispatchQueue(label: "raw server").async { [finished] in
            var count = 0
            while case let accepted = accept(descriptor, nil, nil), accepted >= 0 {
                script(RawConnection(accepted: accepted), count)
                count += 1
            }
            finished.signal()
        }
    }

    /// Answers every connection's first request with `answer` and closes.
    convenience init(answering answer: String) throws {
        try self.init { connection, _ in
            _ = connection.read(until: "\r\n\r\n")
            connection.send(answer)
            connection.close()
        }
    }

    var url: String { "http://127.0.0.1:\(socket.port)" }

    deinit {
        shutdown(socket.descriptor, Int32(SHUT_RDWR))
        finished.wait()
        close(socket.descriptor)
    }
}
