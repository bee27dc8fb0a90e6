#pragma once

// libpq, loaded on first use: types and constants come from its header, functions are looked up in the shared library.
// A connection must be used by one thread at a time.

#include <postgresql/libpq-fe.h>

#include "../CLibrary/functions.h"

#define CPQ_LIBRARY "libpq.so.5"

#define PQ_FUNCTIONS(F) \
    F(PQbackendPID) \
    F(PQcancel) \
    F(PQclear) \
    F(PQcmdStatus) \
    F(PQcmdTuples) \
    F(PQconnectPoll) \
    F(PQconnectStartParams) \
    F(PQconninfo) \
    F(PQconninfoFree) \
    F(PQconninfoParse) \
    F(PQconsumeInput) \
    F(PQenterPipelineMode) \
    F(PQerrorMessage) \
    F(PQexitPipelineMode) \
    F(PQfinish) \
    F(PQflush) \
    F(PQfname) \
    F(PQfreeCancel) \
    F(PQfreemem) \
    F(PQftype) \
    F(PQgetCancel) \
    F(PQgetResult) \
    F(PQgetisnull) \
    F(PQgetlength) \
    F(PQgetvalue) \
    F(PQhost) \
    F(PQisBusy) \
    F(PQlibVersion) \
    F(PQnfields) \
    F(PQnotifies) \
    F(PQntuples) \
    F(PQparameterStatus) \
    F(PQpipelineSync) \
    F(PQresultErrorField) \
    F(PQresultErrorMessage) \
    F(PQresultStatus) \
    F(PQsendPrepare) \
    F(PQsendQuery) \
    F(PQsendQueryParams) \
    F(PQsendQueryPrepared) \
    F(PQserverVersion) \
    F(PQsetErrorVerbosity) \
    F(PQsetNoticeReceiver) \
    F(PQsetSingleRowMode) \
    F(PQsetnonblocking) \
    F(PQsocket) \
    F(PQsslAttribute) \
    F(PQsslInUse) \
    F(PQstatus) \
    F(PQtransactionStatus) \
    F(PQunescapeBytea)

/// The libpq functions in use, under their C names.
CLIBRARY_TABLE(PQFunctions, cpq_function_name, PQ_FUNCTIONS)

// Column types, from src/include/catalog/pg_type.dat: object identifiers that never change.
static const Oid CPQ_BOOL = 16;
static const Oid CPQ_BYTEA = 17;
static const Oid CPQ_INT8 = 20;
static const Oid CPQ_INT2 = 21;
static const Oid CPQ_INT4 = 23;
static const Oid CPQ_FLOAT4 = 700;
static const Oid CPQ_FLOAT8 = 701;
static const Oid CPQ_NUMERIC = 1700;

/// Field codes of an error (libpq, PQresultErrorField), which the header defines as characters.
static const int CPQ_SQLSTATE = PG_DIAG_SQLSTATE;
static const int CPQ_CONSTRAINT_NAME = PG_DIAG_CONSTRAINT_NAME;
static const int CPQ_TABLE_NAME = PG_DIAG_TABLE_NAME;
/// The server function that reported an error; unlike messages, its name is not translated.
static const int CPQ_SOURCE_FUNCTION = PG_DIAG_SOURCE_FUNCTION;
