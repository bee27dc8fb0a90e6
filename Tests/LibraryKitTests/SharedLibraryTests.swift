import Glibc
import TestSupport
import Testing

@testable import LibraryKit

/// C libraries opened on first use.
@Suite struct SharedLibraryTests {
    private struct Functions: Sendable {
        var getpid: @convention(c) () -> Int32
    }

    /// A library with one function of the given name.
    private func library(_ file: String, function: StaticString = "getpid") -> SharedLibrary<Functions> {
        SharedLibrary(
            [file], package: { "package-of-\($0)" },
            nameAt: { index in
                index == 0 ? UnsafeRawPointer(function.utf8Start).assumingMemoryBound(to: CChar.self) : nil
            })
    }

    @Test func `the functions of a library are called by their names`() throws {
        let library = library("libc.so.6")
        #expect(try library.functions().getpid() == getpid())
        #expect(try library.functions().getpid() == getpid())
    }

    @Test func `an error names what is missing and its package`() throws {
        let file = #expect(throws: SharedLibraryError.self) { try library("libnowhere.so.7").functions() }
        #expect(file?.name == "libnowhere.so.7" && file?.package == "package-of-libnowhere.so.7")
        #expect(file?.description.contains("cannot open shared object file") == true)
        #expect(file?.isLackOfDescriptors == false)
        let function = #expect(throws: SharedLibraryError.self) {
            try library("libc.so.6", function: "no_such_function").functions()
        }
        #expect(function?.name == "no_such_function" && function?.package == "package-of-no_such_function")
    }

    @Test func `a failure is not cached`() throws {
        let directory = try TemporaryDirectory()
        let file = directory.file("library.so")
        let library = library(file)
        for _ in 0..<2 { #expect(throws: SharedLibraryError.self) { try library.functions() } }
        try #require(symlink("/lib/x86_64-linux-gnu/libc.so.6", file) == 0 || symlink("/lib/libc.so.6", file) == 0)
        #expect(try library.functions().getpid() == getpid())
    }

    @Test(arguments: [EMFILE, ENFILE])
    func `a lack of descriptors is distinguished from a missing library`(_ number: Int32) {
        let reason = "libcurl.so.4: cannot open shared object file: \(String(cString: strerror(number)))"
        #expect(SharedLibraryError(name: "libcurl.so.4", package: "libcurl4", reason: reason).isLackOfDescriptors)
    }

    @Test func `threads that open a library concurrently get the same functions`() async {
        let library = library("libc.so.6")
        let all = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<32 { group.addTask { (try? library.functions().getpid()) == getpid() } }
            return await group.allSatisfy { $0 }
        }
        #expect(all)
    }
}
