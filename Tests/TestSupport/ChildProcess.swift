import Dispatch
import Glibc
import Synchronization

/// A program that runs as a separate process.
///
/// Its output is read while it runs, so that it never blocks on output; every wait has a limit. A process that is still
/// running when the value is deinitialized is killed; closing its input tells it to clean up and exit.
package final class ChildProcess: Sendable {
    /// Where an output stream of the process goes.
    package enum Stream: Sendable {
        case captured
        /// Read until the first line has come, then closed, as `head -1` does.
        case firstLine
        /// A pipe that nobody reads any more.
        case broken
        /// Opened for writing.
        case file(String)
        /// Not open at all, as after `>&-`.
        case closed
    }

    /// How a process ended, as a shell sees it, and what it had printed by then.
    package struct Exit: Sendable {
        /// The exit status; 128 and the signal's number for a process that a signal ended.
        package var status: Int32
        package var stdout: String
        package var stderr: String
        /// Whether it was killed because the time was up.
        package var isOverdue: Bool
    }

    package let id: Int32
    private let watch: ChildWatch
    /// Our end of its standard input; -1 when that is empty.
    private let input: Int32
    private static let turn = Mutex(())

    /// - Parameters:
    ///   - path: the program's file.
    ///   - environment: all of it.
    ///   - hasInput: whether standard input is a pipe that stays open until this value goes out of use or this process
    ///     ends; otherwise it is empty.
    /// - Throws: ``SystemFailure`` when it cannot be started.
    package init(
        _ path: String, _ arguments: [String], environment: [String: String], stdout: Stream = .captured,
        stderr: Stream = .captured, hasInput: Bool = false
    ) throws {
        // One at a time: between its making and its marking, a pipe would be handed over to other children too.
        (id, watch, input) = try Self.turn.withLock { _ in
            var launch = Launch()
            try launch.open(1, stdout)
            try launch.open(2, stderr)
            let input = hasInput ? try launch.makeInput() : -1
            let id = try launch.start(path, arguments, environment)
            return (id, ChildWatch(id: id, pipes: launch.pipes), input)
        }
    }

    deinit {
        if input >= 0 { close(input) } else { send(SIGKILL) }
    }

    /// Writes to its standard input.
    package func write(_ text: String) throws {
        let bytes = Array(text.utf8)
        guard Glibc.write(input, bytes, bytes.count) == bytes.count else { throw SystemFailure("write") }
    }

    /// What it has printed on standard output so far.
    package var printed: String { watch.exit(isOverdue: false).stdout }

    /// What it has printed on standard error so far.
    package var complaints: String { watch.exit(isOverdue: false).stderr }

    package func send(_ signal: Int32) {
        if !watch.hasEnded { kill(id, signal) }
    }

    /// Waits for its end; after `timeoutSeconds` it is killed.
    package func exit(timeoutSeconds: Double = 30) async -> Exit {
        let isInTime = await watch.wait(timeoutSeconds: timeoutSeconds) { $0.isOver }
        if !isInTime {
            send(SIGKILL)
            _ = await watch.wait(timeoutSeconds: 5) { $0.isOver }
        }
        return watch.exit(isOverdue: !isInTime)
    }

    /// Waits until standard output holds `text`.
    /// - Returns: false when the process ended, or the time was up, before that.
    package func hasPrinted(_ text: String, timeoutSeconds: Double = 30) async -> Bool {
        let wanted = Array(text.utf8)
        _ = await watch.wait(timeoutSeconds: timeoutSeconds) {
            $0.isOver || $0.output[1]?.contains(wanted) == true
        }
        return watch.exit(isOverdue: false).stdout.contains(text)
    }
}

/// What the system refused.
package struct SystemFailure: Error, CustomStringConvertible {
    package var description: String

    init(_ action: String, _ number: Int32 = errno) {
        description = "\(action): \(strerror(number).map { String(cString: $0) } ?? "error \(number)")"
    }
}

/// The streams and the start of one process.
private struct Launch {
    private var actions = posix_spawn_file_actions_t()
    private var attributes = posix_spawnattr_t()
    /// The process's ends; closed here once it has them.
    private var handedOver: [Int32] = []
    private(set) var pipes: [Pipe] = []

    /// Our end of what the process prints on one of its streams.
    struct Pipe: Sendable {
        var stream: Int32
        var descriptor: Int32
        var isFirstLineOnly = false

        /// The next bytes; nil at the end.
        func read() -> [UInt8]? {
            var buffer = [UInt8](repeating: 0, count: 64 << 10)
            while true {
                let count = Glibc.read(descriptor, &buffer, buffer.count)
                if count > 0 { return Array(buffer[..<count]) }
                guard count < 0, errno == EINTR else { return nil }
            }
        }
    }

    init() {
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        // Signals as a shell hands them over, whatever this process does with them.
        var all = sigset_t()
        var none = sigset_t()
        sigfillset(&all)
        sigemptyset(&none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    }

    mutating func open(_ stream: Int32, _ kind: ChildProcess.Stream) throws {
        switch kind {
        case .captured: pipes.append(Pipe(stream: stream, descriptor: try makePipe(to: stream)))
        case .firstLine:
            pipes.append(Pipe(stream: stream, descriptor: try makePipe(to: stream), isFirstLineOnly: true))
        case .broken: close(try makePipe(to: stream))
        case .file(let path):
            posix_spawn_file_actions_addopen(&actions, stream, path, O_WRONLY, 0)
        case .closed:
            posix_spawn_file_actions_addclose(&actions, stream)
        }
    }

    /// - Returns: the end to write to.
    mutating func makeInput() throws -> Int32 {
        // Writing to a process that has ended is an error.
        signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SystemFailure("pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        handedOver.append(ends[0])
        posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
        return ends[1]
    }

    /// - Returns: the end to read from.
    private mutating func makePipe(to stream: Int32) throws -> Int32 {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SystemFailure("pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        handedOver.append(ends[1])
        posix_spawn_file_actions_adddup2(&actions, ends[1], stream)
        return ends[0]
    }

    mutating func start(_ path: String, _ arguments: [String], _ environment: [String: String]) throws -> pid_t {
        var words = ([path] + arguments).map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer {
            for word in words + variables { free(word) }
            for descriptor in handedOver { close(descriptor) }
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        var id = pid_t()
        let status = posix_spawn(&id, path, &actions, &attributes, &words, &variables)
        guard status == 0 else {
            for pipe in pipes { close(pipe.descriptor) }
            throw SystemFailure(path, status)
        }
        return id
    }
}

/// Reads what a process prints, and notices its end; a thread for each, since all of that blocks.
private final class ChildWatch: Sendable {
    struct State {
        /// What came, by stream.
        var output: [Int32: [UInt8]] = [:]
        var openPipes: Int
        /// As a shell sees it; nil while it runs.
        var status: Int32?
        var lastWaiter = 0
        var waiters: [Int: Waiter] = [:]

        /// Whether it has ended and all it printed is here.
        var isOver: Bool { status != nil && openPipes == 0 }
    }

    struct Waiter {
        var isSatisfied: @Sendable (State) -> Bool
        var continuation: CheckedContinuation<Bool, Never>
    }

    private let state: Mutex<State>

    init(id: pid_t, pipes: [Launch.Pipe]) {
        state = Mutex(State(openPipes: pipes.count))
        for pipe in pipes {
            DispatchQueue(label: "child.stream").async { [self] in
                while let bytes = pipe.read() {
                    change { $0.output[pipe.stream, default: []] += bytes }
                    if pipe.isFirstLineOnly, bytes.contains(UInt8(ascii: "\n")) { break }
                }
                close(pipe.descriptor)
                change { $0.openPipes -= 1 }
            }
        }
        DispatchQueue(label: "child.exit").async { [self] in
            var status: Int32 = 0
            while waitpid(id, &status, 0) < 0, errno == EINTR {}
            let signal = status & 0x7f
            change { $0.status = signal == 0 ? status >> 8 & 0xff : 128 + signal }
        }
    }

    var hasEnded: Bool { state.withLock { $0.status != nil } }

    func exit(isOverdue: Bool) -> ChildProcess.Exit {
        state.withLock { state in
            func text(_ stream: Int32) -> String { String(decoding: state.output[stream] ?? [], as: UTF8.self) }
            return ChildProcess.Exit(
                status: state.status ?? -1, stdout: text(1), stderr: text(2), isOverdue: isOverdue)
        }
    }

    /// - Returns: false when the time was up first.
    func wait(timeoutSeconds: Double, until isSatisfied: @escaping @Sendable (State) -> Bool) async -> Bool {
        await withCheckedContinuation { continuation in
            let number: Int? = state.withLock { state in
                if isSatisfied(state) { return nil }
                state.lastWaiter += 1
                state.waiters[state.lastWaiter] = Waiter(isSatisfied: isSatisfied, continuation: continuation)
                return state.lastWaiter
            }
            guard let number else { return continuation.resume(returning: true) }
            DispatchQueue.global().asyncAfter(deadline: .now() + timeoutSeconds) { [self] in
                state.withLock { $0.waiters.removeValue(forKey: number) }?.continuation.resume(returning: false)
            }
        }
    }

    private func change(_ body: (inout State) -> Void) {
        let satisfied = state.withLock { state in
            body(&state)
            let satisfied = state.waiters.filter { $0.value.isSatisfied(state) }
            for number in satisfied.keys { state.waiters[number] = nil }
            return satisfied.values.map(\.continuation)
        }
        for continuation in satisfied { continuation.resume(returning: true) }
    }
}
