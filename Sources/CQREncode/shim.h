#pragma once

// Types and constants come from the header; the functions are looked up in the shared library on first use.

#include <dlfcn.h>
#include <qrencode.h>
#include <stddef.h>

/// The functions of libqrencode that are used, under their own names.
typedef struct QREncodeFunctions {
    __typeof__(QRcode_encodeString) *_Nonnull QRcode_encodeString;
    __typeof__(QRcode_free) *_Nonnull QRcode_free;
    __typeof__(QRcode_APIVersionString) *_Nonnull QRcode_APIVersionString;
} QREncodeFunctions;

/// Loads the library and fills `functions`.
///
/// Returns NULL, or the name of the library or function that is missing.
static inline const char *_Nullable qrencode_functions_load(QREncodeFunctions *_Nonnull functions) {
    void *handle = dlopen("libqrencode.so.4", RTLD_NOW | RTLD_LOCAL);
    if (!handle) return "libqrencode.so.4";
    functions->QRcode_encodeString = (__typeof__(QRcode_encodeString) *)dlsym(handle, "QRcode_encodeString");
    if (!functions->QRcode_encodeString) return "QRcode_encodeString";
    functions->QRcode_free = (__typeof__(QRcode_free) *)dlsym(handle, "QRcode_free");
    if (!functions->QRcode_free) return "QRcode_free";
    functions->QRcode_APIVersionString =
        (__typeof__(QRcode_APIVersionString) *)dlsym(handle, "QRcode_APIVersionString");
    return functions->QRcode_APIVersionString ? NULL : "QRcode_APIVersionString";
}
