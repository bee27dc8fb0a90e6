internal import CEpoll
import Glibc
import Synchronization

/// Commands to the thread that owns a connection, which waits for them and for its socket.
final class CommandQueue<Command: Sendable>: Sendable {
    struct Mail {
        var commands: [Command] = []
        /// No command will follow.
        var isClosed = false
    }

    private let mail = Mutex(Mail())
    private let alarm: Int32

    /// Nil when the process has no descriptor left.
    init?() {
        alarm = cepoll_make_alarm()
        guard alarm >= 0 else { return nil }
    }

    deinit { Glibc.close(alarm) }

    /// Whether the command was accepted.
    func post(_ command: Command) -> Bool {
        mail.withLock { mail in
            guard !mail.isClosed else { return false }
            mail.commands.append(command)
            if mail.commands.count == 1 { wake() }
            return true
        }
    }

    func close() {
        mail.withLock { mail in
            mail.isClosed = true
            wake()
        }
    }

    /// Everything posted since the last call.
    func take() -> Mail {
        mail.withLock { mail in
            // Only then is the wake-up descriptor readable.
            guard !mail.commands.isEmpty || mail.isClosed else { return mail }
            var count: UInt64 = 0
            _ = read(alarm, &count, MemoryLayout<UInt64>.size)
            defer { mail.commands = [] }
            return mail
        }
    }

    /// Waits for a command, for `descriptor` to become readable, or for the timeout; -1 stands for neither descriptor
    /// nor timeout.
    func wait(orFor descriptor: Int32, milliseconds: Int32) {
        var sources = [pollfd(fd: alarm, events: Int16(POLLIN), revents: 0)]
        if descriptor >= 0 { sources.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)) }
        poll(&sources, nfds_t(sources.count), milliseconds)
    }

    private func wake() {
        var one: UInt64 = 1
        _ = write(alarm, &one, MemoryLayout<UInt64>.size)
    }
}
