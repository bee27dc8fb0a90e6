import Glibc
import Synchronization

/// A C library that is opened on first use, so that a command which does not need it starts without it.
///
/// Success is kept for the life of the process. A failure is not: it may be for want of a descriptor, and the next use
/// tries again.
package final class SharedLibrary<Functions: Sendable>: Sendable {
    private let files: [String]
    private let package: @Sendable (String) -> String
    private let nameAt: @Sendable (Int) -> UnsafePointer<CChar>?
    /// Address of the table once it is filled; it is never released.
    private let table = Atomic<UInt>(0)

    /// - Parameters:
    ///   - files: as the dynamic linker knows them, with their ABI version: `libcurl.so.4`. The last depends on all
    ///     others.
    ///   - package: the Debian package of a file or function that is missing.
    ///   - nameAt: the name of each function in `Functions`, in order; nil behind the last.
    package init(
        _ files: [String], package: @escaping @Sendable (String) -> String,
        nameAt: @escaping @Sendable (Int) -> UnsafePointer<CChar>?
    ) {
        self.files = files
        self.package = package
        self.nameAt = nameAt
    }

    /// The library's functions; opens it if need be.
    package func functions() throws(SharedLibraryError) -> Functions {
        if let known = UnsafePointer<Functions>(bitPattern: table.load(ordering: .acquiring)) { return known.pointee }
        let new = try load()
        let (isFirst, _) = table.compareExchange(
            expected: 0, desired: UInt(bitPattern: new), ordering: .acquiringAndReleasing)
        defer { if !isFirst { new.deallocate() } }
        return new.pointee
    }

    private func load() throws(SharedLibraryError) -> UnsafeMutablePointer<Functions> {
        var last: UnsafeMutableRawPointer?
        for file in files {
            guard let handle = dlopen(file, RTLD_NOW | RTLD_LOCAL) else { throw failure(file) }
            last = handle
        }
        let table = UnsafeMutableRawPointer.allocate(
            byteCount: MemoryLayout<Functions>.size, alignment: MemoryLayout<Functions>.alignment)
        let slots = table.assumingMemoryBound(to: UnsafeMutableRawPointer?.self)
        var index = 0
        while let name = nameAt(index) {
            guard let function = dlsym(last, name) else {
                table.deallocate()
                throw failure(String(cString: name))
            }
            slots[index] = function
            index += 1
        }
        precondition(index * MemoryLayout<UnsafeRawPointer>.size == MemoryLayout<Functions>.size)
        return table.bindMemory(to: Functions.self, capacity: 1)
    }

    private func failure(_ name: String) -> SharedLibraryError {
        let reason = dlerror().map { String(cString: $0) } ?? "unknown reason"
        return SharedLibraryError(name: name, package: package(name), reason: reason)
    }
}

/// A shared library cannot be opened, or lacks a function.
package struct SharedLibraryError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file or function.
    package var name: String
    /// The Debian package that brings it.
    package var package: String
    /// The dynamic loader's words.
    package var reason: String

    package init(name: String, package: String, reason: String) {
        self.name = name
        self.package = package
        self.reason = reason
    }

    /// Whether it may well be installed: the process has no descriptor left to open it with.
    package var isLackOfDescriptors: Bool {
        [EMFILE, ENFILE].contains { number in
            strerror(number).map { reason.contains(String(cString: $0)) } ?? false
        }
    }

    package var description: String { "\(name) cannot be opened (Debian package \(package)): \(reason)" }
}
