import CCrypto

/// The password-based key derivation function scrypt (RFC 7914), by OpenSSL: memory-hard, so that guessing is expensive
/// on every kind of hardware.
package struct Scrypt: Hashable, Sendable {
    /// Rounds, a power of two; with ``blockSize`` it decides the memory, 128 × cost × blockSize bytes.
    package let cost: UInt64
    package let blockSize: UInt64
    package let parallelism: UInt64

    /// 32 MiB and about a tenth of a second.
    package static let interactive = Scrypt(cost: 1 << 15, blockSize: 8, parallelism: 1)

    /// - Parameter cost: a power of two, 2 to 2^20; anything else is a programming error.
    package init(cost: UInt64, blockSize: UInt64, parallelism: UInt64) {
        precondition((2...1 << 20).contains(cost) && cost.nonzeroBitCount == 1, "\(cost) cannot be a cost of scrypt")
        precondition(
            (1...32).contains(blockSize) && (1...16).contains(parallelism), "scrypt's parameters are too large")
        self.cost = cost
        self.blockSize = blockSize
        self.parallelism = parallelism
    }

    /// Derives a key of `count` bytes. It takes its time: not within a transaction, and not on a thread of the server.
    /// - Throws: ``OutOfMemory``.
    package func key(password: [UInt8], salt: [UInt8], count: Int = 32) throws(OutOfMemory) -> [UInt8] {
        let library = CryptoLibrary.functions
        let memory = 128 * cost * blockSize + 128 * blockSize * (parallelism + 2)
        var key = [UInt8](repeating: 0, count: count)
        let status = password.withUnsafeBytes { password in
            library.EVP_PBE_scrypt(
                password.baseAddress?.assumingMemoryBound(to: CChar.self), password.count, salt, salt.count, cost,
                blockSize, parallelism, memory, &key, count)
        }
        guard status == 1 else { throw OutOfMemory() }
        return key
    }

    /// The memory that the derivation needs is not there.
    package struct OutOfMemory: Error, Hashable, Sendable {}
}
