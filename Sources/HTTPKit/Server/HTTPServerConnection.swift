internal import CMicroHTTPD
import Glibc

/// A connection of libmicrohttpd: what its request says, and how it is answered.
struct HTTPServerConnection {
    let pointer: OpaquePointer

    /// The request's header fields, in order.
    var headers: HTTPHeaders {
        var headers = HTTPHeaders()
        _ = withUnsafeMutablePointer(to: &headers) { headers in
            cmhd_headers(
                pointer,
                { context, _, name, nameSize, value, valueSize in
                    guard let headers = context?.assumingMemoryBound(to: HTTPHeaders.self) else { return .NO }
                    headers.pointee.add(text(name, nameSize), Grammar.trimmed(text(value, valueSize)))
                    return .YES
                }, headers)
        }
        return headers
    }

    /// The peer's IP address; empty when it is not known.
    var peerAddress: String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { buffer in
            cmhd_peer(pointer, buffer.baseAddress, socklen_t(buffer.count)).map { String(cString: $0) } ?? ""
        }
    }

    /// Hands the answer to libmicrohttpd, from the connection's own thread; false closes the connection.
    func queue(_ answer: HTTPServerAnswer, closing: Bool) -> Bool {
        switch answer {
        case .reset: return false
        case .response(let response): return send(response, sentBytes: response.body.count, closing: closing)
        case .truncated(let response, let sentBytes): return send(response, sentBytes: sentBytes, closing: closing)
        }
    }

    private func send(_ response: HTTPResponse, sentBytes: Int, closing: Bool) -> Bool {
        guard let message = make(response, sentBytes: sentBytes) else { return false }
        defer { cmhd_release(message) }
        var fields = response.headers
        if closing { fields["Connection"] = "close" }
        for field in fields.fields where !Self.isFraming(field.name) {
            guard Grammar.isToken(field.name.utf8), Grammar.isFieldValue(field.value.utf8),
                cmhd_add_header(message, field.name, field.value) == .YES
            else { return sendUnusable() }
        }
        guard (200...599).contains(response.status) else { return sendUnusable() }
        return cmhd_queue(pointer, UInt32(response.status), message) == .YES
    }

    private func make(_ response: HTTPResponse, sentBytes: Int) -> OpaquePointer? {
        let body = response.status == 204 || response.status == 304 ? [] : response.body
        guard sentBytes < body.count else { return body.withUnsafeBytes { cmhd_response($0.baseAddress, $0.count) } }
        let part = Unmanaged.passRetained(TruncatedBody(body.prefix(max(0, sentBytes))))
        return cmhd_streamed_response(
            UInt64(body.count),
            { context, position, buffer, room in
                guard let context, let buffer else { return TruncatedBody.endsHere }
                let part = Unmanaged<TruncatedBody>.fromOpaque(context).takeUnretainedValue()
                return part.copy(from: Int(position), to: UnsafeMutableRawBufferPointer(start: buffer, count: room))
            }, part.toOpaque(),
            { context in
                if let context { Unmanaged<TruncatedBody>.fromOpaque(context).release() }
            })
    }

    /// The handler made an answer that HTTP cannot carry.
    private func sendUnusable() -> Bool {
        let failure = HTTPFailure(status: 500, code: "internal", message: "the server made an unusable answer")
        return send(failure.response, sentBytes: .max, closing: true)
    }

    /// Fields that say where the body ends; only the server knows.
    private static func isFraming(_ name: String) -> Bool {
        name.utf8.count == 14 && name.lowercased() == "content-length"
            || name.utf8.count == 17 && name.lowercased() == "transfer-encoding"
    }
}

/// The part of a body that is sent before the connection breaks.
private final class TruncatedBody {
    /// Tells libmicrohttpd that a body ends before its declared length (`MHD_CONTENT_READER_END_WITH_ERROR`).
    static let endsHere = -2

    private let bytes: [UInt8]

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = Array(bytes) }

    func copy(from position: Int, to buffer: UnsafeMutableRawBufferPointer) -> Int {
        let rest = bytes[min(position, bytes.count)...].prefix(buffer.count)
        guard !rest.isEmpty else { return Self.endsHere }
        buffer.copyBytes(from: rest)
        return rest.count
    }
}

private func text(_ start: UnsafePointer<CChar>?, _ count: Int) -> String {
    start.map { String(decoding: UnsafeRawBufferPointer(start: $0, count: count), as: UTF8.self) } ?? ""
}
