#pragma once

// Types and constants come from the header; the functions are looked up in the shared library on first use.

#include <dlfcn.h>
#include <libdeflate.h>
#include <stddef.h>

/// The functions of libdeflate that are used, under their own names.
typedef struct DeflateFunctions {
    __typeof__(libdeflate_alloc_compressor) *_Nonnull libdeflate_alloc_compressor;
    __typeof__(libdeflate_free_compressor) *_Nonnull libdeflate_free_compressor;
    __typeof__(libdeflate_zlib_compress) *_Nonnull libdeflate_zlib_compress;
    __typeof__(libdeflate_zlib_compress_bound) *_Nonnull libdeflate_zlib_compress_bound;
} DeflateFunctions;

/// Loads the library and fills `functions`.
///
/// Returns NULL, or the name of the library or function that is missing.
static inline const char *_Nullable deflate_functions_load(DeflateFunctions *_Nonnull functions) {
    void *handle = dlopen("libdeflate.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!handle) return "libdeflate.so.0";
#define F(name)                                                    \
    functions->name = (__typeof__(name) *)dlsym(handle, #name); \
    if (!functions->name) return #name;
    F(libdeflate_alloc_compressor)
    F(libdeflate_free_compressor)
    F(libdeflate_zlib_compress)
    F(libdeflate_zlib_compress_bound)
#undef F
    return NULL;
}
