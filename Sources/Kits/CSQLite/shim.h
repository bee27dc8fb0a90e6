#pragma once
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stddef.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef F_OFD_SETLK
#define F_OFD_SETLK 37
#define F_OFD_SETLKW 38
#endif
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

/* Wrappers for what Swift cannot call: variadic functions and the SQLITE_TRANSIENT cast. */

static inline int csqlite_configure(sqlite3 *db, int option, int on) {
    return sqlite3_db_config(db, option, on, (int *)NULL);
}

/*
 * Call before the first use of the library. Turns off memory statistics, whose lock all connections share, and keeps
 * savepoint journals in memory up to about thirty pages before they spill to a temporary file. The journal is written in
 * chunks of this size, and the unix VFS masks the size of a write with 0x1ffff: a larger write is truncated and reported
 * as a full disk.
 */
static inline int csqlite_set_up(void) {
    int result = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    return result == SQLITE_OK ? sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, 0x1f000) : result;
}

static inline int csqlite_bind_text(sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 count) {
    return sqlite3_bind_text64(statement, index, count ? (const char *)bytes : "", count, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static inline int csqlite_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 count) {
    return sqlite3_bind_blob64(statement, index, count ? bytes : "", count, SQLITE_TRANSIENT);
}

/* The errno of the last system call that failed on the database file or its log; 0 for none. */
static inline int csqlite_last_errno(sqlite3 *db) {
    int number = 0;
    if (sqlite3_file_control(db, "main", SQLITE_FCNTL_LAST_ERRNO, &number) == SQLITE_OK && number != 0) return number;
    sqlite3_file *log = NULL;
    if (sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) != SQLITE_OK || log == NULL) return 0;
    if (log->pMethods == NULL || log->pMethods->xFileControl == NULL) return 0;
    return log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &number) == SQLITE_OK ? number : 0;
}

/*
 * The errno behind a result. An unreadable page is reported as a corrupt file; its errno is only available through a
 * file control.
 */
static inline int csqlite_system_error(sqlite3 *db, int result) {
    return (result & 0xff) == SQLITE_CORRUPT ? csqlite_last_errno(db) : sqlite3_system_errno(db);
}

/*
 * The writer lock: flock(2) on a file, entered through a turnstile.
 *
 * With flock alone a writer that has just released the lock can reacquire it before a sleeping waiter wakes up, again
 * and again. A writer therefore first acquires the turnstile, a range lock on the same descriptor, and holds it until it
 * has the lock: the previous holder finds the turnstile taken and queues behind the waiter.
 */

static inline double csqlite_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static inline int csqlite_turnstile(int file, short kind, int waits) {
    struct flock range = {.l_type = kind, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
    return fcntl(file, waits ? F_OFD_SETLKW : F_OFD_SETLK, &range);
}

/* Acquires the lock; after `deadline` (CLOCK_MONOTONIC seconds) the next interruption ends the wait. */
static inline int csqlite_lock_until(int file, double deadline) {
    while (csqlite_turnstile(file, F_WRLCK, 1) != 0)
        if (errno != EINTR || csqlite_now() >= deadline) return errno;
    int result = 0;
    while (result == 0 && flock(file, LOCK_EX) != 0)
        if (errno != EINTR || csqlite_now() >= deadline) result = errno;
    csqlite_turnstile(file, F_UNLCK, 0);
    return result;
}

/* Acquires the lock if it is free and has no waiters: 0, EWOULDBLOCK or another errno. */
static inline int csqlite_try_lock(int file) {
    if (csqlite_turnstile(file, F_WRLCK, 0) != 0) return errno == EACCES || errno == EAGAIN ? EWOULDBLOCK : errno;
    int result = flock(file, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
    csqlite_turnstile(file, F_UNLCK, 0);
    return result;
}

static void csqlite_interrupt(int signal) { (void)signal; }

/*
 * Acquires the lock, waiting at most `seconds`: 0, ETIMEDOUT or another errno.
 *
 * The wait is a blocking call that a timer's signal to this thread interrupts. The timer keeps firing after the deadline,
 * in case the first signal arrives just before the call blocks.
 */
static inline int csqlite_lock(int file, double seconds) {
    int result = csqlite_try_lock(file);
    if (result != EWOULDBLOCK) return result;
    if (seconds <= 0) return ETIMEDOUT;

    int number = SIGRTMAX - 1;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = csqlite_interrupt;
    if (sigaction(number, &action, NULL) != 0) return errno;

    struct sigevent event;
    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = number;
    event.sigev_notify_thread_id = (int)syscall(SYS_gettid);
    timer_t timer;
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) return errno;

    sigset_t ours, before;
    sigemptyset(&ours);
    sigaddset(&ours, number);
    pthread_sigmask(SIG_UNBLOCK, &ours, &before);

    double deadline = csqlite_now() + seconds;
    struct itimerspec when;
    memset(&when, 0, sizeof when);
    when.it_value.tv_sec = (time_t)seconds;
    when.it_value.tv_nsec = (long)((seconds - (double)when.it_value.tv_sec) * 1e9) + 1;
    when.it_interval.tv_nsec = 10 * 1000 * 1000;
    result = timer_settime(timer, 0, &when, NULL) == 0 ? csqlite_lock_until(file, deadline) : errno;

    timer_delete(timer);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return result == EINTR ? ETIMEDOUT : result;
}
