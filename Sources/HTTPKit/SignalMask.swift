import Glibc

/// Runs `body` with every signal blocked: the threads it starts inherit that, so signals reach only the threads the
/// program made for them, and a write to a closed socket is an error instead of `SIGPIPE`.
func withSignalsBlocked<Value>(_ body: () -> Value) -> Value {
    var every = sigset_t()
    var former = sigset_t()
    sigfillset(&every)
    pthread_sigmask(SIG_SETMASK, &every, &former)
    defer { pthread_sigmask(SIG_SETMASK, &former, nil) }
    return body()
}
