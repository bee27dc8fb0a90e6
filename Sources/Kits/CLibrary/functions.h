// A table of the functions of a C library opened on first use; LibraryKit fills it.
//
// LIST(F) expands to F(name) for every function. `Type` has a field of its own type for each, in that order, and
// `name_at(index)` is the name of the one at `index`; NULL after the last. A changed signature fails to compile.
#ifndef CLIBRARY_FUNCTIONS_H
#define CLIBRARY_FUNCTIONS_H

#include <stddef.h>

#define CLIBRARY_FIELD(name) __typeof__(name) *_Nonnull name;
#define CLIBRARY_NAME(name) #name,

#define CLIBRARY_TABLE(Type, name_at, LIST)                                             \
    typedef struct __attribute__((swift_attr("@Sendable"))) Type {                      \
        LIST(CLIBRARY_FIELD)                                                            \
    } Type;                                                                             \
    static inline const char *_Nullable name_at(size_t index) {                         \
        static const char *_Nonnull const names[] = {LIST(CLIBRARY_NAME)};              \
        return index < sizeof names / sizeof *names ? names[index] : NULL;              \
    }

#endif
