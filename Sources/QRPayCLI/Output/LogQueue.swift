import Dispatch
import Synchronization

/// Standard error of a long-running command: written by its own thread, so that a reader which
/// does not read blocks nothing.
///
/// Lines that do not fit are dropped and counted; a line reports the count once the queue has space.
final class LogQueue: Sendable {
    private struct State {
        var waiting: [UInt8] = []
        var isWriting = false
        /// Lines dropped since the last report.
        var untold = 0
        /// Incremented after every write.
        var writes = 0
    }

    static let maximumBytes = 1 << 20
    private static let pauseMilliseconds = 2
    /// How long ``flush()`` waits for a reader that does not read.
    private static let patienceSeconds = 1.0

    private let sink: OutputSink
    private let dropped: @Sendable () -> Void
    private let report: @Sendable (Int) -> String
    private let thread = DispatchQueue(label: "qrpay.log")
    private let state = Mutex(State())

    /// - Parameters:
    ///   - report: the line that reports how many were dropped.
    ///   - dropped: called for each dropped line.
    init(
        _ sink: OutputSink, report: @escaping @Sendable (Int) -> String,
        dropped: @escaping @Sendable () -> Void = {}
    ) {
        self.sink = sink
        self.report = report
        self.dropped = dropped
    }

    /// Queues a line without blocking.
    var entrance: OutputSink { OutputSink { self.write($0) } }

    private func write(_ bytes: [UInt8]) {
        let isTaken = state.withLock { state in
            guard state.waiting.count + bytes.count <= Self.maximumBytes else {
                state.untold += 1
                return false
            }
            state.waiting += bytes
            guard !state.isWriting else { return true }
            state.isWriting = true
            schedule()
            return true
        }
        if !isTaken { dropped() }
    }

    /// Writes lines in batches: waking a thread for every line would cost a busy server more than its
    /// answers.
    private func schedule() {
        thread.asyncAfter(deadline: .now() + .milliseconds(Self.pauseMilliseconds)) { self.writeBatch() }
    }

    private func writeBatch() {
        guard let batch = nextBatch() else { return }
        // Serving continues if the log has no reader.
        try? sink.write(bytes: batch)
        state.withLock { $0.writes += 1 }
        schedule()
    }

    private func nextBatch() -> [UInt8]? {
        state.withLock { state in
            if state.waiting.isEmpty, state.untold == 0 {
                state.isWriting = false
                return nil
            }
            var batch = state.waiting
            state.waiting = []
            if state.untold > 0 { batch += "\(report(state.untold))\n".utf8 }
            state.untold = 0
            return batch
        }
    }

    /// Returns when everything is written, or after a second without progress.
    func flush() async {
        var seen = -1
        var waited = 0.0
        while waited < Self.patienceSeconds {
            let (isDone, writes) = state.withLock { (!$0.isWriting, $0.writes) }
            if isDone { return }
            if writes != seen { (seen, waited) = (writes, 0) }
            try? await Task.sleep(for: .milliseconds(20))
            waited += 0.02
        }
    }
}

extension Context {
    /// Runs a long-running command with standard error behind a ``LogQueue``.
    func withLogQueue<Value>(
        report: @escaping @Sendable (Int) -> String = {
            "qrpay: \($0) lines of this log were dropped: it was not read"
        },
        dropped: @escaping @Sendable () -> Void = {}, _ body: (Context) async throws -> Value
    ) async throws -> Value {
        let queue = LogQueue(errors, report: report, dropped: dropped)
        var context = self
        context.errors = queue.entrance
        do {
            let value = try await body(context)
            await queue.flush()
            return value
        } catch {
            await queue.flush()
            throw error
        }
    }
}
