import CCrypto

/// SHA-256 (FIPS 180-4), by OpenSSL.
package enum SHA256 {
    /// Size of a digest in bytes.
    package static let byteCount = 32

    package static func digest(_ bytes: [UInt8]) -> [UInt8] {
        let library = CryptoLibrary.functions
        return [UInt8](unsafeUninitializedCapacity: byteCount) { digest, count in
            let status = library.EVP_Digest(bytes, bytes.count, digest.baseAddress, nil, library.EVP_sha256(), nil)
            // Fails only if the library does not provide SHA-256 or memory is exhausted.
            precondition(status == 1, "OpenSSL cannot compute SHA-256")
            count = byteCount
        }
    }
}

/// HMAC with SHA-256 (RFC 2104, RFC 4231), by OpenSSL.
package enum HMACSHA256 {
    /// The 32-byte authentication code of `message`; the key may have any length.
    package static func authenticate(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        let library = CryptoLibrary.functions
        return [UInt8](unsafeUninitializedCapacity: SHA256.byteCount) { code, count in
            let result = library.HMAC(
                library.EVP_sha256(), key, Int32(key.count), message, message.count, code.baseAddress, nil)
            precondition(result != nil, "OpenSSL cannot compute HMAC-SHA-256")
            count = SHA256.byteCount
        }
    }
}

/// Comparison in time independent of where two secrets differ.
package enum ConstantTime {
    /// Whether the bytes are equal; the time taken reveals only the lengths.
    package static func equals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && CryptoLibrary.functions.CRYPTO_memcmp(left, right, left.count) == 0
    }
}
