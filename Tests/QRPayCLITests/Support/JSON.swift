import TestSupport

/// Shorter, and not JSONKit's.
typealias JSON = ReceivedJSON
