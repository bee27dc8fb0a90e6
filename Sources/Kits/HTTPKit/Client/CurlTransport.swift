internal import CCurl
import Glibc
package import LibraryKit
import Synchronization

/// Sends requests through libcurl, driven by a single dedicated thread.
///
/// Connections are kept alive and reused. Redirects, retries and proxy variables are disabled: one request is one
/// exchange with the server it names. The library is opened and the thread started by the first request.
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

    /// Prepares everything a request needs except its connection.
    package func prepare() throws {
        _ = try admit(HTTPTarget(origin: "", place: ""))
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else {
            let reason = strerror(errno).map { String(cString: $0) } ?? ""
            throw HTTPTransportError(code: .cannotConnect, place: "", message: "cannot create a socket: \(reason)")
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
                // A cancellation before the submission had no effect.
                if Task.isCancelled { inbox.cancel(id) }
            }
        } onCancel: {
            inbox.cancel(id)
        }
    }

    /// Closes all connections and joins the thread. Running requests fail with `connectionLost`, later ones with
    /// `cannotConnect`.
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

    /// The inbox of the thread, which is started if necessary, and the id of the next request.
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
                throw cannotConnect(target, "cannot start libcurl: out of threads or file descriptors")
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
    /// Starts the thread; nil when the system lacks the resources. The caller closes the inbox and joins the thread.
    fileprivate static func start(_ options: CurlOptions) -> (inbox: CurlInbox, id: pthread_t)? {
        final class Start {
            var thread: CurlThread
            init(_ thread: CurlThread) { self.thread = thread }
        }
        guard ccurl_global_init() == CURLE_OK, let multi = ccurl_multi_init() else { return nil }
        // Without descriptors for its wake-up, libcurl continues but cannot be woken, and a request would wait for the
        // next timer.
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
