internal import CCurl
import Glibc
package import LibraryKit
import Synchronization

/// Sends requests through libcurl, all of them driven by one thread of its own.
///
/// Connections are kept and reused. Nothing is followed, repeated or taken from the environment: one request is one
/// exchange with the server it names. Library and thread come into being with the first request.
package final class CurlTransport: HTTPTransport {
    private struct State {
        var thread: (inbox: CurlInbox, id: pthread_t)?
        var isClosed = false
        var lastID: UInt64 = 0
    }

    private static let library = SharedLibrary<CurlFunctions>(
        [CCURL_LIBRARY], package: { _ in "libcurl4" }, nameAt: { ccurl_function_name($0) })

    private let options: CurlOptions
    private let state = Mutex(State())

    package init(options: CurlOptions = CurlOptions()) { self.options = options }

    deinit { close() }

    /// The version of the libcurl in use, such as `7.88.1`.
    package static func libraryVersion() throws(SharedLibraryError) -> String {
        _ = try library.functions()
        // "libcurl/7.88.1 OpenSSL/3.0.17 …"
        let names = String(cString: ccurl_version())
        return String(names.prefix { $0 != " " }.drop { $0 != "/" }.dropFirst())
    }

    /// Makes everything ready that a request needs besides its connection.
    package func prepare() throws {
        _ = try admit(HTTPTarget(origin: "", place: ""))
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else {
            let reason = strerror(errno).map { String(cString: $0) } ?? ""
            throw HTTPTransportError(code: .cannotConnect, place: "", message: "no socket can be made: \(reason)")
        }
        Glibc.close(descriptor)
    }

    package func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let target = try HTTPTarget(checking: request)
        try Task.checkCancellation()
        let deadline = ContinuousClock.now + clampedSeconds(request.timeoutSeconds)
        let (inbox, id) = try admit(target)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let submission = CurlSubmission(
                    id: id, request: request, target: target, deadline: deadline, continuation: continuation)
                if !inbox.submit(submission) {
                    continuation.resume(throwing: cannotConnect(target, "the transport was closed"))
                }
                // A cancellation that came before the submission found nothing to cancel.
                if Task.isCancelled { inbox.cancel(id) }
            }
        } onCancel: {
            inbox.cancel(id)
        }
    }

    /// Ends the thread and every connection, and waits until they are gone. What is still under way fails as lost;
    /// what comes later as not connected.
    package func close() {
        let thread = state.withLock { state in
            state.isClosed = true
            defer { state.thread = nil }
            return state.thread
        }
        guard let thread else { return }
        thread.inbox.close()
        pthread_join(thread.id, nil)
    }

    /// The way to the thread, started when it is first needed, and a number for the next request.
    private func admit(_ target: HTTPTarget) throws -> (CurlInbox, UInt64) {
        try state.withLock { state in
            guard !state.isClosed else { throw cannotConnect(target, "the transport was closed") }
            state.lastID += 1
            if let thread = state.thread { return (thread.inbox, state.lastID) }
            do throws(SharedLibraryError) {
                _ = try Self.library.functions()
            } catch {
                throw cannotConnect(target, error.description)
            }
            guard let thread = CurlThread.start(options) else {
                throw cannotConnect(target, "libcurl cannot be started: no thread or no descriptor is left")
            }
            state.thread = thread
            return (thread.inbox, state.lastID)
        }
    }

    private func cannotConnect(_ target: HTTPTarget, _ message: String) -> HTTPTransportError {
        HTTPTransportError(code: .cannotConnect, place: target.place, message: message)
    }
}

extension CurlThread {
    /// Starts the thread; nil when the system has no resources for it. Whoever starts it closes the inbox and joins it.
    fileprivate static func start(_ options: CurlOptions) -> (inbox: CurlInbox, id: pthread_t)? {
        final class Start {
            var thread: CurlThread
            init(_ thread: CurlThread) { self.thread = thread }
        }
        guard ccurl_global_init() == CURLE_OK, let multi = ccurl_multi_init() else { return nil }
        // Without the descriptors for it, libcurl goes on and cannot be woken: a request would wait for its next timer.
        guard ccurl_multi_wakeup(multi) == CURLM_OK else {
            _ = ccurl_multi_cleanup(multi)
            return nil
        }
        let inbox = CurlInbox(multi: multi)
        let start = Unmanaged.passRetained(Start(CurlThread(inbox: inbox, multi: multi, options: options)))
        var id = pthread_t()
        let status = withSignalsBlocked {
            pthread_create(
                &id, nil,
                { context in
                    guard let context else { return nil }
                    Unmanaged<Start>.fromOpaque(context).takeRetainedValue().thread.run()
                    return nil
                }, start.toOpaque())
        }
        guard status == 0 else {
            start.release()
            _ = ccurl_multi_cleanup(multi)
            return nil
        }
        return (inbox, id)
    }
}
