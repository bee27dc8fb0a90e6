/// One glyph's entry in a font's `glyf` table (OpenType 1.9), as short as it gets.
///
/// Fonts are drawn on a fine grid, usually 1,000 or 2,048 units an em, with instructions for low resolutions. A page for
/// print and screens shows no difference without them at ``unitsPerEm``, where most steps along an outline fit into a
/// byte.
struct GlyphOutline: Hashable, Sendable {
    /// At 16 points a unit is 0.06 points, a fiftieth of a millimetre.
    static let unitsPerEm = 256

    /// A point of a contour; those off the curve pull it towards them.
    struct Point: Hashable, Sendable {
        var x: Double
        var y: Double
        var isOnCurve = true
    }

    /// The box around all points, on the grid.
    struct Bounds: Hashable, Sendable {
        var left = 0
        var bottom = 0
        var right = 0
        var top = 0
    }

    /// Empty for a glyph without ink.
    private(set) var entry: [UInt8] = []
    private(set) var bounds = Bounds()
    private(set) var pointCount = 0
    private(set) var contourCount = 0

    private struct GridPoint: Equatable {
        var x: Int
        var y: Int
        var isOnCurve: Bool
    }

    /// - Parameters:
    ///   - contours: closed curves of lines and quadratic splines; between two points off the curve one is implied.
    ///   - unitsPerEm: the size of the grid they are on.
    init(_ contours: [[Point]], unitsPerEm: Double) {
        let scale = Double(Self.unitsPerEm) / unitsPerEm
        let contours = contours.map { Self.onGrid($0, scale) }.filter { $0.count > 2 }
        let points = contours.flatMap(\.self)
        // Contours and points are counted in 16 bits; no font comes near.
        guard let first = points.first, points.count < 0x8000 else { return }
        (pointCount, contourCount) = (points.count, contours.count)
        bounds = Bounds(left: first.x, bottom: first.y, right: first.x, top: first.y)
        for point in points {
            (bounds.left, bounds.right) = (min(bounds.left, point.x), max(bounds.right, point.x))
            (bounds.bottom, bounds.top) = (min(bounds.bottom, point.y), max(bounds.top, point.y))
        }
        for number in [contourCount, bounds.left, bounds.bottom, bounds.right, bounds.top] {
            entry.appendInteger16(number)
        }
        var end = -1
        for contour in contours {
            end += contour.count
            entry.appendInteger16(end)
        }
        // No instructions.
        entry.appendInteger16(0)
        append(points)
        if entry.count % 2 == 1 { entry.append(0) }
    }

    /// Half up, as rasterisers do it, without the points that tell nothing.
    private static func onGrid(_ contour: [Point], _ scale: Double) -> [GridPoint] {
        var result: [GridPoint] = []
        for (index, point) in contour.enumerated() where !isImplied(index, contour) {
            let place = GridPoint(
                x: Int((point.x * scale + 0.5).rounded(.down)), y: Int((point.y * scale + 0.5).rounded(.down)),
                isOnCurve: point.isOnCurve)
            if place != result.last || !place.isOnCurve { result.append(place) }
        }
        if result.count > 1, result.last == result.first, result[0].isOnCurve { result.removeLast() }
        return result
    }

    /// Whether a point lies on the curve in the middle between two that do not, where it need not be written.
    private static func isImplied(_ index: Int, _ contour: [Point]) -> Bool {
        guard index > 0, contour[index].isOnCurve else { return false }
        let (point, before, after) = (contour[index], contour[index - 1], contour[(index + 1) % contour.count])
        return !before.isOnCurve && !after.isOnCurve && abs(before.x + after.x - 2 * point.x) < 0.01
            && abs(before.y + after.y - 2 * point.y) < 0.01
    }

    // MARK: - Points as flags and steps

    private enum Flag {
        static let onCurve: UInt8 = 0x01
        static let shortX: UInt8 = 0x02
        static let shortY: UInt8 = 0x04
        static let `repeat`: UInt8 = 0x08
        /// Positive where the step is short, zero and left out where it is not.
        static let sameX: UInt8 = 0x10
        static let sameY: UInt8 = 0x20
    }

    private mutating func append(_ points: [GridPoint]) {
        var flags: [UInt8] = []
        var (columns, rows): ([UInt8], [UInt8]) = ([], [])
        var (x, y) = (0, 0)
        for point in points {
            flags.append(
                (point.isOnCurve ? Flag.onCurve : 0)
                    | Self.append(point.x - x, to: &columns, short: Flag.shortX, same: Flag.sameX)
                    | Self.append(point.y - y, to: &rows, short: Flag.shortY, same: Flag.sameY))
            (x, y) = (point.x, point.y)
        }
        appendRuns(flags)
        entry += columns
        entry += rows
    }

    /// The flags that say how the step was written.
    private static func append(_ step: Int, to steps: inout [UInt8], short: UInt8, same: UInt8) -> UInt8 {
        guard step != 0 else { return same }
        guard abs(step) < 256 else {
            steps.appendInteger16(step)
            return 0
        }
        steps.append(UInt8(abs(step)))
        return step > 0 ? short | same : short
    }

    private mutating func appendRuns(_ flags: [UInt8]) {
        var rest = flags[...]
        while let flag = rest.first {
            let count = min(rest.prefix { $0 == flag }.count, 256)
            // Two equal ones take the same room repeated or written twice.
            if count > 2 {
                entry += [flag | Flag.repeat, UInt8(count - 1)]
            } else {
                entry += rest.prefix(count)
            }
            rest = rest.dropFirst(count)
        }
    }
}
