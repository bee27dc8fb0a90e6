internal import CCurl

/// A request on its way to the curl thread.
struct CurlSubmission: Sendable {
    /// Increases with each request of a transport.
    var id: UInt64
    var request: HTTPRequest
    var target: HTTPTarget
    var deadline: ContinuousClock.Instant
    var continuation: CheckedContinuation<HTTPResponse, any Error>
}

/// One libcurl transfer; confined to the curl thread, which retains it until libcurl has released it.
final class CurlExchange {
    let submission: CurlSubmission
    private(set) var progress = CurlProgress()
    private var answer = HTTPResponse(status: 0)
    private var headerBytes = 0
    private var headersEnded = false
    private let maximumHeaderBytes: Int
    private let fields: CurlFields
    private let errorText: UnsafeMutablePointer<CChar>

    init(_ submission: CurlSubmission, options: CurlOptions) {
        self.submission = submission
        maximumHeaderBytes = options.maximumHeaderBytes
        fields = CurlFields(submission.request)
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit { errorText.deallocate() }

    /// Configures a new or reset `easy` for this exchange, which must outlive the transfer.
    func configure(_ easy: CurlEasy, options: CurlOptions) -> CURLcode {
        let request = submission.request
        var setup = CurlSetup(easy: easy)
        setup.applyPolicy(options)
        setup.applyTimes(until: submission.deadline, connecting: options.connectTimeoutSeconds)
        setup.set(CURLOPT_URL, request.url)
        setup.applyMethod(request)
        setup.set(CURLOPT_HTTPHEADER, fields)
        if request.method != "HEAD", request.maximumResponseBytes > 0 {
            setup.set(CURLOPT_MAXFILESIZE_LARGE, bytes: request.maximumResponseBytes)
        }

        let context = Unmanaged.passUnretained(self).toOpaque()
        setup.set(CURLOPT_ERRORBUFFER, pointer: errorText)
        setup.set(CURLOPT_HEADERDATA, pointer: context)
        setup.set(CURLOPT_WRITEDATA, pointer: context)
        setup.set(CURLOPT_PREREQDATA, pointer: context)
        setup.receive(CURLOPT_HEADERFUNCTION) { CurlExchange.receive($0, $1, $2, $3) { $0.take(headerLine: $1) } }
        setup.receive(CURLOPT_WRITEFUNCTION) { CurlExchange.receive($0, $1, $2, $3) { $0.take(body: $1) } }
        setup.beforeRequest { context, _, _, _, _ in
            guard let context else { return CURL_PREREQFUNC_ABORT }
            let exchange = Unmanaged<CurlExchange>.fromOpaque(context).takeUnretainedValue()
            return exchange.mayBegin() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
        }
        return setup.result
    }

    /// The outcome that libcurl's `result` means for the sender.
    func outcome(_ result: CURLcode) -> Result<HTTPResponse, any Error> {
        if result == CURLE_OK, headersEnded { return .success(answer) }
        // libcurl accepts a truncated head as complete.
        let result = result == CURLE_OK ? CURLE_PARTIAL_FILE : result
        let code = HTTPTransportError.Code(result, after: progress)
        var message = String(cString: errorText)
        if message.isEmpty { message = String(cString: ccurl_easy_strerror(result)) }
        if progress.isTooLarge { message = "the response is larger than the request allows" }
        return .failure(HTTPTransportError(code: code, place: submission.target.place, message: message))
    }

    /// Called when a connection is ready, before the first byte is sent.
    ///
    /// libcurl calls it again before repeating a request whose reused connection broke. The server may already have
    /// acted, so the sender must be told: a request is sent only once.
    private func mayBegin() -> Bool {
        defer { progress.requestBegan = true }
        return !progress.requestBegan
    }

    private static func receive(
        _ start: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?,
        _ take: (CurlExchange, UnsafeRawBufferPointer) -> Bool
    ) -> Int {
        guard let context else { return 0 }
        let exchange = Unmanaged<CurlExchange>.fromOpaque(context).takeUnretainedValue()
        let bytes = UnsafeRawBufferPointer(start: start, count: size * count)
        guard take(exchange, bytes) else {
            exchange.progress.isTooLarge = true
            return bytes.isEmpty ? 1 : 0
        }
        return bytes.count
    }

    private func take(body bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count <= submission.request.maximumResponseBytes - answer.body.count else { return false }
        answer.body.append(contentsOf: bytes)
        return true
    }

    /// Handles one line of the head of the final or an interim (1xx) response, or of the trailer, which is discarded.
    private func take(headerLine bytes: UnsafeRawBufferPointer) -> Bool {
        headerBytes += bytes.count
        guard headerBytes <= maximumHeaderBytes else { return false }
        var line = bytes[...]
        while let last = line.last, last == 0x0D || last == 0x0A { line = line.dropLast() }
        if line.isEmpty {
            headersEnded = true
        } else if line.starts(with: "HTTP/".utf8), answer.status < 200 {
            headersEnded = false
            answer.headers = HTTPHeaders()
            let status = line.drop { $0 != UInt8(ascii: " ") }.dropFirst().prefix(3)
            answer.status = Int(String(decoding: status, as: UTF8.self)) ?? 0
        } else if !headersEnded, let colon = line.firstIndex(of: UInt8(ascii: ":")) {
            let value = line[(colon + 1)...].trimmingBlanks()
            answer.headers.add(
                String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self))
        }
        return true
    }
}
