import SQLKit
import Synchronization
import Testing

@Suite struct SQLRetryTests {
    private func attempts(failing code: SQLError.Code, times: Int) async -> (
        attempts: Int, result: Result<Int, any Error>
    ) {
        let attempts = Mutex(0)
        do {
            let value = try await SQLRetry.run {
                let attempt = attempts.withLock { count in
                    count += 1
                    return count
                }
                if attempt <= times { throw SQLError(code: code, message: "attempt \(attempt)") }
                return attempt
            }
            return (attempts.withLock { $0 }, .success(value))
        } catch {
            return (attempts.withLock { $0 }, .failure(error))
        }
    }

    @Test func `a write that conflicts runs again`() async throws {
        let (attempts, result) = await attempts(failing: .conflict, times: SQLRetry.attempts - 1)
        #expect(attempts == SQLRetry.attempts)
        #expect(try result.get() == SQLRetry.attempts)
    }

    @Test func `a write that keeps conflicting fails`() async throws {
        let (attempts, result) = await attempts(failing: .conflict, times: .max)
        #expect(attempts == SQLRetry.attempts)
        #expect(throws: SQLError(code: .conflict, message: "attempt \(SQLRetry.attempts)")) { try result.get() }
    }

    /// Its effect may have been made.
    @Test(arguments: [SQLError.Code.outcomeUnknown, .unreachable, .locked, .constraint, .other])
    func `other failures are not repeated`(code: SQLError.Code) async throws {
        #expect(await attempts(failing: code, times: 1).attempts == 1)
    }
}
