// bare URL WHAT COUNT CLIENTS: runs the statements of Sources/EngineMeasurement.swift with libpq alone, prepared and
// pipelined as in the engine: the statements that begin a transaction go out with its first statement, and the commit
// goes out alone. Each client is a thread with a connection. Prints runs per second.
#include <libpq-fe.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH 1000

static const char *const statements[][2] = {
    {"number", "SELECT pg_current_xact_id()::text AS number"},
    {"insert",
     "INSERT INTO tasks (kind, key, payload, state, due_at, created_at, updated_at)\n"
     "VALUES ($1, $2, $3, 'ready', $4, $5, $5) ON CONFLICT (kind, key) DO NOTHING"},
    {"claim",
     "WITH due AS MATERIALIZED (\n"
     "    SELECT task_id FROM tasks WHERE state = 'ready' AND kind = $1 AND due_at <= $2\n"
     "    ORDER BY due_at, task_id LIMIT $3 FOR UPDATE SKIP LOCKED)\n"
     "UPDATE tasks SET state = 'running', leased_by = $4, due_at = $5, fence = fence + 1, attempts = attempts + 1,\n"
     "    updated_at = $2\n"
     "FROM due WHERE tasks.task_id = due.task_id RETURNING tasks.*"},
    {"finish",
     "UPDATE tasks SET state = 'done', leased_by = NULL, updated_at = $3\n"
     "WHERE task_id = $1 AND fence = $2 AND state = 'running'"},
    {"lookup", "SELECT * FROM tasks WHERE task_id = $1"},
};

static const char *url, *what;
static long count;
static int clients;
static pthread_barrier_t barrier;

static void expect(int isRight, const char *problem) {
    if (isRight) return;
    fprintf(stderr, "bare: %s\n", problem);
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

// The next result; waits with poll, as the engine does.
static PGresult *next(PGconn *connection) {
    for (;;) {
        int unsent = PQflush(connection);
        expect(unsent >= 0, "cannot send");
        if (!PQisBusy(connection)) return PQgetResult(connection);
        struct pollfd entry = {PQsocket(connection), POLLIN | (unsent ? POLLOUT : 0), 0};
        poll(&entry, 1, -1);
        expect(PQconsumeInput(connection), "cannot receive");
    }
}

static void begin(PGconn *connection, const char *sql) {
    expect(PQenterPipelineMode(connection), "no pipeline");
    expect(PQsendQueryParams(connection, sql, 0, NULL, NULL, NULL, NULL, 0), "cannot send");
}

static void run(PGconn *connection, const char *name, int number, const char *const *values) {
    expect(PQsendQueryPrepared(connection, name, number, values, NULL, NULL, 0), "cannot send");
}

// Sends the pipeline and reads all results; returns the last result with rows, or else the last result.
static PGresult *end(PGconn *connection) {
    expect(PQpipelineSync(connection), "cannot send");
    PGresult *kept = NULL;
    for (;;) {
        PGresult *result = next(connection);
        if (!result) continue;
        ExecStatusType status = PQresultStatus(result);
        if (status == PGRES_PIPELINE_SYNC) {
            PQclear(result);
            break;
        }
        expect(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK, PQresultErrorMessage(result));
        PQclear(kept);
        kept = result;
    }
    expect(PQexitPipelineMode(connection), "the pipeline does not end");
    return kept;
}

static void commit(PGconn *connection) {
    expect(PQenterPipelineMode(connection), "no pipeline");
    expect(PQsendQueryParams(connection, "COMMIT", 0, NULL, NULL, NULL, NULL, 0), "cannot send");
    PQclear(end(connection));
}

// Leases the oldest due tasks; the caller commits.
static PGresult *claim(PGconn *connection, const char *limit) {
    const char *parameters[] = {"nothing", "1800000000000000", limit, "bare", "1800000030000000"};
    begin(connection, "BEGIN ISOLATION LEVEL READ COMMITTED");
    run(connection, "number", 0, NULL);
    run(connection, "claim", 5, parameters);
    return end(connection);
}

// Copies the same data of a row as the engine: every column.
static void copy(PGresult *result, int row) {
    for (int column = 0; column < PQnfields(result); column++) {
        if (!PQgetisnull(result, row, column)) free(strdup(PQgetvalue(result, row, column)));
    }
}

static void *client(void *argument) {
    long place = (long)argument;
    PGconn *connection = PQconnectdb(url);
    expect(PQstatus(connection) == CONNECTION_OK, PQerrorMessage(connection));
    PQsetnonblocking(connection, 1);
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
        PGresult *result = PQprepare(connection, statements[i][0], statements[i][1], 0, NULL);
        expect(PQresultStatus(result) == PGRES_COMMAND_OK, PQerrorMessage(connection));
        PQclear(result);
    }
    pthread_barrier_wait(&barrier);
    char key[64], payload[96], due[32], id[32], fence[32];
    for (long i = place; i < count; i += clients) {
        if (!strcmp(what, "enqueue")) {
            sprintf(key, "bare-%ld-%d", i, rand());
            sprintf(payload, "{\"document_id\":\"document-%ld-1\"}", i);
            sprintf(due, "%ld", 1700000000000000 + i);
            const char *parameters[] = {"nothing", key, payload, due, "1700000000000000"};
            begin(connection, "BEGIN ISOLATION LEVEL READ COMMITTED");
            run(connection, "number", 0, NULL);
            run(connection, "insert", 5, parameters);
            PQclear(end(connection));
            commit(connection);
        } else if (!strcmp(what, "claim")) {
            PGresult *result = claim(connection, "1");
            expect(PQntuples(result) == 1, "the queue ran dry");
            copy(result, 0);
            strcpy(id, PQgetvalue(result, 0, PQfnumber(result, "task_id")));
            strcpy(fence, PQgetvalue(result, 0, PQfnumber(result, "fence")));
            PQclear(result);
            commit(connection);
            const char *parameters[] = {id, fence, "1800000000000001"};
            begin(connection, "BEGIN ISOLATION LEVEL READ COMMITTED");
            run(connection, "number", 0, NULL);
            run(connection, "finish", 3, parameters);
            result = end(connection);
            expect(!strcmp(PQcmdTuples(result), "1"), "a lease was lost");
            PQclear(result);
            commit(connection);
        } else if (!strcmp(what, "lookup")) {
            sprintf(id, "%ld", 1 + i % 1000);
            const char *parameters[] = {id};
            begin(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
            run(connection, "lookup", 1, parameters);
            PGresult *result = end(connection);
            expect(PQntuples(result) == 1, "not found");
            copy(result, 0);
            PQclear(result);
            commit(connection);
        } else {
            // Claims and finishes a thousand tasks in one transaction, as a busy worker does.
            char limit[16];
            sprintf(limit, "%d", BATCH);
            PGresult *result = claim(connection, limit);
            expect(PQntuples(result) == BATCH, "the queue ran dry");
            expect(PQenterPipelineMode(connection), "no pipeline");
            for (int row = 0; row < BATCH; row++) {
                copy(result, row);
                const char *parameters[] = {
                    PQgetvalue(result, row, PQfnumber(result, "task_id")),
                    PQgetvalue(result, row, PQfnumber(result, "fence")), "1800000000000001"};
                run(connection, "finish", 3, parameters);
            }
            PQclear(end(connection));
            PQclear(result);
            commit(connection);
        }
    }
    PQfinish(connection);
    return NULL;
}

int main(int words, char **word) {
    expect(words == 5, "usage: bare URL enqueue|claim|lookup|batch COUNT CLIENTS");
    url = word[1], what = word[2], count = atol(word[3]), clients = atoi(word[4]);
    long each = strcmp(what, "batch") ? 1 : BATCH;
    count /= each;
    srand(time(NULL));
    pthread_barrier_init(&barrier, NULL, clients + 1);
    pthread_t threads[clients];
    for (long i = 0; i < clients; i++) pthread_create(&threads[i], NULL, client, (void *)i);
    pthread_barrier_wait(&barrier);
    double start = now();
    for (int i = 0; i < clients; i++) pthread_join(threads[i], NULL);
    printf("C\tengine %s, clients %d\t%.0f\n", what, clients, count * each / (now() - start));
    return 0;
}
