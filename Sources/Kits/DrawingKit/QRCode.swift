internal import CQREncode

/// A QR code (ISO/IEC 18004): a square of dark and light modules, without its quiet zone.
package struct QRCode: Hashable, Sendable {
    /// How much of the code may be damaged while it stays readable.
    package enum ErrorCorrection: CaseIterable, Sendable {
        /// About 7, 15, 25 and 30 percent.
        case low, medium, quartile, high
    }

    /// Light modules that must surround the code (ISO/IEC 18004, 5.3.8).
    package static let quietZone = 4

    /// Modules along one side, 21 to 177.
    package let size: Int
    private let modules: [Bool]

    /// The smallest code that holds `text` as UTF-8.
    /// - Throws: ``DocumentError/notEncodable(bytes:)`` if the text is empty, contains NUL or is too long (at
    ///   ``ErrorCorrection/medium`` 2,331 bytes, more for digits).
    package init(_ text: String, errorCorrection: ErrorCorrection = .medium) throws(DocumentError) {
        let qrencode = try QREncode.functions()
        let bytes = text.utf8.count
        guard bytes > 0, !text.utf8.contains(0),
            let code = qrencode.QRcode_encodeString(text, 0, errorCorrection.level, QR_MODE_8, 1)
        else { throw .notEncodable(bytes: bytes) }
        defer { qrencode.QRcode_free(code) }
        let side = Int(code.pointee.width)
        guard let data = code.pointee.data else { throw .notEncodable(bytes: bytes) }
        size = side
        // The lowest bit of each byte is the module's color, the others its function.
        modules = UnsafeBufferPointer(start: data, count: side * side).map { $0 & 1 == 1 }
    }

    /// Whether the module in column `x` and row `y` is dark; everything outside the code is light.
    package func isDark(_ x: Int, _ y: Int) -> Bool {
        let range = 0..<size
        return range.contains(x) && range.contains(y) && modules[y * size + x]
    }

    /// The dark modules as horizontal runs, row by row.
    package var darkRuns: [Run] {
        (0..<size).flatMap { y in
            var runs: [Run] = []
            for x in 0..<size where isDark(x, y) {
                if let last = runs.last, last.x + last.length == x {
                    runs[runs.count - 1].length += 1
                } else {
                    runs.append(Run(x: x, y: y, length: 1))
                }
            }
            return runs
        }
    }

    /// Adjacent dark modules of one row.
    package struct Run: Hashable, Sendable {
        package var x: Int
        package var y: Int
        package var length: Int
    }
}

extension QRCode.ErrorCorrection {
    fileprivate var level: QRecLevel {
        switch self {
        case .low: QR_ECLEVEL_L
        case .medium: QR_ECLEVEL_M
        case .quartile: QR_ECLEVEL_Q
        case .high: QR_ECLEVEL_H
        }
    }
}
