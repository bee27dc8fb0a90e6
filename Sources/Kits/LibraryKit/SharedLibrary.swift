import Glibc
import Synchronization

/// A C library opened on first use, so that commands that do not need it start faster.
///
/// Success is cached for the life of the process. A failure is not, because it may be a temporary lack of descriptors;
/// the next use retries.
package final class SharedLibrary<Functions: Sendable>: Sendable {
    private let files: [String]
    private let package: @Sendable (String) -> String
    private let nameAt: @Sendable (Int) -> UnsafePointer<CChar>?
    /// Address of the function table once it is filled; never released.
    private let table = Atomic<UInt>(0)

    /// - Parameters:
    ///   - files: names for the dynamic linker with their ABI version: `libcurl.so.4`. The last one depends on all
    ///     others.
    ///   - package: the Debian package of a missing file or function.
    ///   - nameAt: the name of each function in `Functions`, in order; nil after the last.
    package init(
        _ files: [String], package: @escaping @Sendable (String) -> String,
        nameAt: @escaping @Sendable (Int) -> UnsafePointer<CChar>?
    ) {
        self.files = files
        self.package = package
        self.nameAt = nameAt
    }

    /// The library's functions; opens the library if necessary.
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
    /// The Debian package that contains it.
    package var package: String
    /// The dynamic linker's message.
    package var reason: String

    package init(name: String, package: String, reason: String) {
        self.name = name
        self.package = package
        self.reason = reason
    }

    /// Whether the process ran out of descriptors, so that the library may be installed after all.
    package var isLackOfDescriptors: Bool {
        [EMFILE, ENFILE].contains { number in
            strerror(number).map { reason.contains(String(cString: $0)) } ?? false
        }
    }

    package var description: String { "\(name) cannot be opened (Debian package \(package)): \(reason)" }
}
