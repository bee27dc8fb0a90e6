extension QRCode {
    /// How a terminal shows dark modules on a light background.
    package enum TerminalStyle: String, CaseIterable, Sendable {
        /// Sets black on white with escape sequences, which works on a color terminal with any theme.
        case ansi
        /// For dark text on a light background: dark modules are drawn.
        case light
        /// For light text on a dark background: light modules are drawn.
        case dark
    }

    /// Black and white of the 256 colors, which themes, unlike the first 16, do not change.
    private static let blackOnWhite = "\u{1B}[38;5;16;48;5;231m"

    /// The code with its quiet zone as lines of half-block characters, two rows of modules per line.
    ///
    /// Each line ends in a newline; it is `size` + 8 columns wide.
    package func terminal(_ style: TerminalStyle) -> String {
        let edge = -Self.quietZone..<size + Self.quietZone
        var text = ""
        for y in stride(from: edge.lowerBound, to: edge.upperBound, by: 2) {
            if style == .ansi { text += Self.blackOnWhite }
            for x in edge {
                let drawn = (top: isDark(x, y), bottom: isDark(x, y + 1))
                switch style == .dark ? (!drawn.top, !drawn.bottom) : drawn {
                case (true, true): text += "█"
                case (true, false): text += "▀"
                case (false, true): text += "▄"
                case (false, false): text += " "
                }
            }
            text += style == .ansi ? "\u{1B}[0m\n" : "\n"
        }
        return text
    }

    /// A standalone SVG image, black on white, with its quiet zone.
    /// - Parameter moduleSize: pixels along one side of a module at the image's natural size.
    package func svg(moduleSize: Int = 4) -> String {
        let side = size + 2 * Self.quietZone
        let path = darkRuns.map { "M\($0.x + Self.quietZone) \($0.y + Self.quietZone)h\($0.length)v1h-\($0.length)z" }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(side * moduleSize)" height="\(side * moduleSize)" \
            viewBox="0 0 \(side) \(side)" shape-rendering="crispEdges">\
            <path fill="#fff" d="M0 0h\(side)v\(side)H0z"/><path d="\(path.joined())"/></svg>

            """
    }

    /// A PNG image with one bit per pixel, black on white, with its quiet zone.
    /// - Parameter moduleSize: pixels along one side of a module, 1 to 64.
    /// - Throws: ``DocumentError/drawingFailed(_:)``.
    package func png(moduleSize: Int = 8) throws -> [UInt8] {
        let scale = min(max(1, moduleSize), 64)
        let margin = Double(Self.quietZone * scale)
        return try Surface.bitmapPNG(side: Int32((size + 2 * Self.quietZone) * scale)) { context in
            context.draw(self, x: margin, y: margin, module: Double(scale))
        }
    }
}
