import FoundationEssentials
import Glibc
import Payments
import SQLKit
import SQLiteEngine
import WorldKit

/// Checks that the store is usable and intact. Nothing is created or changed.
enum StoreChecks {
    static func findings(_ configuration: Configuration, at now: Instant) async -> [DoctorFinding] {
        do {
            let place = StorePlace(try configuration.path(\.storePath))
            if case .server = place { return await ServerStoreChecks(place, configuration).findings(at: now) }
            return await findings(place.text, hasBroker: configuration.broker.isGiven, at: now)
        } catch {
            return [library, .failed("store", error)]
        }
    }

    private static func findings(_ path: String, hasBroker: Bool, at now: Instant) async -> [DoctorFinding] {
        guard FileManager.default.fileExists(atPath: path) else { return [library, missing(path)] }
        let database: SQLiteDatabase
        do {
            var options = SQLiteOptions()
            options.mode = .readOnly
            // Everything missing is reported below.
            options.checksTables = false
            database = try await SQLiteDatabase.open(
                .file(path: path), migrations: Schema.migrations, options: options)
        } catch let error as SQLError where error.code == .readOnly {
            return [
                library,
                .warning("store", error.message, "run any command that writes, such as 'qrpay work --drain'"),
                writerLock(path),
            ]
        } catch {
            return [library, .failed("store", error)]
        }
        if let move = try? await database.read({ try StoreMarks($0).move() }) {
            await database.close()
            return [library, .failed("store", SQLError(code: .moved, message: "to \(move.place)"))]
        }
        let findings =
            [
                library, .ok("store", path), await schema(database), await integrity(database), writerLock(path),
            ] + (await EventChecks.outbox(database, isOn: hasBroker, at: now))
        await database.close()
        return findings
    }

    private static var library: DoctorFinding {
        let note = SQLiteDatabase.hasWALResetBug ? " has the WAL-reset bug; the writer lock avoids it" : ""
        return .ok("sqlite", "SQLite \(SQLiteDatabase.libraryVersion())\(note)")
    }

    /// The first command that needs a store creates it.
    private static func missing(_ path: String) -> DoctorFinding {
        var directory = URL(filePath: path).deletingLastPathComponent()
        while !FileManager.default.fileExists(atPath: directory.path), directory.path != "/" {
            directory.deleteLastPathComponent()
        }
        var isDirectory = false
        guard FileManager.default.fileExists(atPath: directory.path, isDirectory: &isDirectory), isDirectory,
            access(directory.path, W_OK | X_OK) == 0
        else {
            return .failed(
                "store", "\(path): does not exist yet, and \(directory.path) is not a writable directory",
                "name another file with --store, or change the directory's permissions"
            ).aboutStore
        }
        return .ok("store", "\(path): does not exist yet; the first command that needs it creates it")
    }

    private static func schema(_ database: SQLiteDatabase) async -> DoctorFinding {
        do {
            let version = try await database.read { connection in
                try connection.query("PRAGMA user_version").first?.integer("user_version")
            }
            let defects = try await database.schemaDefects()
            guard defects.isEmpty else {
                return .failed(
                    "schema", defects.joined(separator: "; "), "keep the file, and restore a backup"
                ).aboutStore
            }
            return .ok("schema", "version \(version ?? 0), current and complete")
        } catch {
            return .failed("schema", error)
        }
    }

    private static func integrity(_ database: SQLiteDatabase) async -> DoctorFinding {
        do {
            let damage = try await database.integrityCheck()
            guard let first = damage.first else { return .ok("integrity", "the whole store was read and is intact") }
            let others = damage.count > 1 ? ", and \(damage.count - 1) more" : ""
            return .failed(
                "integrity", "damaged: \(first)\(others)", "keep the file, and restore a backup"
            ).aboutStore
        } catch {
            return .failed("integrity", error)
        }
    }

    private static func writerLock(_ path: String) -> DoctorFinding {
        do {
            switch try SQLiteDatabase.writerLockState(ofFileAt: path) {
            case .free: return .ok("writer lock", "\(path)-lock: free")
            case .held: return .ok("writer lock", "\(path)-lock: a process is writing now")
            case .missing:
                return .warning(
                    "writer lock", "\(path)-lock: does not exist",
                    "nothing, if the store was copied: the next writer creates it")
            }
        } catch {
            return .failed("writer lock", error)
        }
    }
}
