internal import CCurl
import Synchronization

/// Requests of other threads to the curl thread.
final class CurlInbox: Sendable {
    struct Mail {
        var submissions: [CurlSubmission] = []
        var cancellations: [UInt64] = []
        var isClosed = false
    }

    private struct State {
        var mail = Mail()
        /// Address of the multi handle while the curl thread runs; an integer because pointers are not Sendable.
        var multi: UInt
    }

    private let state: Mutex<State>

    init(multi: OpaquePointer) { state = Mutex(State(multi: UInt(bitPattern: multi))) }

    /// Whether the request was accepted; a closed transport accepts none.
    func submit(_ submission: CurlSubmission) -> Bool {
        post {
            guard !$0.isClosed else { return false }
            $0.submissions.append(submission)
            return true
        }
    }

    func cancel(_ id: UInt64) { post { $0.cancellations.append(id) } }

    func close() { post { $0.isClosed = true } }

    /// Everything posted since the last call.
    func take() -> Mail {
        state.withLock { state in
            defer { state.mail = Mail(isClosed: state.mail.isClosed) }
            return state.mail
        }
    }

    /// Called before the curl thread releases its multi handle: stops waking it and returns what is left.
    func detach() -> Mail {
        state.withLock { $0.multi = 0 }
        return take()
    }

    /// Wakes the thread under the lock, so that the multi handle cannot be released meanwhile.
    private func post<Result: Sendable>(_ change: (inout Mail) -> Result) -> Result {
        state.withLock { state in
            let result = change(&state.mail)
            if let multi = OpaquePointer(bitPattern: state.multi) { _ = ccurl_multi_wakeup(multi) }
            return result
        }
    }
}
