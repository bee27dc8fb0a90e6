internal import CCurl

/// The progress of a transfer when it ended, which decides whether the server may have acted.
struct CurlProgress {
    /// All or part of the request may have been sent.
    var requestBegan = false
    /// The response exceeded a limit.
    var isTooLarge = false
}

extension HTTPTransportError.Code {
    /// Maps libcurl's result so that `cannotConnect`, `insecure` and `invalidURL` guarantee that nothing was sent.
    ///
    /// libcurl may send a request, lose the connection, and then report that it could not reconnect, hence `progress`.
    init(_ result: CURLcode, after progress: CurlProgress) {
        if progress.isTooLarge || result == CURLE_FILESIZE_EXCEEDED {
            self = .responseTooLarge
            return
        }
        switch result {
        case CURLE_OPERATION_TIMEDOUT: self = progress.requestBegan ? .timedOut : .cannotConnect
        case _ where progress.requestBegan: self = .connectionLost
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL, CURLE_LOGIN_DENIED: self = .invalidURL
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT, CURLE_INTERFACE_FAILED, CURLE_NO_CONNECTION_AVAILABLE:
            self = .cannotConnect
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CRL_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS,
            CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED,
            CURLE_SSL_ENGINE_INITFAILED, CURLE_USE_SSL_FAILED, CURLE_SSL_CLIENTCERT:
            self = .insecure
        case CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_PARTIAL_FILE, CURLE_WEIRD_SERVER_REPLY:
            self = .connectionLost
        default: self = .other
        }
    }
}
