#pragma once

// libcrypto (OpenSSL 3) is not linked but opened at first use, so that a command which signs nothing starts
// without it. The types come from OpenSSL's own headers: a changed signature fails to compile.

#include <dlfcn.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

/// The functions of libcrypto that are used; all are set, or `failure` says why not.
///
/// Sendable, because it is written once, by `crypto_library_open`, and functions do not change.
struct __attribute__((swift_attr("@Sendable"))) crypto_library {
    __typeof__(&EVP_sha256) EVP_sha256;
    __typeof__(&EVP_Digest) EVP_Digest;
    __typeof__(&HMAC) HMAC;
    __typeof__(&CRYPTO_memcmp) CRYPTO_memcmp;
    __typeof__(&OpenSSL_version) OpenSSL_version;
    /// The dynamic loader's words, valid until it is called again on this thread; NULL when all went well.
    const char *failure;
};

/// Opens libcrypto and looks its functions up. The library stays open for the life of the process.
static inline struct crypto_library crypto_library_open(void) {
    struct crypto_library library = {0};
    void *handle = dlopen("libcrypto.so.3", RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        library.failure = dlerror();
        return library;
    }
#define CRYPTO_LOOK_UP(name)                                               \
    if (!(library.name = (__typeof__(&name))dlsym(handle, #name))) {       \
        library.failure = dlerror();                                       \
        return library;                                                    \
    }
    CRYPTO_LOOK_UP(EVP_sha256)
    CRYPTO_LOOK_UP(EVP_Digest)
    CRYPTO_LOOK_UP(HMAC)
    CRYPTO_LOOK_UP(CRYPTO_memcmp)
    CRYPTO_LOOK_UP(OpenSSL_version)
#undef CRYPTO_LOOK_UP
    return library;
}
