internal import CCurl
import Glibc

/// The thread that drives libcurl; everything here runs on it.
struct CurlThread {
    private let inbox: CurlInbox
    private let multi: OpaquePointer
    private let options: CurlOptions
    private var queue: CurlQueue
    private var waiting: [UInt64: CurlSubmission] = [:]
    private var running: [UInt64: CurlEasy] = [:]
    private var exchanges: [CurlEasy: CurlExchange] = [:]
    private var idle: [CurlEasy] = []
    /// The earliest deadline of the waiting requests.
    private var nextExpiry: ContinuousClock.Instant?

    init(inbox: CurlInbox, multi: OpaquePointer, options: CurlOptions) {
        self.inbox = inbox
        self.multi = multi
        self.options = options
        queue = CurlQueue(
            maximum: options.maximumConnections, maximumPerOrigin: options.maximumConnectionsPerHost)
    }

    /// Runs until the inbox is closed, then fails the remaining requests and releases every handle.
    mutating func run() {
        _ = ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, options.maximumConnections)
        while true {
            let mail = inbox.take()
            accept(mail.submissions)
            for id in mail.cancellations { end(id, .failure(CancellationError())) }
            if mail.isClosed { break }
            expireWaiting()
            startWaiting()
            _ = ccurl_multi_perform(multi)
            finishDone()
            startWaiting()
            _ = ccurl_multi_poll(multi, pollMilliseconds)
        }
        accept(inbox.detach().submissions)
        for id in waiting.keys { fail(id, .cannotConnect, "the transport was closed") }
        for id in running.keys { fail(id, .connectionLost, "the transport was closed") }
        idle.forEach(ccurl_easy_cleanup)
        _ = ccurl_multi_cleanup(multi)
    }

    private mutating func accept(_ submissions: [CurlSubmission]) {
        for submission in submissions {
            waiting[submission.id] = submission
            queue.enqueue(submission.id, origin: submission.target.origin)
            nextExpiry = min(nextExpiry ?? submission.deadline, submission.deadline)
        }
    }

    private mutating func expireWaiting() {
        let now = ContinuousClock.now
        guard let nextExpiry, nextExpiry <= now else { return }
        for (id, submission) in waiting where submission.deadline <= now {
            fail(id, .timedOut, "no connection became free in time")
        }
        self.nextExpiry = waiting.values.map(\.deadline).min()
    }

    private var pollMilliseconds: Int32 {
        guard let nextExpiry, !waiting.isEmpty else { return 60_000 }
        return Int32(clamping: max(0, milliseconds(nextExpiry - .now)))
    }

    private mutating func startWaiting() {
        while let (id, origin) = queue.next() {
            // A request that ended while waiting is still in the queue.
            guard let submission = waiting.removeValue(forKey: id) else {
                queue.release(origin: origin)
                continue
            }
            start(submission)
        }
    }

    private mutating func start(_ submission: CurlSubmission) {
        let exchange = CurlExchange(submission, options: options)
        guard let easy = idle.popLast() ?? ccurl_easy_init() else {
            queue.release(origin: submission.target.origin)
            submission.continuation.resume(with: exchange.outcome(CURLE_OUT_OF_MEMORY))
            return
        }
        running[submission.id] = easy
        exchanges[easy] = exchange
        let refusal = exchange.configure(easy, options: options)
        if refusal != CURLE_OK {
            end(submission.id, exchange.outcome(refusal))
        } else if ccurl_multi_add_handle(multi, easy) != CURLM_OK {
            end(submission.id, exchange.outcome(CURLE_FAILED_INIT))
        }
    }

    private mutating func finishDone() {
        var result = CURLE_OK
        while let easy = ccurl_multi_next_done(multi, &result) {
            guard let exchange = exchanges[easy] else { continue }
            end(exchange.submission.id, exchange.outcome(result))
        }
    }

    /// Ends a waiting or running request; does nothing if it has already ended.
    private mutating func end(_ id: UInt64, _ outcome: Result<HTTPResponse, any Error>) {
        if let submission = waiting.removeValue(forKey: id) {
            submission.continuation.resume(with: outcome)
        } else if let easy = running.removeValue(forKey: id), let exchange = exchanges.removeValue(forKey: easy) {
            _ = ccurl_multi_remove_handle(multi, easy)
            ccurl_easy_reset(easy)
            idle.append(easy)
            queue.release(origin: exchange.submission.target.origin)
            exchange.submission.continuation.resume(with: outcome)
        }
    }

    private mutating func fail(_ id: UInt64, _ code: HTTPTransportError.Code, _ message: String) {
        let target = waiting[id]?.target ?? running[id].flatMap { exchanges[$0] }?.submission.target
        end(id, .failure(HTTPTransportError(code: code, place: target?.place ?? "", message: message)))
    }
}
