import Glibc
import SQLKit
import Testing

@testable import SQLiteEngine

@Suite struct SQLiteErrorTests {
    /// Codes by their numbers in sqlite.org/rescode.html: they never change.
    @Test(
        arguments: [
            ("BUSY", 5, 0, .locked), ("BUSY_SNAPSHOT", 517, 0, .locked), ("LOCKED", 6, 0, .locked),
            ("PROTOCOL", 15, 0, .locked), ("READONLY", 8, 0, .readOnly), ("READONLY_DIRECTORY", 1_544, 0, .readOnly),
            ("CORRUPT", 11, 0, .corrupt), ("CORRUPT_INDEX", 779, 0, .corrupt),
            ("CORRUPT, for the disk failed", 11, EIO, .inputOutput), ("CORRUPT_VTAB", 267, ENXIO, .inputOutput),
            ("CORRUPT, by another errno", 11, ENOENT, .corrupt), ("READONLY_DBMOVED", 1_032, 0, .replaced),
            ("READONLY_CANTLOCK", 520, 0, .readOnly), ("IOERR_CORRUPTFS", 8_458, EIO, .inputOutput),
            ("NOTADB", 26, 0, .notADatabase),
            ("IOERR_FSTAT", 1_802, ENOENT, .replaced), ("FULL", 13, 0, .diskFull),
            ("IOERR_READ", 266, EIO, .inputOutput),
            ("IOERR_SHMSIZE", 4_874, ENOSPC, .diskFull),
            ("IOERR_WRITE", 778, EDQUOT, .diskFull), ("IOERR_WRITE", 778, EROFS, .readOnly),
            ("CANTOPEN", 14, ENOENT, .cannotOpen), ("CANTOPEN", 14, EACCES, .readOnly),
            ("CANTOPEN_ISDIR", 526, 0, .cannotOpen), ("CONSTRAINT_UNIQUE", 2_067, 0, .constraint),
            ("CONSTRAINT_FOREIGNKEY", 787, 0, .constraint), ("ERROR", 1, 0, .other), ("TOOBIG", 18, 0, .other),
            ("MISMATCH", 20, 0, .other),
        ] as [(String, Int32, Int32, SQLError.Code)])
    func `result codes map to codes`(name: String, result: Int32, number: Int32, expected: SQLError.Code) {
        #expect(SQLError.Code(sqliteResult: result, systemError: number) == expected)
    }

    @Test(
        arguments: [
            (ENOSPC, .diskFull), (EROFS, .readOnly), (EACCES, .readOnly), (ENOENT, .cannotOpen), (EISDIR, .cannotOpen),
            (EIO, .inputOutput), (EMFILE, .cannotOpen), (ETIMEDOUT, .locked),
        ] as [(Int32, SQLError.Code)])
    func `system errors map to codes`(number: Int32, expected: SQLError.Code) {
        let error = SQLError(path: "/some/file", systemError: number)
        #expect(error.code == expected)
        #expect(error.message.hasPrefix("/some/file: "))
    }
}
