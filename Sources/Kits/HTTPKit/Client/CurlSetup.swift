internal import CCurl

/// One of libcurl's reusable transfer handles.
typealias CurlEasy = OpaquePointer

/// The header fields of a request in libcurl's form; libcurl reads them during the transfer.
final class CurlFields {
    let list: UnsafeMutablePointer<curl_slist>?

    init(_ request: HTTPRequest) {
        var list: UnsafeMutablePointer<curl_slist>?
        for field in request.headers.fields where !Self.isFraming(field.name) {
            // libcurl omits the field for "Name:" and sends it empty for "Name;".
            list = ccurl_slist_append(list, field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)")
        }
        list = ccurl_slist_append(list, "Expect:")
        if request.headers["Content-Type"] == nil { list = ccurl_slist_append(list, "Content-Type:") }
        self.list = list
    }

    deinit { ccurl_slist_free_all(list) }

    /// Framing fields, which only the transport sets.
    private static func isFraming(_ name: String) -> Bool {
        ["content-length", "transfer-encoding", "expect"].contains(name.lowercased())
    }
}

/// Sets options and keeps the first error.
struct CurlSetup {
    let easy: CurlEasy
    private(set) var result = CURLE_OK

    init(easy: CurlEasy) { self.easy = easy }

    /// Sets the options that are the same for every request.
    mutating func applyPolicy(_ options: CurlOptions) {
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        set(CURLOPT_FOLLOWLOCATION, 0)
        set(CURLOPT_PROXY, "")  // Also disables http_proxy and similar variables.
        set(CURLOPT_NETRC, 0)
        set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        set(CURLOPT_PATH_AS_IS, 1)
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        set(CURLOPT_QUICK_EXIT, 1)  // Otherwise a timeout waits for an unresponsive name server.
        set(CURLOPT_USERAGENT, options.userAgent)
        if let file = options.certificateAuthoritiesFile { set(CURLOPT_CAINFO, file) }
    }

    mutating func applyTimes(until deadline: ContinuousClock.Instant, connecting seconds: Double) {
        let left = max(1, milliseconds(deadline - .now))
        set(CURLOPT_TIMEOUT_MS, left)
        set(CURLOPT_CONNECTTIMEOUT_MS, max(1, min(left, milliseconds(clampedSeconds(seconds)))))
    }

    mutating func applyMethod(_ request: HTTPRequest) {
        switch (request.method, request.body.isEmpty) {
        case ("GET", true): set(CURLOPT_HTTPGET, 1)
        case ("HEAD", _): set(CURLOPT_NOBODY, 1)
        case ("DELETE", true), ("OPTIONS", true), ("TRACE", true):
            set(CURLOPT_HTTPGET, 1)
            set(CURLOPT_CUSTOMREQUEST, request.method)
        default:
            // An empty body is sent with Content-Length: 0.
            set(CURLOPT_POST, 1)
            set(CURLOPT_POSTFIELDSIZE_LARGE, bytes: request.body.count)
            request.body.withUnsafeBytes { body in
                if let start = body.baseAddress, !body.isEmpty {
                    set(CURLOPT_COPYPOSTFIELDS, pointer: start)
                } else {
                    set(CURLOPT_COPYPOSTFIELDS, "")
                }
            }
            set(CURLOPT_CUSTOMREQUEST, request.method)
        }
    }

    mutating func set(_ option: CURLoption, _ value: Int) { note(ccurl_set_long(easy, option, value)) }
    mutating func set(_ option: CURLoption, bytes: Int) { note(ccurl_set_size(easy, option, bytes)) }
    /// libcurl copies the text.
    mutating func set(_ option: CURLoption, _ value: String) { note(ccurl_set_text(easy, option, value)) }
    mutating func set(_ option: CURLoption, _ fields: CurlFields) { note(ccurl_set_list(easy, option, fields.list)) }
    mutating func set(_ option: CURLoption, pointer: UnsafeRawPointer) {
        note(ccurl_set_pointer(easy, option, pointer))
    }
    mutating func receive(_ option: CURLoption, _ callback: curl_write_callback) {
        note(ccurl_set_receiver(easy, option, callback))
    }
    mutating func beforeRequest(_ callback: curl_prereq_callback) { note(ccurl_set_before_request(easy, callback)) }

    private mutating func note(_ code: CURLcode) { if result == CURLE_OK { result = code } }
}

/// Untrusted seconds, clamped to between 1 millisecond and one day.
func clampedSeconds(_ seconds: Double) -> Duration {
    .seconds(seconds.isNaN ? 0.001 : min(max(seconds, 0.001), 86_400))
}

/// Rounded up, so that a wait is never too short.
func milliseconds(_ duration: Duration) -> Int { Int((duration / .milliseconds(1)).rounded(.up)) }
