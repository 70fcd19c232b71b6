#include <dlfcn.h>
#include <postgresql/libpq-fe.h>

// libpq brings OpenSSL, Kerberos and LDAP with it, which costs every start of the program several milliseconds.
// So nothing here links it: its header gives the types, and libpq_load finds the functions when they are needed.

#define LIBPQ_FUNCTIONS(each) \
  each(PQconnectStartParams) each(PQconnectPoll) each(PQsocket) each(PQstatus) each(PQfinish) each(PQerrorMessage) \
  each(PQsetErrorVerbosity) each(PQsetNoticeReceiver) each(PQserverVersion) each(PQtransactionStatus) \
  each(PQsendQueryParams) each(PQsetSingleRowMode) each(PQgetResult) each(PQresultStatus) each(PQresultErrorField) \
  each(PQclear) each(PQntuples) each(PQnfields) each(PQfname) each(PQgetvalue) each(PQgetlength) each(PQgetisnull) \
  each(PQgetCancel) each(PQcancel) each(PQfreeCancel) each(PQencryptPasswordConn) each(PQfreemem)

/// The functions of libpq that are used, each with the type that libpq-fe.h declares.
typedef struct libpq_functions {
#define LIBPQ_MEMBER(name) __typeof__(name) *_Nonnull name;
  LIBPQ_FUNCTIONS(LIBPQ_MEMBER)
#undef LIBPQ_MEMBER
} libpq_functions;

/// Fills `functions` from an open library. Returns the name of a function that it lacks, or NULL.
static inline const char *_Nullable libpq_load(void *_Nonnull library, libpq_functions *_Nonnull functions) {
#define LIBPQ_FIND(name) \
  if (!(*(void **)&functions->name = dlsym(library, #name))) return #name;
  LIBPQ_FUNCTIONS(LIBPQ_FIND)
#undef LIBPQ_FIND
  return 0;
}

// Macros that Swift cannot import.
static const int libpq_field_sqlstate = PG_DIAG_SQLSTATE;
static const int libpq_field_message = PG_DIAG_MESSAGE_PRIMARY;
